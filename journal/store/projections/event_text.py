"""The full-text index: each event's title and words."""

import sqlite3
from collections.abc import Sequence

from journal.derive.event_words import body_of, title_of
from journal.store.stored_event import StoredEvent

# Told by the thousand, in words that the job's own event and its script have.
_NOT_INDEXED = frozenset({"attempt", "drift"})


def index(connection: sqlite3.Connection, events: Sequence[StoredEvent]) -> None:
    """Adds events to the full-text index; each event must be added once only."""
    connection.executemany(
        "INSERT INTO event_text (rowid, title, body) VALUES (?, ?, ?)",
        (
            (event.seq, title_of(event.kind, event.data), body_of(event.kind, event.data))
            for event in events
            if event.kind not in _NOT_INDEXED
        ),
    )


def clear(connection: sqlite3.Connection) -> None:
    """Empties the full-text index."""
    connection.execute("INSERT INTO event_text (event_text) VALUES ('delete-all')")
