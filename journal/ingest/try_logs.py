"""The logs of one try of a job: which files they are, and what they and the batch system tell together."""

import os
import sqlite3
from collections.abc import Mapping
from typing import Any, NamedTuple

from journal.derive.failure.diagnosis import SchedulerWord
from journal.derive.failure.rules import Rules
from journal.derive.job import Job
from journal.derive.job_outcome import ending
from journal.derive.job_output import output_of
from journal.ingest.log_diagnosis import Told, diagnosed
from journal.store.job_queries import script_of

Attempt = Mapping[str, Any]  # an AttemptFact


class LogPlaces(NamedTuple):
    """Where a try writes.

    Attributes:
        paths: standard output, then standard error where that is another file; none where that is not known, or
            nothing is kept.
        within: directories in which a log that is a symbolic link may lead somewhere.
    """

    paths: tuple[str, ...]
    within: tuple[str, ...]


def log_places(connection: sqlite3.Connection, job: Job, attempt: Attempt) -> LogPlaces:
    """The files that a try of a job writes."""
    script = script_of(connection, job)
    output = output_of(job, attempt, script["text"] if script else None)
    paths = tuple(path for path in (output.stdout, output.stderr) if path and path != os.devnull)
    around = (attempt.get("work_dir"), job.work_dir, job.submitted.get("root"))
    return LogPlaces(paths, tuple(dict.fromkeys(str(directory) for directory in around if directory)))


def scheduler_word(attempt: Attempt) -> SchedulerWord:
    """What the batch system says of a try."""
    found = ending(attempt)
    return SchedulerWord(found.outcome, found.cause, attempt.get("state"), attempt.get("exit_code"))


def diagnosed_try(places: LogPlaces, attempt: Attempt, rules: Rules, *, most: int | None = None) -> Told:
    """Why a try failed, as its logs and the batch system tell it together.

    Args:
        places: its logs; at least one.
        attempt: it.
        rules: those about failures.
        most: bytes before the end of a log that are looked through at the most; None: all of it.

    Raises:
        NoLogError: none of its logs can be read.
    """
    return diagnosed(places.paths, rules, scheduler_word(attempt), within=places.within, most=most)
