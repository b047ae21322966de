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
    with transaction(connection):
        return _fold_all(connection)


def forget_project(connection: sqlite3.Connection, project: str) -> int:
    """Deletes what was captured of a project, for good: the one exception to an append-only log.

    Returns:
        How many events were deleted.
    """
    with transaction(connection):
        connection.execute(
            "DELETE FROM cursor WHERE writer IN (SELECT writer FROM clone WHERE project = ?)", (project,)
        )
        deleted = connection.execute("DELETE FROM event WHERE project = ?", (project,)).rowcount
        _fold_all(connection)
        connection.execute("DELETE FROM gotcha_number WHERE id NOT IN (SELECT id FROM gotcha)")
    return deleted


def _fold_all(connection: sqlite3.Connection) -> int:
    count = last = 0
    for table in PROJECTED_TABLES:
        connection.execute(f"DELETE FROM {table}")  # noqa: S608  (names from our own tuple)
    event_text.clear(connection)
    while events := stored_events(connection, "WHERE seq > ? ORDER BY seq LIMIT ?", (last, _CHUNK)):
        project(connection, events)
        count += len(events)
        last = events[-1].seq
    return count
