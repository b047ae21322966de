"""Why a job failed, or how far it is: its logs read now, with what the batch system says of it."""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from journal.capture.log.opening import NoLogError
from journal.cli.options import local_now
from journal.cli.told_diagnosis import DiagnosedRun
from journal.cli.told_job import ToldJob, representative, told
from journal.derive.amounts import counted
from journal.derive.failure.diagnosis import Diagnosis
from journal.derive.failure.rules import Rules
from journal.derive.job_outcome import BAD_OUTCOMES, WAITING_OUTCOMES, ending, last_tries
from journal.derive.progress.outlook import Timing, outlook
from journal.derive.progress.progress import Outlook, Progress
from journal.errors import JournalError
from journal.ingest.running_logs import progress_now
from journal.ingest.try_logs import diagnosed_try, log_places
from journal.moments import to_datetime
from journal.store.job_queries import FoundJob
from journal.store.log_queries import try_key

_SHOWN_TASKS = 8


def diagnosed_job(connection: sqlite3.Connection, named: FoundJob, rules: Rules) -> DiagnosedRun:
    """Why a job, or a task of it, failed, or how far it is.

    Of an array the first task that failed is read now; what the logs of the others said stands beside it.

    Raises:
        JournalError: it has not started, or nothing can be read of what it wrote.
    """
    found = told(named.job, local_now(), named.task)
    attempt = representative(found)
    if found.outcome.outcome in WAITING_OUTCOMES and not attempt.get("started_at"):
        raise JournalError(f"job {found.number} has not started", f"it is {found.outcome.outcome}, and wrote nothing")
    places = log_places(connection, found.job, attempt)
    if not places.paths:
        raise JournalError(
            f"where job {found.number} writes is not known", "srun and salloc write to the terminal unless asked not to"
        )
    number = _number(found, attempt)
    notes = tuple(_other_tasks(found, attempt))
    try:
        read = diagnosed_try(places, {name: value for name, value in attempt.items() if name != "log"}, rules)
    except NoLogError as problem:
        if not attempt.get("log"):
            raise
        return _as_kept(attempt["log"], number, (problem.problem, *notes))._replace(event=found.job.event)
    progress, expected = read.progress(), Outlook()
    if found.outcome.outcome in ("running", "suspended"):
        progress, expected = _now(connection, attempt, progress)
    run = DiagnosedRun(read.diagnosis, progress, expected, number, found.job.event)
    return run._replace(path=read.path, files=read.files, notes=notes)


def _number(found: ToldJob, attempt: Mapping[str, Any]) -> str:
    """The job's number, with the task's where one of several is read."""
    task = attempt.get("task")
    return f"{found.job.job_id}_{task}" if task is not None and "_" not in found.number else found.number


def _now(connection: sqlite3.Connection, attempt: Mapping[str, Any], read: Progress) -> tuple[Progress, Outlook]:
    """How far a try is that runs: as it was followed, up to this moment, else as its logs say by themselves."""
    followed = progress_now(connection, try_key(attempt).name)
    progress = followed.progress if followed and followed.progress.says_something else read
    started = attempt.get("started_at")
    timing = Timing(
        local_now().timestamp(),
        to_datetime(started).timestamp() if started else None,
        attempt.get("limit_s"),
        followed.written_at if followed else None,
    )
    return progress, outlook(progress, timing)


def _as_kept(log: Mapping[str, Any], number: str, notes: tuple[str, ...]) -> DiagnosedRun:
    """What the log said when it was read after the job's end."""
    told: dict[str, Any] = {field: log[field] for field in Diagnosis._fields}
    told["advice"] = tuple(log["advice"])
    diagnosis = Diagnosis(**told)
    first, *others = notes
    kept = f"{first}: this is what was read of it when the job had ended"
    run = DiagnosedRun(diagnosis, Progress(), Outlook(), number)
    return run._replace(path=log["path"], notes=(kept, *others), kept=log["progress"])


def _other_tasks(found: ToldJob, shown: Mapping[str, Any]) -> Iterator[str]:
    """Of an array, which other tasks failed, and of what."""
    failed = [
        attempt
        for attempt in last_tries(found.job.attempts)
        if attempt is not shown and "task" in attempt and ending(attempt).outcome in BAD_OUTCOMES
    ]
    if not failed:
        return
    yield f"{counted(len(failed), 'other task')} failed: {_listed([str(attempt['task']) for attempt in failed])}"
    causes = Counter(attempt["log"]["fingerprint"] for attempt in failed if attempt.get("log"))
    own = shown["log"]["fingerprint"] if shown.get("log") else None
    for fingerprint, count in causes.most_common(4):
        if fingerprint:
            yield f"{count:,} of those " + ("the same way" if fingerprint == own else f"of {fingerprint}")


def _listed(tasks: Sequence[str]) -> str:
    return ", ".join(tasks[:_SHOWN_TASKS]) + (", …" if len(tasks) > _SHOWN_TASKS else "")
