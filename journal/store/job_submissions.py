"""Which submission was which job's: of what the shim, transcripts and accounting tell, the best for each job."""

import json
import re
import sqlite3
from collections.abc import Sequence
from typing import Any

from journal.derive.job import Job, Submission
from journal.moments import from_epoch, to_datetime

DAY = 86400.0  # seconds; a number that is used again is so after longer
_SHORTLY = 60.0  # between srun or salloc and its job
_TOOL_SECONDS = 900.0  # an agent waits for a tool for ten minutes at most

_SUBMISSIONS = """
SELECT event, at, data FROM submission
WHERE job_id = :job_id AND (cluster IS NULL OR :cluster IS NULL OR cluster = :cluster)
"""
_JOBS_OF_NUMBER = "SELECT cluster, submitted_at FROM job WHERE job_id = ?"
_UNNUMBERED = """
SELECT event, at, data FROM submission
WHERE project IS :project AND at >= :since AND at <= :until AND job_id IS NULL
    AND cwd IS :work_dir AND (:command IS NULL OR command = :command)
"""
_NEIGHBOURS = """
SELECT job_id, cluster, submitted_at, (
    SELECT min(data ->> 'submit_line') FROM attempt WHERE attempt.job_id = job.job_id
        AND attempt.cluster = job.cluster AND attempt.first_submitted_at = job.submitted_at
) FROM job
WHERE project IS :project AND submitted_at >= :since AND submitted_at <= :until
    AND work_dir IS :work_dir AND (command IS NULL OR command = :command)
"""


def submission_of(connection: sqlite3.Connection, job: Job) -> Submission | None:
    """How a job was submitted, as far as something saw it.

    Of several tellings the shim's counts, then a transcript's, then what was found afterwards. One that does not say
    the job's number belongs to the job of the same command, arguments and directory that is nearest to it within a
    minute.
    """
    rows = connection.execute(_SUBMISSIONS, {"job_id": job.job_id, "cluster": job.cluster}).fetchall()
    tellings = [_submission_row(row) for row in rows]
    if tellings:
        jobs = connection.execute(_JOBS_OF_NUMBER, (job.job_id,)).fetchall()
        own = (job.cluster, job.submitted_at)
        tellings = [telling for telling in tellings if _nearest(telling, jobs) == own]
    if not any(telling.fact["told_by"] in _BY_US for telling in tellings):
        unnumbered = _unnumbered(connection, job)
        tellings += [unnumbered] if unnumbered else []
    return _best(tellings, job.submitted_at)


def _submission_row(row: Sequence[Any]) -> Submission:
    return Submission(row[0], row[1], json.loads(row[2]))


def nearest_job(connection: sqlite3.Connection, telling: Submission) -> tuple[str, str] | None:
    """The (cluster, submission) of the job that a submission with a number means; None where it is not known."""
    jobs = connection.execute(_JOBS_OF_NUMBER, (telling.fact["job_id"],)).fetchall()
    return _nearest(telling, jobs)


