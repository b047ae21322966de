"""Where the tests stand: the project's directory, and the environment of a person who is not there."""

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent

GITCONFIG = """\
[user]
    name = Ada Tester
    email = ada@example.org
[init]
    defaultBranch = main
[commit]
    gpgSign = false
[protocol "file"]
    allow = always
"""
SLURM_PREFIXES = ("SLURM_", "SBATCH_", "SRUN_", "SALLOC_", "SACCT_", "SQUEUE_", "SINFO_", "SCONTROL_", "SCANCEL_")
REMOVED_PREFIXES = ("GIT_", "CLAUDE", "ANTHROPIC_", "JOURNAL_", "XDG_", "SSH_", *SLURM_PREFIXES)
REMOVED = ("COLUMNS", "EDITOR", "FORCE_COLOR", "NO_COLOR", "PAGER", "PYTHONWARNINGS", "TMUX", "VISUAL")
KEPT_PREFIX = "JOURNAL_TEST_"  # what tests/run tells the tests: the path of a newer git


def environment_in(home: Path) -> dict[str, str]:
    """The environment of a person whose home is this directory: the real one without what could leak from it.

    HOME, XDG_*, JOURNAL_DATA_DIR, JOURNAL_CONFIG and CLAUDE_CONFIG_DIR point into `home`, the time zone is UTC, and
    `home/.gitconfig`, which this writes, knows Ada Tester <ada@example.org>.
    """
    gitconfig = home / ".gitconfig"
    gitconfig.write_text(GITCONFIG, encoding="utf-8")
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.startswith(KEPT_PREFIX) or not (name in REMOVED or name.startswith(REMOVED_PREFIXES))
    }
    changed = {
        "HOME": home,
        "XDG_CACHE_HOME": home / ".cache",
        "XDG_CONFIG_HOME": home / ".config",
        "XDG_DATA_HOME": home / ".local/share",
        "XDG_STATE_HOME": home / ".local/state",
        "JOURNAL_DATA_DIR": home / ".local/share/journal",
        "JOURNAL_CONFIG": home / ".config/journal/config.toml",
        "CLAUDE_CONFIG_DIR": home / ".claude",
        "GIT_CONFIG_GLOBAL": gitconfig,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
    }
    return kept | {name: str(value) for name, value in changed.items()}
