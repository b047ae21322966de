"""The table of what logs say: job_log. Of two events that tell of one try the one with the smaller id counts."""

import sqlite3
from collections.abc import Sequence
from typing import Any

from journal.derive.gotcha.identity import gotcha_id
from journal.derive.gotcha.lessons import NO_FAILURE
from journal.events import canonical_json
from journal.store.projections.gotchas import refold
from journal.store.stored_event import StoredEvent

_LOG = """
INSERT INTO job_log (cluster, raw_id, try_submitted_at, job_id, submitted_at, event, project, at, label, fingerprint,
    gotcha, data)
VALUES (:cluster, :raw_id, :try_submitted_at, :job_id, :submitted_at, :event, :project, :at, :label, :fingerprint,
    :gotcha, :whole)
ON CONFLICT DO UPDATE SET job_id = excluded.job_id, submitted_at = excluded.submitted_at, event = excluded.event,
    project = excluded.project, at = excluded.at, label = excluded.label, fingerprint = excluded.fingerprint,
    gotcha = excluded.gotcha, data = excluded.data
WHERE excluded.event < event
RETURNING gotcha
"""
_KNOWN = (
    "SELECT gotcha FROM job_log WHERE raw_id = :raw_id AND cluster = :cluster AND try_submitted_at = :try_submitted_at"
)


def _fold_logs(connection: sqlite3.Connection, events: Sequence[StoredEvent]) -> None:
    touched: dict[str | None, None] = {}
    for event in events:
        row = _row(event)
        before = connection.execute(_KNOWN, row).fetchone()
        for (gotcha,) in connection.execute(_LOG, row).fetchall():
            touched[gotcha] = None
            touched |= {before[0]: None} if before else {}
    refold(connection, [gotcha for gotcha in touched if gotcha is not None])


def _row(event: StoredEvent) -> dict[str, Any]:
    fact = event.data
    fingerprint: str | None = fact["fingerprint"] if fact["label"] != NO_FAILURE else None
    fields = ("cluster", "raw_id", "try_submitted_at", "job_id", "submitted_at", "label", "fingerprint")
    return {
        **{name: fact[name] for name in fields},
        "event": event.id,
        "project": event.project,
        "at": event.at,
        "gotcha": gotcha_id(fingerprint) if fingerprint is not None else None,
        "whole": canonical_json(fact),
    }


PROJECTIONS = {"log": _fold_logs}
