"""Where things lie: the data directory, its parts, and the files shipped beside the code."""

import os
import sys
from pathlib import Path


def data_dir() -> Path:
    """The directory of the store, the spool and the installed hook scripts.

    `$JOURNAL_DATA_DIR` if set, else the platform's data directory. On Linux that rule is spelled out here (it is
    two lines, and importing platformdirs takes longer than the rest of a hot command).
    """
    chosen = os.environ.get("JOURNAL_DATA_DIR")
    if chosen:
        return Path(chosen)
    if sys.platform == "linux":
        return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "journal"
    import platformdirs

    return platformdirs.user_data_path("journal", appauthor=False)


def config_file() -> Path:
    """The person's configuration: `$JOURNAL_CONFIG` if set, else config.toml in the platform's config directory."""
    chosen = os.environ.get("JOURNAL_CONFIG")
    if chosen:
        return Path(chosen)
    if sys.platform == "linux":
        return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "journal/config.toml"
    import platformdirs

    return platformdirs.user_config_path("journal", appauthor=False) / "config.toml"


def clusters_dir() -> Path:
    """Where a person keeps cluster profiles of their own: clusters/ beside the configuration."""
    return config_file().parent / "clusters"


def failures_dir() -> Path:
    """Where a person keeps rules of their own about failures: failures/ beside the configuration."""
    return config_file().parent / "failures"


def store_file() -> Path:
    """The SQLite database of all projects."""
    return data_dir() / "journal.sqlite3"


def spool_dir() -> Path:
    """The maildir where hooks leave their files."""
    return data_dir() / "spool"


def private_dir(path: Path) -> Path:
    """Makes a directory (and its missing parents) that only its owner can read; returns it."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def shipped(kind: str) -> Path:
    """The directory `hooks`, `schema` or `exporters`, in a wheel or in a source tree.

    Raises:
        FileNotFoundError: the installation lacks it.
    """
    package = Path(__file__).parent
    for candidate in (package / "_shared" / kind, package.parent / kind):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"journal's {kind}/ directory is missing beside {package}")


def document_base(git_dir: Path, document: str) -> Path:
    """Where the last generated form of a worktree's document is kept, to tell a person's edits from ours."""
    return git_dir / "journal/documents" / f"{document}.json"
