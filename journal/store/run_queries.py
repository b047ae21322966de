"""Questions about runs: jobs with what their logs say, and which of a project may have run the same before or after."""

import json
import sqlite3
from typing import NamedTuple

from journal.derive.gotcha.run import Run, ToldLog, run_of
from journal.derive.gotcha.same_run import run_keys
from journal.derive.job import Job, with_telling_name
from journal.store.job_queries import job_of
from journal.store.job_submissions import submission_of

_LOGS = "SELECT event, at, data FROM job_log WHERE job_id = ? AND cluster = ? AND submitted_at = ?"

# The newest first. `overcome`: whether a run up to that moment is known to have got past it.
_FAILED_BEFORE = """
SELECT gotcha, cluster, job_id, submitted_at, EXISTS (
    SELECT 1 FROM fix WHERE fix.failed = 'job:' || failed_job.cluster || '/' || failed_job.job_id
        AND fix.failed_submitted_at = failed_job.submitted_at AND fix.gotcha = failed_job.gotcha
        AND fix.passed_submitted_at <= :moment
) AS overcome
FROM failed_job
WHERE project = :project AND cluster = :cluster AND at >= :since AND at < :moment
    AND gotcha IN (SELECT id FROM gotcha)
ORDER BY at DESC, job_id DESC LIMIT :count
"""
_SUBMITTED_AFTER = """
SELECT cluster, job_id, submitted_at FROM job
WHERE project = :project AND submitted_at > :moment AND submitted_at <= :until AND cluster = :cluster
ORDER BY submitted_at, job_id LIMIT :count
"""


class FailedBefore(NamedTuple):
    """A job that failed: the id of its gotcha, its number, and whether (1) that is known to have been overcome."""

    gotcha: str
    cluster: str
    job_id: str
    submitted_at: str
    overcome: int


_JOB = """
SELECT event, project, cluster, job_id, submitted_at, name, command, work_dir FROM job
WHERE cluster = ? AND job_id = ? AND submitted_at = ?
"""
_ONE_TRY = "SELECT data FROM attempt WHERE cluster = ? AND job_id = ? LIMIT 1"


def read_keys(connection: sqlite3.Connection, cluster: str, job_id: str, submitted_at: str) -> frozenset[str]:
    """What a job runs (see `run_keys`), without its thousand tasks; nothing where it is not known."""
    key = (cluster, job_id, submitted_at)
    row = connection.execute(_JOB, key).fetchone()
    if row is None:
        return frozenset()
    job = Job(*row)
    tries = tuple(json.loads(data) for (data,) in connection.execute(_ONE_TRY, key[:2]))
    return run_keys(with_telling_name(job._replace(attempts=tries, submission=submission_of(connection, job))))


def read_run(connection: sqlite3.Connection, cluster: str, job_id: str, submitted_at: str) -> Run | None:
    """A job as a run; None where it is not known."""
    fact = {"cluster": cluster, "job_id": job_id, "submitted_at": submitted_at}
    job = job_of(connection, "", "job", fact)
    return run_of_job(connection, job) if job else None


def run_of_job(connection: sqlite3.Connection, job: Job) -> Run:
    """A job with what its logs say."""
    rows = connection.execute(_LOGS, (job.job_id, job.cluster, job.submitted_at))
    return run_of(job, [ToldLog(event, at, json.loads(data)) for event, at, data in rows])


def failed_before(
    connection: sqlite3.Connection, project: str, cluster: str, moment: str, since: str, count: int
) -> list[FailedBefore]:
    """The jobs of a project on a cluster that failed between two moments, `since` and `moment`, the newest first.

    Only failures that are gotchas, or candidates, are among them.
    """
    here = {"project": project, "cluster": cluster, "moment": moment, "since": since, "count": count}
    rows = connection.execute(_FAILED_BEFORE, here).fetchall()
    return [FailedBefore(*row) for row in rows]


def submitted_after(
    connection: sqlite3.Connection, project: str, cluster: str, moment: str, until: str, count: int
) -> list[tuple[str, str, str]]:
    """The (cluster, number, submission) of a project's jobs on a cluster submitted after a moment, in order."""
    here = {"project": project, "cluster": cluster, "moment": moment, "until": until, "count": count}
    return connection.execute(_SUBMITTED_AFTER, here).fetchall()
