"""Questions about jobs: those of a selection, one by its number, those of a commit or a session.

A job is put together when it is asked for: its row, the tries, the submission that fits it best, the drift. What it
costs grows with the jobs read, never with those stored.
"""

import heapq
import json
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from journal.derive.job import Job, Submission, name_from_arguments, with_telling_name
from journal.errors import JournalError
from journal.store.job_submissions import best_telling_near, jobs_near, nearest_job, submission_of

_COLUMNS = "event, project, cluster, job_id, submitted_at, name, command, work_dir"


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
    known = connection.execute(_selected(project), here)
    handed_over = connection.execute(_submissions_selected(project), here)
    untold: set[str] = set()
    # Both are read row by row, so that a reader who wants the newest twenty reads little more.
    for row in heapq.merge(known, handed_over, key=itemgetter(0), reverse=True):
        if len(row) == _WIDTH_OF_JOB:
            yield _job(connection, row[1:])
        elif not row[-1]:
            job = _untold(connection, row[:4])
            if job.event not in untold:  # else this is another telling of it
                yield job
            untold.add(job.event)


def _selected(project: str | None) -> str:
    of_project = "project = :project AND" if project is not None else ""
    return (
        f"SELECT submitted_at, {_COLUMNS} FROM job"  # noqa: S608  (our own text)
        f" WHERE {of_project} submitted_at >= :since AND submitted_at <= :until"
        " ORDER BY submitted_at DESC, job_id DESC, cluster"
    )


_WIDTH_OF_JOB = 1 + len(_COLUMNS.split(", "))
_TOLD = """
EXISTS (
    SELECT 1 FROM job WHERE job.job_id = submission.job_id
    AND (submission.cluster IS NULL OR job.cluster = submission.cluster)
    AND abs(julianday(job.submitted_at) - julianday(submission.at)) <= 1
)
"""


def _submissions_selected(project: str | None) -> str:
    """Submissions with a number, and whether the batch system told of their job."""
    of_project = "project = :project AND" if project is not None else ""
    return (
        f"SELECT at, event, project, data, job_id, {_TOLD} AS told FROM submission"  # noqa: S608  (our own text)
        f" WHERE {of_project} at >= :since AND at <= :until AND job_id IS NOT NULL"
        " ORDER BY at DESC, event DESC"
    )


def _job(connection: sqlite3.Connection, row: Sequence[Any]) -> Job:
    job = Job(*row)
    job = with_telling_name(job._replace(attempts=_attempts(connection, job)))
    return job._replace(submission=submission_of(connection, job), drifts=_drifts(connection, job))


def _untold(connection: sqlite3.Connection, row: Sequence[Any]) -> Job:
    """A job known by its submission alone."""
    at, event, project, data = row
    fact = json.loads(data)
    best = best_telling_near(connection, Submission(event, at, fact))
    told = best.fact
    name = name_from_arguments(told["command"], told["argv"])
    numbers = (told["cluster"], told["job_id"])
    return Job(best.event, project, *numbers, best.at, name, told["command"], told["cwd"], submission=best)


_ATTEMPTS = """
SELECT coalesce(first_submitted_at, attempt.submitted_at), attempt.data, job_log.data FROM attempt
LEFT JOIN job_log ON job_log.raw_id = attempt.raw_id AND job_log.cluster = attempt.cluster
    AND job_log.try_submitted_at = attempt.submitted_at
WHERE attempt.cluster = ? AND attempt.job_id = ? ORDER BY attempt.submitted_at, attempt.raw_id
"""
_SAME_NUMBER = "SELECT submitted_at FROM job WHERE cluster = ? AND job_id = ? ORDER BY submitted_at"


def _attempts(connection: sqlite3.Connection, job: Job) -> tuple[dict[str, Any], ...]:
    """The tries of a job, each with its LogFact under "log" where its log was read.

    Where its number was used again they are those that were submitted before the next job of it.
    """
    rows = connection.execute(_ATTEMPTS, (job.cluster, job.job_id)).fetchall()
    if any(first != job.submitted_at for first, *_ in rows):
        jobs = [at for (at,) in connection.execute(_SAME_NUMBER, (job.cluster, job.job_id))]
        rows = [row for row in rows if _last_until(jobs, row[0]) == job.submitted_at]
    return tuple({**json.loads(data), **({"log": json.loads(log)} if log else {})} for _, data, log in rows)


def _last_until(moments: Sequence[str], moment: str) -> str:
    """The last of some moments, in their order, that is not after another; the first where all are."""
    return next((each for each in reversed(moments) if each <= moment), moments[0])


_DRIFTS = "SELECT data FROM drift WHERE cluster = ? AND job_id = ? AND submitted_at = ? ORDER BY moment DESC"


def _drifts(connection: sqlite3.Connection, job: Job) -> tuple[dict[str, Any], ...]:
    rows = connection.execute(_DRIFTS, (job.cluster, job.job_id, job.submitted_at))
    return tuple(json.loads(data) for (data,) in rows)


