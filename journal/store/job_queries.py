"""Questions about jobs: those of a selection, one by its number, those of a commit or a session.

A job is put together when it is asked for: its row, the tries, the submission that fits it best, the drift. What it
costs grows with the jobs read, never with those stored.
"""

import heapq
import json
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from journal.derive.job import Job, Submission, name_from_arguments
from journal.errors import JournalError
from journal.moments import from_epoch, to_datetime
from journal.store.stored_event import StoredEvent

_COLUMNS = "event, project, cluster, job_id, submitted_at, name, command, work_dir"
_DAY = 86400.0
_SHORTLY = 60.0  # between srun or salloc and its job


class FoundJob(NamedTuple):
    """The job that a person means, and which of its tasks (`7`) or components (`+1`), where one is."""

    job: Job
    task: str | None = None


def read_jobs(
    connection: sqlite3.Connection, project: str | None, since: str | None = None, until: str | None = None
) -> Iterator[Job]:
    """The jobs of a project (None: of all) by their submission, newest first, each read as it is asked for.

    Jobs of which the batch system never told are among them. `since` and `until` are moments in stored form, both
    included.
    """
    here = {"project": project, "since": since or "", "until": until or "~"}
    known = (_job(connection, row) for row in connection.execute(_selected(project), here))
    untold = (_untold(connection, row) for row in connection.execute(_untold_selected(project), here))
    untold_at: dict[str, str] = {}
    for job in heapq.merge(known, untold, key=lambda job: job.submitted_at, reverse=True):
        if job.submission is not None and job.event == job.submission.event:
            before = untold_at.setdefault(job.job_id, job.submitted_at)
            if before != job.submitted_at and _apart(before, job.submitted_at) <= _DAY:
                continue  # another telling of it
        yield job


def _selected(project: str | None) -> str:
    of_project = "project = :project AND" if project is not None else ""
    return (
        f"SELECT {_COLUMNS} FROM job WHERE {of_project} submitted_at >= :since AND submitted_at <= :until"  # noqa: S608  (our own text)
        " ORDER BY submitted_at DESC, job_id DESC, cluster"
    )


_TOLD = """
EXISTS (
    SELECT 1 FROM job WHERE job.job_id = submission.job_id
    AND (submission.cluster IS NULL OR job.cluster = submission.cluster)
    AND abs(julianday(job.submitted_at) - julianday(submission.at)) <= 1
)
"""


def _untold_selected(project: str | None) -> str:
    of_project = "project = :project AND" if project is not None else ""
    return (
        f"SELECT event, at, project, data FROM submission WHERE {of_project} at >= :since AND at <= :until"  # noqa: S608  (our own text)
        f" AND job_id IS NOT NULL AND NOT {_TOLD} ORDER BY at DESC, told_by = 'shim' DESC, event"
    )


def _job(connection: sqlite3.Connection, row: Sequence[Any]) -> Job:
    job = Job(*row)
    return job._replace(
        attempts=_attempts(connection, job), submission=_submission(connection, job), drifts=_drifts(connection, job)
    )


def _untold(connection: sqlite3.Connection, row: Sequence[Any]) -> Job:
    """A job known by its submission alone."""
    event, at, project, data = row
    fact = json.loads(data)
    others = connection.execute(_SUBMISSIONS, {"job_id": fact["job_id"], "cluster": fact["cluster"]})
    tellings = [each for each in map(_submission_row, others) if _apart(each.at, at) <= _DAY]
    best = _best(tellings, at) or Submission(event, at, fact)
    name = name_from_arguments(fact["command"], fact["argv"])
    numbers = (fact["cluster"], fact["job_id"])
    return Job(best.event, project, *numbers, best.at, name, fact["command"], fact["cwd"], submission=best)


_ATTEMPTS = """
SELECT coalesce(first_submitted_at, submitted_at), data FROM attempt
WHERE cluster = ? AND job_id = ? ORDER BY submitted_at, raw_id
"""
_SAME_NUMBER = "SELECT submitted_at FROM job WHERE cluster = ? AND job_id = ? ORDER BY submitted_at"


