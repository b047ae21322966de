"""The loop: capture, then bring the documents up to date; once for a hook, again and again for a person."""

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple, Protocol

from journal.capture.claude.source import config_dir
from journal.capture.place import Place, place_around
from journal.config import Config
from journal.errors import JournalError
from journal.events import Batch
from journal.ingest.capture import Captured, capture
from journal.ingest.known_places import known_places
from journal.paths import spool_dir, store_file
from journal.store.database import explained_failures, open_store
from journal.store.event_log import append_batch, cursors, stored_events
from journal.store.stored_event import StoredEvent

_SECONDS_BETWEEN_QUESTIONS = 60.0  # of the batch system, while a person watches

_DOCUMENTS = "documents"  # the cursors that say up to which event documents were written


class Cycle(NamedTuple):
    """What one turn of the loop did.

    Attributes:
        captured: what was brought in.
        events: the new events, oldest first, where they were asked for.
    """

    captured: Captured
    events: Sequence[StoredEvent]


def places_for(directory: Path, project: str | None) -> list[Place]:
    """The clones that a capture is about.

    Args:
        directory: where the person, or the hook, stands.
        project: "all" for every clone that the store knows; None for the one around the directory, or all of them
            where there is none.

    Raises:
        JournalError: the directory is in a repository without a journal, or `project` is something else.
    """
    if project not in (None, "all"):
        raise JournalError(f"cannot capture project {project!r} from here", "go to its clone, or use --project all")
    place = place_around(directory) if project is None else None
    if place:
        return [place]
    with explained_failures(store_file()), closing(open_store(store_file())) as connection:
        return list(known_places(connection))


def run_cycle(
    places: Iterable[Place],
    config: Config,
    now: str,
    *,
    collect: bool = False,
    asked_for: bool = False,
) -> Cycle:
    """Captures what is new in some clones and rewrites the documents of those where something was.

    Args:
        places: the clones.
        config: says whether documents are written.
        now: the present, in stored form.
        collect: return the new events too.
        asked_for: a person waits: the batch system is asked now and not when it is time.
    """
    with explained_failures(store_file()), closing(open_store(store_file())) as connection:
        before = _last_seq(connection)
        captured = capture(
            connection,
            places,
            spool_dir(),
            now,
            asked_for=asked_for,
            slurm_calls_per_minute=config.slurm_calls_per_minute,
            snapshot_days=config.snapshot_days,
        )
        if config.automatic_documents:
            for place in captured.places:
                bring_documents_up_to_date(connection, place)
        events = stored_events(connection, "WHERE seq > ? ORDER BY seq", (before,)) if collect else []
    return Cycle(captured, events)


def bring_documents_up_to_date(connection: sqlite3.Connection, place: Place) -> None:
    """Writes a clone's documents unless they were written since the last event; killed before, it is done next time.

    Raises:
        JournalError: a document cannot be written.
    """
    seen = str(place.repository.git_dir)
    last = _last_seq(connection)
    if cursors(connection, place.writer, _DOCUMENTS).get(seen) == last:
        return
    from journal.documents.all_documents import write_documents

    write_documents(connection, place.repository, place.project)
    append_batch(connection, place.writer, _DOCUMENTS, Batch([], {seen: last}, {}))


def _last_seq(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()[0])


class Alarm(Protocol):
    """What ends the wait between two turns; `journal.capture.change_alarm.ChangeAlarm` is one."""

    def listen_to(self, directories: Iterable[Path]) -> None:
        """A change in these directories, or below them, ends a wait."""

    def wait(self, seconds: float) -> bool:
        """Returns True after a change, False after so many seconds."""
        ...


def watch(
    places: Callable[[], Sequence[Place]],
    config: Config,
    now: Callable[[], str],
    poll_seconds: float,
    alarm: Alarm,
) -> Iterator[Cycle]:
    """Turns the loop for ever, yielding each turn.

    Local filesystems tell when something changes; network ones do not tell of changes made elsewhere, so there
    (and for what no filesystem tells) the loop also turns every `poll_seconds`.

    Args:
        places: the clones to capture, asked again each turn since projects come and go.
        config: the person's choices.
        now: the present, in stored form.
        poll_seconds: the longest wait between two turns.
        alarm: tells of changes; whoever rings it makes the loop turn.
    """
    asked_at = -_SECONDS_BETWEEN_QUESTIONS
    while True:
        current = places()
        alarm.listen_to(_telling_directories(current))
        is_time = time.monotonic() - asked_at >= _SECONDS_BETWEEN_QUESTIONS
        asked_at = time.monotonic() if is_time else asked_at
        yield run_cycle(current, config, now(), collect=True, asked_for=is_time)
        alarm.wait(poll_seconds)


def _telling_directories(places: Iterable[Place]) -> list[Path]:
    """Directories in which a change means that there is something to capture."""
    directories = [spool_dir() / "new", config_dir() / "projects"]
    for place in places:
        git_dir, common_dir = place.repository.git_dir, place.repository.common_dir
        directories += [git_dir / "logs", common_dir / "logs", common_dir / "refs"]
    return [directory for directory in dict.fromkeys(directories) if directory.is_dir()]
