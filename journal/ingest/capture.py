"""Ingest: what hooks spooled and sources have new goes into the store.

Sources are read without any lock; each batch is stored in one transaction together with the cursors that it
reached. Two captures at once, or one killed at any moment, read something twice at worst, and an event that is
there already is not stored again.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from journal.capture.claude.source import ClaudeCodeSource, config_dir
from journal.capture.clone_source import CloneSource, main_root
from journal.capture.document_notes_source import DocumentNotesSource
from journal.capture.git.source import GitSource
from journal.capture.git.state import head_branch, worktree_roots
from journal.capture.machine.source import MachineSource
from journal.capture.place import Place, place_at
from journal.capture.slurm.commands import has_accounting, has_queue
from journal.errors import JournalError
from journal.events import Batch, Event, Source
from journal.moments import to_datetime
from journal.paths import data_dir, document_base
from journal.spool import Record, quarantine, read_spool
from journal.store.event_log import append_batch, cursors

Progress = Callable[[int], None]


class Captured(NamedTuple):
    """What a capture brought in.

    Attributes:
        kinds: how many new events of each kind.
        skipped: reason → how many records of a source were passed over.
        places: the clones that were read: those asked for, and those that the spool named.
    """

    kinds: Counter[str]
    skipped: Counter[str]
    places: list[Place]


def capture(
    connection: sqlite3.Connection,
    places: Iterable[Place],
    spool: Path,
    now: str,
    on_progress: Progress | None = None,
    *,
    asked_for: bool = False,
    slurm_calls_per_minute: int,
    snapshot_days: int = 365,
) -> Captured:
    """Reads everything new, once: the spool, and every source of the given clones and of those the spool names.

    Args:
        connection: an open store.
        places: the clones to read.
        spool: the maildir of hooks' records.
        now: the present, in stored form.
        on_progress: called after each batch with the number of events read in it.
        asked_for: a person waits: the batch system is asked now and not when it is time.
        slurm_calls_per_minute: how often it may be asked in the long run.
        snapshot_days: how long the snapshots of jobs' code are kept; 0 for ever.
    """
    captured = Captured(Counter(), Counter(), [])
    by_directory = {place.repository.git_dir: place for place in places}
    _drain_spool(connection, spool, by_directory, captured)
    for place in by_directory.values():
        captured.places.append(place)
        for source in sources_of(connection, place, now):
            for batch in source.read(cursors(connection, place.writer, source.name)):
                _store(connection, place.writer, source.name, batch, captured)
                if on_progress:
                    on_progress(len(batch.events))
    if slurm_calls_per_minute and (has_accounting() or has_queue()):
        from journal.ingest.job_code import follow_code
        from journal.ingest.jobs import read_scheduler, store_told
        from journal.ingest.known_places import known_places

        moment = to_datetime(now).timestamp()
        for told in read_scheduler(connection, moment, slurm_calls_per_minute, asked_for=asked_for):
            captured.skipped.update(told.batch.skipped)
            captured.kinds.update(store_told(connection, told))
            if on_progress:
                on_progress(len(told.batch.events))
        followed = follow_code(connection, known_places(connection), now, snapshot_days)
        captured.kinds.update(followed.kinds)
        captured.skipped.update(followed.skipped)
    from journal.ingest.gotchas import learn
    from journal.ingest.job_logs import follow_logs

    logs = follow_logs(connection, now)
    captured.kinds.update(logs.kinds)
    captured.skipped.update(logs.skipped)
    captured.kinds.update(learn(connection))
    return captured


def sources_of(connection: sqlite3.Connection, place: Place, now: str) -> Sequence[Source]:
    """The sources of a clone, in the order in which they are read."""
    repository, writer, project = place
    sources: list[Source] = [
        CloneSource(repository, project, writer, now),
        GitSource(repository, project, writer, now),
        ClaudeCodeSource(config_dir(), _roots(connection, place), project),
        MachineSource(project, main_root(repository), data_dir(), to_datetime(now).timestamp()),
    ]
    if repository.root:
        scratch = repository.root / "SCRATCH.md"
        sources.append(
            DocumentNotesSource(
                scratch, document_base(repository.git_dir, scratch.name), project, head_branch(repository)
            )
        )
    return sources


def _roots(connection: sqlite3.Connection, place: Place) -> list[Path]:
    """Every directory in which sessions of this clone may have run: its worktrees, and where it lived before."""
    former = connection.execute(
        "SELECT DISTINCT json_extract(data, '$.path') FROM event WHERE kind = 'clone' AND project = ? AND writer = ?",
        (place.project, place.writer),
    )
    roots = [main_root(place.repository), *worktree_roots(place.repository.common_dir), *(Path(p) for (p,) in former)]
    return list(dict.fromkeys(roots))


def _drain_spool(
    connection: sqlite3.Connection, spool: Path, by_directory: dict[Path, Place], captured: Captured
) -> None:
    """Stores what the records say and removes them; adds the clones they come from to those to be read."""
    for record in read_spool(spool):
        try:
            place = _place_of(record, by_directory)
        except JournalError:
            quarantine(spool, record.path)  # its repository is gone
            captured.skipped["spool record of a repository that is gone"] += 1
            continue
        if place is None:
            continue  # nothing committed there yet: the record waits
        by_directory[place.repository.git_dir] = place
        _store(connection, place.writer, "spool", Batch(_told_by(record, place), {}, {}), captured)
        record.path.unlink(missing_ok=True)


def _told_by(record: Record, place: Place) -> list[Event]:
    """What a hook's record tells."""
    if record.fields.get("source") == "slurm":
        from journal.capture.git.trees import changed_between
        from journal.capture.slurm.submissions import events_of as submissions

        return submissions(record, place.project, partial(changed_between, place.repository.git_dir))
    from journal.capture.git.hook_records import events_of

    return events_of(record, place.project, place.writer)


def _place_of(record: Record, known: Mapping[Path, Place]) -> Place | None:
    git_dir = Path(record.fields.get("git_dir", ""))
    if not git_dir.is_absolute():
        raise JournalError(f"{record.path} names no repository", "nothing: the reflog tells the same")
    return known.get(git_dir) or place_at(git_dir)


def _store(connection: sqlite3.Connection, writer: str, source: str, batch: Batch, captured: Captured) -> None:
    captured.skipped.update({reason: count for reason, count in batch.skipped.items() if count})
    captured.kinds.update(append_batch(connection, writer, source, batch))