def script_of(connection: sqlite3.Connection, job: Job) -> Mapping[str, str] | None:
    """The text of a job's script and who told it: `{text, told_by}`; None where it was not kept."""
    row = connection.execute(
        "SELECT text, told_by FROM job_script WHERE cluster = ? AND job_id = ? AND submitted_at = ?",
        (job.cluster, job.job_id, job.submitted_at),
    ).fetchone()
    return {"text": row[0], "told_by": row[1]} if row else None


def asked_before(connection: sqlite3.Connection, session: str, moment: str) -> str | None:
    """What a person last asked of a session up to a moment, in words rather than by a command, where there is such."""
    row = connection.execute(
        "SELECT text FROM prompt WHERE session = ? AND at <= ?"
        " ORDER BY substr(text, 1, 1) IN ('/', '!'), at DESC, event LIMIT 1",
        (session, moment),
    ).fetchone()
    return str(row[0]) if row else None


def subject_of_commit(connection: sqlite3.Connection, project: str | None, sha: str) -> str | None:
    """The first line of a commit's message, where it was captured."""
    row = connection.execute("SELECT subject FROM git_commit WHERE project = ? AND sha = ?", (project, sha)).fetchone()
    return str(row[0]) if row else None


_NAME = re.compile(r"(?:(?P<cluster>[^/\s]+)/)?(?P<number>\d{1,20})(?:_(?P<task>\d+)|(?P<component>\+\d+))?")


def find_job(connection: sqlite3.Connection, name: str, project: str | None) -> FoundJob | None:
    """The job that a person means: `123`, `123_7`, `123+1`, `lab/123`, or an event's id, shortened.

    A number that was used again means the newest job; older ones have their event's id. Those of the project come
    before others.

    Raises:
        JournalError: jobs of several clusters, or several events, go by that name.
    """
    if _NAME.fullmatch(name) and (found := find_by_number(connection, name, project) or _elsewhere(connection, name)):
        return found
    return _by_event_id(connection, name.lower()) if re.fullmatch("[0-9a-fA-F]{4,32}", name) else None


def find_by_number(connection: sqlite3.Connection, name: str, project: str | None) -> FoundJob | None:
    """The job of a project (None: of any) that goes by a number, written as for `find_job`.

    Raises:
        JournalError: jobs of several clusters go by it.
    """
    named = _NAME.fullmatch(name)
    if named is None:
        return None
    rows = _rows_of_number(connection, named["number"], named["cluster"])
    newest = {row[2]: row for row in rows if project in (None, row[1])}  # of each cluster the last
    if len(newest) > 1:
        choices = "; ".join(f"{row[2]}/{row[3]} {row[5]}" for row in newest.values())
        raise JournalError(f"{name!r} could be {len(newest)} jobs", f"name the cluster too: {choices}")
    for row in newest.values():
        return FoundJob(_job(connection, row), named["task"] or named["component"])
    return _untold_of(connection, named["number"], project)


def _elsewhere(connection: sqlite3.Connection, name: str) -> FoundJob | None:
    """The job of another project, or the task by its own number, that a number means."""
    return find_by_number(connection, name, None) or _by_raw_id(connection, name)


def _rows_of_number(connection: sqlite3.Connection, number: str, cluster: str | None) -> list[tuple[Any, ...]]:
    return connection.execute(
        f"SELECT {_COLUMNS} FROM job WHERE job_id = ? AND (? IS NULL OR cluster = ?) ORDER BY submitted_at",  # noqa: S608  (our own text)
        (number, cluster, cluster),
    ).fetchall()


def _by_raw_id(connection: sqlite3.Connection, number: str) -> FoundJob | None:
    """The task of an array by the number that it has for itself."""
    for job_id, cluster, task, component in connection.execute(
        "SELECT job_id, cluster, task, component FROM attempt WHERE raw_id = ? ORDER BY submitted_at DESC LIMIT 1",
        (number,),
    ).fetchall():
        for row in reversed(_rows_of_number(connection, job_id, cluster)):
            return FoundJob(_job(connection, row), task or (None if component is None else f"+{component}"))
    return None


def _untold_of(connection: sqlite3.Connection, number: str, project: str | None) -> FoundJob | None:
    """The job that only its submission tells of."""
    row = connection.execute(
        f"SELECT at, event, project, data FROM submission"  # noqa: S608  (our own text)
        f" WHERE job_id = ? AND (? IS NULL OR project = ?) AND NOT {_TOLD} ORDER BY at DESC LIMIT 1",
        (number, project, project),
    ).fetchone()
    return FoundJob(_untold(connection, row)) if row else None


