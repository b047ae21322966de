"""Letting go of snapshots: those of jobs submitted long ago, and those that no event names.

Only the ref is deleted; git removes what nothing else holds when it next cleans up (`git gc`). A snapshot that no event
names may belong to a record that still waits in the spool, so it goes only when a look a day later finds it so again.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from journal.capture.clone_source import main_root
from journal.capture.place import Place
from journal.moments import from_epoch, to_datetime

_CURSOR = "pruned"
_DAY = 86400.0

_NEWEST = """
SELECT name.value, max(submission.at) FROM json_each(:names) AS name
JOIN submission ON submission.snapshot = name.value GROUP BY name.value
UNION ALL
SELECT name.value, max(drift.submitted_at) FROM drift
JOIN json_each(:names) AS name ON name.value = json_extract(drift.data, '$.found') GROUP BY name.value
"""


def prune_snapshots(
    connection: sqlite3.Connection, place: Place, cursors: Mapping[str, Any], now: str, days: int
) -> dict[str, Any]:
    """Deletes the snapshots of a clone that nobody will ask for, at most once a day.

    Args:
        connection: an open store.
        place: the clone.
        cursors: those of the last time.
        now: the present, in stored form.
        days: after so many days a job's snapshot goes; 0 for never.

    Returns:
        The cursors reached; none where it is too early.
    """
    last: dict[str, Any] = cursors.get(_CURSOR, {})
    seconds = to_datetime(now).timestamp()
    if last and 0 <= seconds - last["at"] < _DAY:
        return {}
    from journal.capture.git.process import GitError
    from journal.capture.git.snapshot_refs import snapshots_kept

    git_dir = place.repository.common_dir
    try:
        names = snapshots_kept(git_dir)
        newest = _newest(connection, names)
        unnamed = [name for name in names if name not in newest]
        horizon = from_epoch(seconds - days * _DAY) if days else ""
        old = [name for name, at in newest.items() if at < horizon]
        gone = [*old, *(name for name in unnamed if name in last.get("unnamed", []))]
        _delete(main_root(place.repository), git_dir, gone, [name for name in names if name not in gone])
    except GitError:  # a clone that cannot be written: tomorrow again
        unnamed, gone = last.get("unnamed", []), []
    return {_CURSOR: {"at": seconds, "unnamed": [name for name in unnamed if name not in gone]}}


def _newest(connection: sqlite3.Connection, names: Sequence[str]) -> dict[str, str]:
    """Snapshot → when the newest job was submitted that has to do with it, of those that events name."""
    newest: dict[str, str] = {}
    for name, at in connection.execute(_NEWEST, {"names": json.dumps(names)}) if names else ():
        newest[name] = max(newest.get(name, ""), at)
    return newest


def _delete(root: Path, git_dir: Path, gone: Iterable[str], kept: Iterable[str]) -> None:
    """Deletes snapshots, and in submodules and other repositories within those that only they lead to."""
    from journal.capture.git.snapshot_refs import delete_snapshots, nested_snapshots

    names = list(gone)
    if not names:
        return
    within = nested_snapshots(git_dir, names)
    needed = nested_snapshots(git_dir, list(kept)) if within else {}
    delete_snapshots(root, git_dir, names, {path: shas - needed.get(path, set()) for path, shas in within.items()})