def _nearest(telling: Submission, jobs: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    """Of the jobs of its number, the one nearest to a submission within a day.

    A transcript has the time at which the tool was done, some minutes later at most: whatever names a job after that
    quotes an old log.
    """
    cluster = telling.fact.get("cluster")
    within = _TOOL_SECONDS if telling.fact["told_by"] == "transcript" else DAY
    near = [(far, job) for job in jobs if cluster in (None, job[0]) and (far := apart(telling.at, job[1])) <= within]
    return min(near)[1] if near else None


def jobs_near(connection: sqlite3.Connection, telling: Submission, project: str | None) -> list[tuple[str, str, str]]:
    """The (number, cluster, submission) of the jobs that a submission without a number may mean."""
    moment = to_datetime(telling.at).timestamp()
    window = {"since": from_epoch(moment - _SHORTLY), "until": from_epoch(moment + _SHORTLY)}
    here = {"project": project, "work_dir": telling.fact["cwd"], "command": telling.fact["command"]}
    jobs = connection.execute(_NEIGHBOURS, {**here, **window}).fetchall()
    return [(number, cluster, at) for number, cluster, at, line in jobs if _may_mean(telling, line)]


_LOST = re.compile(r"[^A-Za-z0-9=_./:,%-]+")  # what accounting may lose of a command: quotes, and what is not ASCII


def _may_mean(telling: Submission, submit_line: str | None) -> bool:
    """Whether what accounting has as a job's command is what the shim was given; so, too, where one is not known."""
    argv = telling.fact.get("argv")
    if argv is None or submit_line is None or telling.fact["told_by"] != "shim":
        return True
    return _LOST.sub("", " ".join(argv)) == _LOST.sub("", submit_line.partition(" ")[2])


def best_telling_near(connection: sqlite3.Connection, telling: Submission) -> Submission:
    """Of all tellings of a submission that became no job, as far as is known, the one that is trusted most."""
    number = {"job_id": telling.fact["job_id"], "cluster": telling.fact["cluster"]}
    others = map(_submission_row, connection.execute(_SUBMISSIONS, number))
    return _best([each for each in others if apart(each.at, telling.at) <= DAY], telling.at) or telling


def apart(one: str, other: str) -> float:
    """How many seconds lie between two moments in stored form."""
    return abs((to_datetime(one) - to_datetime(other)).total_seconds())


_BY_US = ("shim", "rerun")
_TRUST = {"shim": 0, "rerun": 0, "transcript": 1, "accounting": 2}
_FROM_OTHERS = ("session", "branch")
_CODE = ("root", "commit", "snapshot", "snapshot_at", "changed", "left_out", "problem")


def _best(tellings: Sequence[Submission], at: str) -> Submission | None:
    """The telling that is trusted most, with what only the others know."""
    ranked = sorted(
        tellings, key=lambda told: (_TRUST.get(told.fact["told_by"], 3), apart(told.at, at), told.event)
    )  # fmt: skip
    if not ranked:
        return None
    fact = dict(ranked[0].fact)
    for field in _FROM_OTHERS:
        fact[field] = next((told.fact[field] for told in ranked if told.fact.get(field)), None)
    fact |= {field: _with_code(ranked).fact.get(field) for field in _CODE}
    return ranked[0]._replace(fact=fact)


def _with_code(ranked: Sequence[Submission]) -> Submission:
    """The first telling with a snapshot, else the first that knows the commit, else the first."""
    for field in ("snapshot", "commit"):
        for telling in ranked:
            if telling.fact.get(field):
                return telling
    return ranked[0]


def _unnumbered(connection: sqlite3.Connection, job: Job) -> Submission | None:
    """The submission without a number that is this job's rather than a neighbour's."""
    moment = to_datetime(job.submitted_at).timestamp()
    around = {"project": job.project, "work_dir": job.work_dir}
    window = {"since": from_epoch(moment - _SHORTLY), "until": from_epoch(moment + _SHORTLY)}
    tellings = [
        _submission_row(row)
        for row in connection.execute(_UNNUMBERED, {**around, **window, "command": job.command})
    ]  # fmt: skip
    if not tellings:
        return None
    wide = {"since": from_epoch(moment - 2 * _SHORTLY), "until": from_epoch(moment + 2 * _SHORTLY)}
    command = job.command or tellings[0].fact["command"]
    jobs = connection.execute(_NEIGHBOURS, {**around, **wide, "command": command}).fetchall()
    pairs = sorted(
        (far, tuple(other), number)
        for number, telling in enumerate(tellings)
        for *other, line in jobs
        if (far := apart(telling.at, other[2])) <= _SHORTLY and _may_mean(telling, line)
    )
    taken: set[tuple[str, ...] | int] = set()
    for _, other, number in pairs:
        if other in taken or number in taken:
            continue
        if other == (job.job_id, job.cluster, job.submitted_at):
            return tellings[number]
        taken |= {other, number}
    return None