def _by_event_id(connection: sqlite3.Connection, prefix: str) -> FoundJob | None:
    rows = connection.execute(
        "SELECT id, kind, data FROM event WHERE id >= ? AND id < ? AND kind IN ('job', 'submission', 'attempt',"
        " 'script', 'drift', 'log') LIMIT 6",
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
    """The job that an event of kind job, submission, attempt, script, drift or log tells of; None where not known."""
    if kind == "submission":
        return _job_of_submission(connection, event, fact)
    rows = _rows_of_number(connection, fact["job_id"], fact["cluster"])
    if not rows:
        return None
    at = _last_until([row[4] for row in rows], fact["submitted_at"])
    return _job(connection, next(row for row in rows if row[4] == at))


def _job_of_submission(connection: sqlite3.Connection, event: str, fact: Mapping[str, Any]) -> Job | None:
    row = connection.execute("SELECT at, event, project, data FROM submission WHERE event = ?", (event,)).fetchone()
    if row is None:
        return None
    telling = Submission(event, row[0], fact)
    if fact["job_id"] is None:
        candidates = (_job_at(connection, *number) for number in jobs_near(connection, telling, row[2]))
        return next((job for job in candidates if job.submission and job.submission.event == event), None)
    nearest = nearest_job(connection, telling)
    return _untold(connection, row) if nearest is None else _job_at(connection, fact["job_id"], *nearest)


def _job_at(connection: sqlite3.Connection, job_id: str, cluster: str, submitted_at: str) -> Job:
    rows = _rows_of_number(connection, job_id, cluster)
    return _job(connection, next(row for row in rows if row[4] == submitted_at))


def unfinished_jobs(connection: sqlite3.Connection, project: str | None) -> list[Job]:
    """The jobs of a project (None: of all) with a try that is not over, oldest first."""
    return _with_tries(connection, project, "ended_at IS NULL", {})


# Whatever ended badly shows one of these; what ended well hardly ever does.
_TROUBLED = """
ended_at >= :since AND (
    state <> 'COMPLETED' OR instr(data, '"derived_') OR instr(data, 'OUT_OF_MEMORY') OR instr(data, '"FAILED"')
)
"""


def troubled_jobs(connection: sqlite3.Connection, project: str | None, since: str) -> list[Job]:
    """The jobs of a project (None: of all) of which a try that ended since then may have ended badly, oldest first.

    All that did are among them, and few others: thousands of tasks that went well are not read.
    """
    return _with_tries(connection, project, _TROUBLED, {"since": since})


def ended_jobs(connection: sqlite3.Connection, project: str | None, since: str, count: int) -> list[Job]:
    """The jobs of a project (None: of all) that are over, with a try that ended since then, at most so many.

    The last to end comes first.
    """
    numbers = connection.execute(
        f"SELECT job_id, cluster FROM attempt WHERE project {_of(project)} AND ended_at >= :since"  # noqa: S608  (our own text)
        f" AND (job_id, cluster) NOT IN (SELECT job_id, cluster FROM attempt WHERE project {_of(project)}"
        " AND ended_at IS NULL) GROUP BY job_id, cluster ORDER BY max(ended_at) DESC, job_id DESC LIMIT :count",
        {"project": project, "since": since, "count": count},
    ).fetchall()
    return [_job(connection, row) for number in numbers for row in _rows_of_number(connection, *number)[-1:]]


class Numbers(NamedTuple):
    """How many jobs were submitted since a moment, and the GPU hours of the tries that ended since then."""

    submitted: int
    gpu_hours: float | None


def numbers_since(connection: sqlite3.Connection, project: str | None, since: str) -> Numbers:
    """What was computed since a moment, in a project or in all."""
    here = {"project": project, "since": since, "until": "~"}
    (known,) = connection.execute(f"SELECT count(*) FROM ({_selected(project)})", here).fetchone()  # noqa: S608  (our own text)
    (untold,) = connection.execute(
        f"SELECT count(DISTINCT job_id) FROM ({_submissions_selected(project)}) WHERE NOT told",  # noqa: S608  (our own text)
        here,
    ).fetchone()
    (gpu_seconds,) = connection.execute(
        "SELECT sum(elapsed_s * json_extract(data, '$.gpus')) FROM attempt"  # noqa: S608  (our own text)
        f" WHERE project {_of(project)} AND ended_at >= :since",
        here,
    ).fetchone()
    return Numbers(known + untold, gpu_seconds / 3600 if gpu_seconds else None)


def _of(project: str | None) -> str:
    return "= :project" if project is not None else "IN (SELECT DISTINCT project FROM job)"


def _with_tries(
    connection: sqlite3.Connection, project: str | None, condition: str, more: Mapping[str, str]
) -> list[Job]:
    numbers = connection.execute(
        f"SELECT DISTINCT job_id, cluster FROM attempt WHERE project {_of(project)} AND {condition}",  # noqa: S608  (our own text)
        {"project": project, **more},
    ).fetchall()
    found = (_rows_of_number(connection, *number)[-1:] for number in numbers)  # an older job of that number is over
    return sorted(
        (_job(connection, row) for rows in found for row in rows), key=lambda job: (job.submitted_at, job.job_id)
    )


_SUBMITTED_FROM = """
WITH RECURSIVE family (sha) AS (
    VALUES (:sha) UNION SELECT old FROM rewrite JOIN family ON new = sha WHERE project = :project
)
SELECT event, data FROM submission
WHERE json_extract(data, '$.commit') IN (SELECT sha FROM family) AND project IS :project ORDER BY at DESC
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
