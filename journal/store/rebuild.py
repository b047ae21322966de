"""Rebuilding: every projection emptied and folded again from the event log."""

import sqlite3

from journal.store.database import transaction
from journal.store.event_log import stored_events
from journal.store.projections import PROJECTED_TABLES, event_text, project

_CHUNK = 1000


def rebuild(connection: sqlite3.Connection) -> int:
    """Computes all projections anew, in one transaction.

    Returns:
        How many events were folded.
    """
    count = last = 0
    with transaction(connection):
        for table in PROJECTED_TABLES:
            connection.execute(f"DELETE FROM {table}")  # noqa: S608  (names from our own tuple)
        event_text.clear(connection)
        while events := stored_events(connection, "WHERE seq > ? ORDER BY seq LIMIT ?", (last, _CHUNK)):
            project(connection, events)
            count += len(events)
            last = events[-1].seq
    return count
