"""The tables of what logs say: job_log and, from it, failed_job.

Of two events that tell of one try the one with the smaller id counts.
"""

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
RETURNING 1
"""
_KNOWN = """
SELECT gotcha, job_id, cluster, submitted_at FROM job_log
WHERE raw_id = :raw_id AND cluster = :cluster AND try_submitted_at = :try_submitted_at
"""
_FORGET = "DELETE FROM failed_job WHERE gotcha = ? AND job_id = ? AND cluster = ? AND submitted_at = ?"
_FAILED = """
INSERT INTO failed_job (gotcha, cluster, job_id, submitted_at, project, logs, first_at, at, log)
SELECT gotcha, cluster, job_id, submitted_at, min(project), count(*), min(at), max(at), substr(max(at || event), 25)
FROM job_log WHERE gotcha = ? AND job_id = ? AND cluster = ? AND submitted_at = ?
GROUP BY gotcha, cluster, job_id, submitted_at
"""


def _fold_logs(connection: sqlite3.Connection, events: Sequence[StoredEvent]) -> None:
    touched: dict[tuple[str | None, str, str, str], None] = {}
    for event in events:
        row = _row(event)
        before = connection.execute(_KNOWN, row).fetchone()
        if connection.execute(_LOG, row).fetchone():
            touched[row["gotcha"], row["job_id"], row["cluster"], row["submitted_at"]] = None
            touched |= {before: None} if before else {}
    failures = [failure for failure in touched if failure[0] is not None]
    connection.executemany(_FORGET, failures)
    connection.executemany(_FAILED, failures)
    refold(connection, list(dict.fromkeys(gotcha for gotcha, *_ in failures if gotcha is not None)))


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
