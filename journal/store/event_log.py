"""Appending: a batch of events, its projections and its cursors are stored together or not at all."""

import json
import os
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from journal.events import SUPPORTING_KINDS, Batch, Event
from journal.store.database import transaction
from journal.store.stored_event import StoredEvent

POLLER = "slurm"  # whose cursors those are that belong to the machine and to no clone

# The condition for events that tell the story, in the words of the partial indexes of schema/0003.
STORY = " AND ".join(f"kind <> '{kind}'" for kind in sorted(SUPPORTING_KINDS))


def append_batch(connection: sqlite3.Connection, writer: str, source: str, batch: Batch) -> Counter[str]:
    """Stores a batch in one transaction.

    Args:
        connection: an open store.
        writer: the clone that tells these events.
        source: the namespace of the batch's cursors.
        batch: events and cursors.

    Returns:
        How many events of each kind were new.
    """
    with transaction(connection):
        new = _append(connection, writer, batch.events) if batch.events else []
        if new:
            from journal.store.projections import project  # most batches bring cursors alone

            project(connection, new)
        _set_cursors(connection, writer, source, batch.cursors)
    return Counter(event.kind for event in new)


def _append(connection: sqlite3.Connection, writer: str, events: Sequence[Event]) -> list[StoredEvent]:
    """Inserts the events whose id is not there yet, and returns those."""
    (last,) = connection.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()
    new = {event.id: event for event in reversed(events)}  # of two with one id the first counts
    for (known,) in connection.execute(
        "SELECT id FROM event WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(new)),)
    ).fetchall():
        del new[known]
    appended = list(reversed(new.values()))
    facts = json.loads(f"[{','.join(e.data for e in appended)}]")  # at once: a third of the time
    stored = [
        StoredEvent(seq, e.id, e.kind, e.at, e.project, writer, e.source, fact)
        for seq, (e, fact) in enumerate(zip(appended, facts, strict=True), last + 1)
    ]
    connection.executemany(
        "INSERT INTO event (seq, id, kind, at, project, writer, source, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        ((*event[:-1], e.data) for event, e in zip(stored, appended, strict=True)),
    )
    return stored


def stored_events(connection: sqlite3.Connection, where: str, parameters: Sequence[Any]) -> list[StoredEvent]:
    """Events of the log, decoded.

    Args:
        connection: an open store.
        where: what follows `FROM event`, with `?` for every value.
        parameters: those values.
    """
    rows = connection.execute(f"SELECT seq, id, kind, at, project, writer, source, data FROM event {where}", parameters)  # noqa: S608  (`where` is our own text)
    return [StoredEvent._make((*row[:-1], json.loads(row[-1]))) for row in rows]


def cursors(connection: sqlite3.Connection, writer: str, source: str) -> dict[str, Any]:
    """How far each part of a source was read for a clone."""
    rows = connection.execute("SELECT name, value FROM cursor WHERE writer = ? AND source = ?", (writer, source))
    return {_from_text(name): json.loads(value) for name, value in rows}


def _set_cursors(connection: sqlite3.Connection, writer: str, source: str, values: Mapping[str, Any]) -> None:
    gone = [(writer, source, _as_text(name)) for name, value in values.items() if value is None]
    reached = [
        (writer, source, _as_text(name), json.dumps(value)) for name, value in values.items() if value is not None
    ]
    connection.executemany("DELETE FROM cursor WHERE writer = ? AND source = ? AND name = ?", gone)
    connection.executemany("INSERT OR REPLACE INTO cursor (writer, source, name, value) VALUES (?, ?, ?, ?)", reached)


_BYTES = "bytes:"


def _as_text(name: str) -> str:
    """A cursor's name as the store can hold it: branches and worktrees may be called by bytes that are not UTF-8."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return _BYTES + os.fsencode(name).hex()
    return name


def _from_text(text: str) -> str:
    return os.fsdecode(bytes.fromhex(text.removeprefix(_BYTES))) if text.startswith(_BYTES) else text