def _attempts(connection: sqlite3.Connection, job: Job) -> tuple[dict[str, Any], ...]:
    """The tries of a job; where its number was used again, those that were submitted before the next job of it."""
    rows = connection.execute(_ATTEMPTS, (job.cluster, job.job_id)).fetchall()
    if any(first != job.submitted_at for first, _ in rows):
        jobs = [at for (at,) in connection.execute(_SAME_NUMBER, (job.cluster, job.job_id))]
        rows = [row for row in rows if _last_until(jobs, row[0]) == job.submitted_at]
    return tuple(json.loads(data) for _, data in rows)


def _last_until(moments: Sequence[str], moment: str) -> str:
    """The last of some moments, in their order, that is not after another; the first where all are."""
    return next((each for each in reversed(moments) if each <= moment), moments[0])


_DRIFTS = "SELECT data FROM drift WHERE cluster = ? AND job_id = ? AND submitted_at = ? ORDER BY moment DESC"


def _drifts(connection: sqlite3.Connection, job: Job) -> tuple[dict[str, Any], ...]:
    rows = connection.execute(_DRIFTS, (job.cluster, job.job_id, job.submitted_at))
    return tuple(json.loads(data) for (data,) in rows)


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
SELECT job_id, cluster, submitted_at FROM job
WHERE project IS :project AND submitted_at >= :since AND submitted_at <= :until
    AND work_dir IS :work_dir AND (command IS NULL OR command = :command)
"""


def _submission(connection: sqlite3.Connection, job: Job) -> Submission | None:
    """How a job was submitted, as far as something saw it.

    Of several tellings the shim's counts, then a transcript's, then what was found afterwards. One that does not say
    the job's number belongs to the job of the same command and directory that is nearest to it within a minute.
    """
    rows = connection.execute(_SUBMISSIONS, {"job_id": job.job_id, "cluster": job.cluster}).fetchall()
    tellings = [_submission_row(row) for row in rows]
    if tellings:
        jobs = connection.execute(_JOBS_OF_NUMBER, (job.job_id,)).fetchall()
        own = (job.cluster, job.submitted_at)
        tellings = [telling for telling in tellings if _nearest_job(telling, jobs) == own]
    return _best(tellings, job.submitted_at) or _unnumbered(connection, job)


def _submission_row(row: Sequence[Any]) -> Submission:
    return Submission(row[0], row[1], json.loads(row[2]))


def _nearest_job(telling: Submission, jobs: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    """The (cluster, submission) of the job nearest to a submission within a day, of those that it can mean."""
    cluster = telling.fact.get("cluster")
    near = [
        (apart, job)
        for job in jobs
        if cluster in (None, job[0]) and (apart := _apart(telling.at, job[1])) <= _DAY
    ]  # fmt: skip
    return min(near)[1] if near else None


def _apart(one: str, other: str) -> float:
    return abs((to_datetime(one) - to_datetime(other)).total_seconds())


_TRUST = {"shim": 0, "rerun": 0, "transcript": 1, "accounting": 2}
_FROM_OTHERS = ("session", "branch")
_CODE = ("root", "commit", "snapshot", "snapshot_at", "changed", "left_out", "problem")


def _best(tellings: Sequence[Submission], at: str) -> Submission | None:
    """The telling that is trusted most, with what only the others know."""
    ranked = sorted(
        tellings, key=lambda told: (_TRUST.get(told.fact["told_by"], 3), _apart(told.at, at), told.event)
    )  # fmt: skip
    if not ranked:
        return None
    fact = dict(ranked[0].fact)
    for field in _FROM_OTHERS:
        fact[field] = next((told.fact[field] for told in ranked if told.fact.get(field)), None)
    with_code = next((told.fact for told in ranked if told.fact.get("snapshot")), None) or next(
        (told.fact for told in ranked if told.fact.get("commit")), fact
    )
    fact |= {field: with_code.get(field) for field in _CODE}
    return ranked[0]._replace(fact=fact)


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
        (apart, other, number)
        for number, telling in enumerate(tellings)
        for other in jobs
        if (apart := _apart(telling.at, other[2])) <= _SHORTLY
    )
    taken: set[tuple[str, str, str] | int] = set()
    for _, other, number in pairs:
        if other in taken or number in taken:
            continue
        if other == (job.job_id, job.cluster, job.submitted_at):
            return tellings[number]
        taken |= {other, number}
    return None


def script_of(connection: sqlite3.Connection, job: Job) -> Mapping[str, str] | None:
    """The text of a job's script and who told it: `{text, told_by}`; None where it was not kept."""
    row = connection.execute(
        "SELECT text, told_by FROM job_script WHERE cluster = ? AND job_id = ? AND submitted_at = ?",
        (job.cluster, job.job_id, job.submitted_at),
    ).fetchone()
    return {"text": row[0], "told_by": row[1]} if row else None


