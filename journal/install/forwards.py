"""Hooks where core.hooksPath leads elsewhere: a directory of ours that runs those of the former one.

It lies in the data directory and not in the repository, whose absolute path would be wrong once it is moved, and a
relative one in linked worktrees. So it is the same for all repositories that had that core.hooksPath.
"""

import os
import shlex
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from journal.install.hook_scripts import EVENTS, chain_file, is_ours, write_atomically
from journal.paths import private_dir

# Hooks that a person may add to the former directory at any time.
_COMMON_HOOKS = (
    "applypatch-msg", "pre-applypatch", "post-applypatch", "pre-commit", "pre-merge-commit", "prepare-commit-msg",
    "commit-msg", "pre-rebase", "pre-push", "pre-auto-gc", *EVENTS,
)  # fmt: skip
# Hooks that git would call often (reference-transaction), or whose presence changes what it does (push-to-checkout):
# passed on only if they are there when the repository is set up.
_RARE_HOOKS = (
    "fsmonitor-watchman", "p4-changelist", "p4-post-changelist", "p4-pre-submit", "p4-prepare-changelist",
    "post-index-change", "post-receive", "post-update", "pre-receive", "proc-receive", "push-to-checkout",
    "reference-transaction", "sendemail-validate", "update",
)  # fmt: skip
# The file in such a directory that holds the path of the former one.
_FORMER = "former"


class Forwards(NamedTuple):
    """A directory of ours, and the files that it is to hold: name → content."""

    directory: Path
    files: Mapping[str, bytes]


def forwards_to(former: str, where: Path, data_dir: Path) -> Forwards:
    """The directory that runs the hooks of a former one.

    Args:
        former: the former core.hooksPath; if relative, then to where a hook runs.
        where: where the hooks of the repository at hand run.
        data_dir: the journal's data directory.
    """
    rare = [event for event in _RARE_HOOKS if os.access(where / former / event, os.X_OK)]
    events = [*_COMMON_HOOKS, *rare]
    name = blake2b(os.fsencode("\n".join([former, *rare])), digest_size=8).hexdigest()
    files = {event: chain_file(data_dir, event, shlex.quote(f"{former}/{event}")) for event in events}
    return Forwards(data_dir.absolute() / "hooks/paths" / name, files | {_FORMER: os.fsencode(former)})


def former_of(directory: str) -> str | None:
    """The former core.hooksPath that a directory of ours runs the hooks of; None where it is not one of ours."""
    try:
        former = Path(directory, _FORMER).read_bytes()
    except OSError:
        return None
    return os.fsdecode(former) if is_ours(Path(directory, EVENTS[0])) else None


def are_written(forwards: Forwards) -> bool:
    """Whether the directory holds just what it is to hold."""
    try:
        return all((forwards.directory / name).read_bytes() == content for name, content in forwards.files.items())
    except OSError:
        return False


def write_forwards(forwards: Forwards) -> None:
    """Makes the directory and its files."""
    private_dir(forwards.directory.parent)
    private_dir(forwards.directory)
    for name, content in forwards.files.items():
        write_atomically(forwards.directory / name, content, 0o600 if name == _FORMER else 0o700)
