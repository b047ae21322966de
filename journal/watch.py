"""The loop: capture, then bring the documents up to date; once for a hook, again and again for a person."""

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from journal.config import Config
from journal.errors import JournalError
from journal.ingest import Captured, Place, Progress, capture, known_places, place_at
from journal.paths import spool_dir, store_file
from journal.store.database import explained_failures, open_store
from journal.store.event_log import stored_events
from journal.store.stored_event import StoredEvent


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
    if project is None:
        try:
            place = place_at(directory)
        except JournalError:
            pass  # outside of any repository: all
        else:
            if place is None:
                raise JournalError(f"{directory} has no journal, or no commit yet", "run `journal init` there")
            return [place]
    with explained_failures(store_file()), closing(open_store(store_file())) as connection:
        return list(known_places(connection))


def run_cycle(
    places: Iterable[Place],
    config: Config,
    now: str,
    *,
    on_progress: Progress | None = None,
    collect: bool = False,
) -> Cycle:
    """Captures what is new in some clones and rewrites the documents of those where something was.

    Args:
        places: the clones.
        config: says whether documents are written.
        now: the present, in stored form.
        on_progress: called with the number of events as they are read.
        collect: return the new events too.
    """
    with explained_failures(store_file()), closing(open_store(store_file())) as connection:
        before = _last_seq(connection)
        captured = capture(connection, places, spool_dir(), now, on_progress)
        if captured.places and config.automatic_documents:
            from journal.documents.all_documents import write_documents

            for place in captured.places:
                write_documents(connection, place.repository, place.project)
        events = stored_events(connection, "WHERE seq > ? ORDER BY seq", (before,)) if collect else []
    return Cycle(captured, events)


def _last_seq(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()[0])