_NAME = re.compile(r"(?:(?P<cluster>[^/\s]+)/)?(?P<number>\d{1,20})(?:_(?P<task>\d+)|(?P<component>\+\d+))?")


def find_job(connection: sqlite3.Connection, name: str, project: str | None) -> FoundJob | None:
    """The job that a person means: `123`, `123_7`, `123+1`, `lab/123`, or an event's id, shortened.

    A number that was used again means the newest job; older ones have their event's id. Those of the project come
    before others.

    Raises:
        JournalError: jobs of several clusters, or several events, go by that name.
    """
    if named := _NAME.fullmatch(name):
        rows = _rows_of_number(connection, named["number"], named["cluster"])
        rows = [row for row in rows if project in (None, row[1])] or rows
        newest = {row[2]: row for row in rows}  # of each cluster the last
        if len(newest) > 1:
            choices = "; ".join(f"{row[2]}/{row[3]} {row[5]}" for row in newest.values())
            raise JournalError(f"{name!r} could be {len(newest)} jobs", f"name the cluster too: {choices}")
        for row in newest.values():
            return FoundJob(_job(connection, row), named["task"] or named["component"])
        if found := _by_raw_id(connection, named["number"]) or _untold_of(connection, named["number"]):
            return found
    return _by_event_id(connection, name.lower()) if re.fullmatch("[0-9a-fA-F]{4,32}", name) else None


def _rows_of_number(connection: sqlite3.Connection, number: str, cluster: str | None) -> list[tuple[Any, ...]]:
    return connection.execute(
        f"SELECT {_COLUMNS} FROM job WHERE job_id = ? AND (? IS NULL OR cluster = ?) ORDER BY submitted_at",  # noqa: S608  (our own text)
        (number, cluster, cluster),
    ).fetchall()


def _by_raw_id(connection: sqlite3.Connection, number: str) -> FoundJob | None:
    """The task of an array by the number that it has for itself."""
    rows = connection.execute(
        "SELECT attempt.job_id, attempt.cluster, attempt.task, attempt.component"
        " FROM (SELECT DISTINCT cluster FROM job) CROSS JOIN attempt USING (cluster)"
        " WHERE attempt.raw_id = ? ORDER BY attempt.submitted_at DESC LIMIT 1",
        (number,),
    ).fetchall()
    for job_id, cluster, task, component in rows:
        for row in reversed(_rows_of_number(connection, job_id, cluster)):
            return FoundJob(_job(connection, row), task or (None if component is None else f"+{component}"))
    return None


def _untold_of(connection: sqlite3.Connection, number: str) -> FoundJob | None:
    row = connection.execute(
        "SELECT event, at, project, data FROM submission WHERE job_id = ? ORDER BY at DESC LIMIT 1", (number,)
    ).fetchone()
    return FoundJob(_untold(connection, row)) if row else None


