"""Where cluster profiles are read: the shipped ones, and a person's own beside their configuration."""

from pathlib import Path
from typing import Any

import journal.derive
from journal.derive.cluster_profile import ClusterProfile, choose_profile
from journal.derive.profile_file import parse_profile, read_tables
from journal.errors import JournalError
from journal.machine_facts import MachineFacts
from journal.paths import clusters_dir


def load_profiles() -> list[ClusterProfile]:
    """All profiles, the person's own first.

    A file of the person's that has the name of a shipped profile replaces the groups (`[storage]`, `[job]` …) that it
    holds; any other adds a cluster.

    Raises:
        JournalError: a file of the person's cannot be read, or is not a profile.
    """
    shipped = {tables["name"]: tables for _, tables in _read(_shipped_dir())}
    own: list[ClusterProfile] = []
    for path, tables in _read(clusters_dir()):
        own.append(parse_profile({**shipped.pop(tables["name"], {}), **tables}, str(path)))
    return own + [parse_profile(tables, f"the profile {name}") for name, tables in shipped.items()]


def profile_of(facts: MachineFacts | None) -> ClusterProfile | None:
    """The profile that fits a machine, None for one that is no cluster's.

    Raises:
        JournalError: as for `load_profiles`.
    """
    return choose_profile(load_profiles(), facts) if facts else None


def _shipped_dir() -> Path:
    return Path(journal.derive.__file__).with_name("cluster_profiles")


def _read(directory: Path) -> list[tuple[Path, dict[str, Any]]]:
    found: list[tuple[Path, dict[str, Any]]] = []
    for path in sorted(directory.glob("*.toml")):
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise JournalError(f"cannot read {path} ({error})", "make it a readable UTF-8 file or remove it") from error
        found.append((path, read_tables(text, str(path))))
    return found
