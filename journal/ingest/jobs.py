"""The stage of a capture that asks the batch system: once for all clones of this machine.

Two captures at once, on two login nodes too, ask once: the first takes the lease in the store.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from journal.capture.clone_source import main_root
from journal.capture.git.state import worktree_roots
from journal.capture.place import Place
from journal.capture.slurm.situation import Home, Known, Owner, Situation, Told
from journal.capture.slurm.source import NAME, read_slurm
from journal.events import Batch
from journal.ingest.known_places import known_places
from journal.ingest.scripts import POLLER, read_scripts
from journal.moments import from_epoch
from journal.store.database import transaction
from journal.store.event_log import append_batch, cursors

_LEASE = "lease"
_LEASE_SECONDS = 90.0  # longer than any call may take

_UNTOLD = """
SELECT DISTINCT coalesce(cluster || '/', '') || job_id FROM submission
WHERE job_id IS NOT NULL AND at > ? AND NOT EXISTS (
    SELECT 1 FROM attempt WHERE attempt.job_id = submission.job_id
        AND (submission.cluster IS NULL OR attempt.cluster = submission.cluster)
        AND attempt.submitted_at > strftime('%Y-%m-%dT%H:%M:%fZ', submission.at, '-1 day')
)
"""
_UNTOLD_SECONDS = 7 * 86400.0

_KNOWN_NUMBERS = """
SELECT job_id FROM job WHERE job_id IN (SELECT value FROM json_each(:numbers))
UNION SELECT job_id FROM submission WHERE job_id IN (SELECT value FROM json_each(:numbers))
"""
_KNOWN_TRY = """
SELECT job.project, event.writer, job.submitted_at FROM attempt
JOIN job ON job.cluster = attempt.cluster AND job.job_id = attempt.job_id
    AND job.submitted_at = attempt.first_submitted_at
JOIN event ON event.id = job.event
WHERE attempt.cluster = :cluster AND attempt.job_id = :job_id AND attempt.submitted_at = :at LIMIT 1
"""
_KNOWN_SUBMISSION = """
SELECT submission.project, event.writer, NULL FROM submission JOIN event ON event.id = submission.event
WHERE submission.job_id = :job_id AND coalesce(submission.cluster, :cluster) = :cluster
    AND abs(julianday(submission.at) - julianday(:at)) < 1
ORDER BY abs(julianday(submission.at) - julianday(:at)), submission.event LIMIT 1
"""
_KNOWN_JOB = """
SELECT job.project, event.writer, job.submitted_at FROM job JOIN event ON event.id = job.event
WHERE job.cluster = :cluster AND job.job_id = :job_id AND job.submitted_at < :at AND (
    SELECT state FROM attempt WHERE attempt.cluster = :cluster AND attempt.job_id = :job_id
        AND attempt.first_submitted_at = job.submitted_at ORDER BY attempt.submitted_at DESC LIMIT 1
) NOT IN ('COMPLETED', 'FAILED', 'TIMEOUT', 'OUT_OF_MEMORY', 'CANCELLED', 'DEADLINE', 'LAUNCH_FAILED')
ORDER BY job.submitted_at DESC LIMIT 1
"""


def read_scheduler(connection: sqlite3.Connection, now: float, per_minute: float, *, asked_for: bool) -> Iterator[Told]:
    """What the batch system has new of all clones of this machine, batch by batch, to be stored by `store_told`.

    Args:
        connection: an open store.
        now: seconds since 1970.
        per_minute: how many calls a minute the person allows.
        asked_for: a person waits for the answer.
    """
    if not _take_lease(connection, now):
        return
    try:
        untold = [row[0] for row in connection.execute(_UNTOLD, (from_epoch(now - _UNTOLD_SECONDS),))]
        here = Situation(
            now=now,
            per_minute=per_minute,
            asked_for=asked_for,
            homes=list(_homes(known_places(connection))),
            submitted=untold,
            known_numbers=partial(_known_numbers, connection),
            known=partial(_known, connection),
        )
        yield from read_slurm(cursors(connection, POLLER, NAME), here)
        yield from read_scripts(connection, now)
    finally:
        append_batch(connection, POLLER, _LEASE, Batch([], {_LEASE: None}, {}))


def store_told(connection: sqlite3.Connection, told: Told) -> Any:
    """Stores one batch; returns how many events of each kind were new."""
    return append_batch(connection, told.owner.writer if told.owner else POLLER, NAME, told.batch)


def _take_lease(connection: sqlite3.Connection, now: float) -> bool:
    """Whether it is this capture that asks; a lease that was left by one that was killed runs out."""
    with transaction(connection):
        held = cursors(connection, POLLER, _LEASE).get(_LEASE)
        if held is not None and 0 <= now - held < _LEASE_SECONDS:
            return False
        connection.execute(
            "INSERT OR REPLACE INTO cursor (writer, source, name, value) VALUES (?, ?, ?, ?)",
            (POLLER, _LEASE, _LEASE, repr(now)),
        )
    return True


def _homes(places: Iterable[Place]) -> Iterator[Home]:
    for place in places:
        owner = Owner(place.project, place.writer)
        for root in (main_root(place.repository), *worktree_roots(place.repository.common_dir)):
            yield Home(str(root), owner)


def _known_numbers(connection: sqlite3.Connection, numbers: Iterable[str]) -> set[str]:
    return {number for (number,) in connection.execute(_KNOWN_NUMBERS, {"numbers": json.dumps(list(numbers))})}


def _known(connection: sqlite3.Connection, cluster: str, job_id: str, at: str) -> Known | None:
    """The job that a try belongs to: told of before, requeued, or handed over."""
    here = {"cluster": cluster, "job_id": job_id, "at": at}
    for query in (_KNOWN_TRY, _KNOWN_JOB, _KNOWN_SUBMISSION):
        row = connection.execute(query, here).fetchone()
        if row and row[0] and row[1]:
            return Known(Owner(row[0], row[1]), row[2])
    return None
