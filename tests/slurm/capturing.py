"""Capturing jobs of the tests' cluster into a store, without a repository."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from journal.capture.slurm.situation import Known, Owner, Situation
from journal.capture.slurm.source import NAME, read_slurm
from journal.ingest.jobs import POLLER, store_told
from journal.store.event_log import cursors, stored_events

OWNER = Owner("p" * 32, "w" * 16)


def cycle(store: sqlite3.Connection, jobs: Sequence[str], now: float, *, asked_for: bool = True) -> dict[str, int]:
    """Asks once for all that is new of some jobs, which are known to be ours; returns what was skipped."""
    told_of = "SELECT 1 FROM attempt WHERE job_id = ?"
    here = Situation(
        now=now,
        per_minute=60,
        asked_for=asked_for,
        homes=(),
        submitted=[job for job in jobs if not store.execute(told_of, (job,)).fetchone()],
        known_numbers=lambda numbers: set(numbers).intersection(jobs),
        known=lambda _cluster, job_id, _at: Known(OWNER, None) if job_id in jobs else None,
    )
    skipped: dict[str, int] = {}
    for told in list(read_slurm(cursors(store, POLLER, NAME), here)):
        store_told(store, told)
        skipped |= {reason: count for reason, count in told.batch.skipped.items() if count}
    return skipped


def attempts(store: sqlite3.Connection) -> list[dict[str, Any]]:
    """What is known of each try, by submission."""
    found = [event.data for event in stored_events(store, "WHERE id IN (SELECT event FROM attempt) ORDER BY seq", ())]
    return sorted(found, key=lambda fact: fact["submitted_at"])


def state(store: sqlite3.Connection, job: str) -> str:
    """The state of a job's only try; "" where none was told of."""
    row = store.execute("SELECT state FROM attempt WHERE job_id = ?", (job,)).fetchone()
    return row[0] if row else ""


def name_of(fact: Mapping[str, Any]) -> str:
    """The JobID that sacct has for it: 12, 12_7, 12_[3-9%2], 12+1."""
    task, component = fact.get("task"), fact.get("component")
    if task is not None:
        return f"{fact['job_id']}_{task}" if task.isdecimal() else f"{fact['job_id']}_[{task}]"
    return f"{fact['job_id']}+{component}" if component is not None else str(fact["job_id"])