def _by_event_id(connection: sqlite3.Connection, prefix: str) -> FoundJob | None:
    rows = connection.execute(
        "SELECT id, kind, data FROM event WHERE id >= ? AND id < ? AND kind IN ('job', 'submission', 'attempt',"
        " 'script', 'drift') LIMIT 6",
        (prefix, prefix + "g"),
    ).fetchall()
    if len(rows) > 1:
        choices = ", ".join(f"{event[:12]} ({kind})" for event, kind, _ in rows)
        raise JournalError(f"{prefix!r} could be {len(rows)} things", f"write more of it: {choices}")
    for event, kind, data in rows:
        job = job_of(connection, event, kind, json.loads(data))
        return FoundJob(job) if job else None
    return None


def job_of(connection: sqlite3.Connection, event: str, kind: str, fact: Mapping[str, Any]) -> Job | None:
    """The job that an event of kind job, submission, attempt, script or drift tells of; None where it is not known."""
    if kind == "submission":
        return _job_of_submission(connection, event, fact)
    rows = _rows_of_number(connection, fact["job_id"], fact["cluster"])
    if not rows:
        return None
    at = _last_until([row[4] for row in rows], fact["submitted_at"])
    return _job(connection, next(row for row in rows if row[4] == at))


def _job_of_submission(connection: sqlite3.Connection, event: str, fact: Mapping[str, Any]) -> Job | None:
    row = connection.execute("SELECT event, at, project, data FROM submission WHERE event = ?", (event,)).fetchone()
    if row is None:
        return None
    at = row[1]
    if fact["job_id"] is None:
        moment = to_datetime(at).timestamp()
        window = {"since": from_epoch(moment - _SHORTLY), "until": from_epoch(moment + _SHORTLY)}
        here = {"project": row[2], "work_dir": fact["cwd"], "command": fact["command"], **window}
        for job_id, cluster, submitted_at in connection.execute(_NEIGHBOURS, here).fetchall():
            job = _job_at(connection, cluster, job_id, submitted_at)
            if job.submission is not None and job.submission.event == event:
                return job
        return None
    jobs = connection.execute(_JOBS_OF_NUMBER, (fact["job_id"],)).fetchall()
    nearest = _nearest_job(Submission(event, at, fact), jobs)
    if nearest is None:
        return _untold(connection, row)
    return _job_at(connection, nearest[0], fact["job_id"], nearest[1])


def _job_at(connection: sqlite3.Connection, cluster: str, job_id: str, submitted_at: str) -> Job:
    rows = _rows_of_number(connection, job_id, cluster)
    return _job(connection, next(row for row in rows if row[4] == submitted_at))


def jobs_of_events(connection: sqlite3.Connection, events: Sequence[StoredEvent]) -> dict[str, Job]:
    """Event id → job, of those events that are jobs."""
    found = {e.id: job_of(connection, e.id, e.kind, e.data) for e in events if e.kind == "job"}
    return {event: job for event, job in found.items() if job is not None}


_SUBMITTED_FROM = """
WITH RECURSIVE family (sha) AS (
    VALUES (:sha) UNION SELECT old FROM rewrite JOIN family ON new = sha WHERE project = :project
)
SELECT event, data FROM submission WHERE project = :project
    AND (json_extract(data, '$.commit') IN family OR snapshot = :sha) ORDER BY at DESC
"""
_SUBMITTED_IN = "SELECT event, data FROM submission WHERE session = :session ORDER BY at DESC"


def jobs_of_commit(connection: sqlite3.Connection, project: str | None, sha: str) -> list[Job]:
    """The jobs submitted from a commit, or from one whose place it took, newest first."""
    return _of_submissions(connection, _SUBMITTED_FROM, {"project": project, "sha": sha})


def jobs_of_session(connection: sqlite3.Connection, session: str) -> list[Job]:
    """The jobs submitted in an agent's session, newest first."""
    return _of_submissions(connection, _SUBMITTED_IN, {"session": session})


def _of_submissions(connection: sqlite3.Connection, query: str, here: Mapping[str, str | None]) -> list[Job]:
    jobs: dict[str, Job] = {}
    for event, data in connection.execute(query, here).fetchall():
        if job := _job_of_submission(connection, event, json.loads(data)):
            jobs.setdefault(job.event, job)
    return list(jobs.values())
