"""How far a job is, or came, as the commands tell it: in words and as JSON."""

import sqlite3
from datetime import datetime
from typing import Any, NamedTuple

from journal.cli.told_job import ToldJob, representative
from journal.moments import to_datetime


class JobProgress(NamedTuple):
    """What is known of a job from its logs.

    Attributes:
        json: as `journal diagnose --json` has it, with what is to be expected of a job that runs; None where nothing
            is known.
        words: `61 % · step 30.5k of 50k · loss 0.0412 ↓ · ends Fri 04:10`, of a job that is over how far it came; what
            is not known is left out.
        problem: why the logs of a job that runs cannot be read.
    """

    json: dict[str, Any] | None = None
    words: str = ""
    problem: str | None = None


NOTHING_KNOWN = JobProgress()


def job_progress(connection: sqlite3.Connection, found: ToldJob, now: datetime) -> JobProgress:
    """How far a job is, as its logs were read last; of one that is over how far it came.

    Of an array each task has its own (`told_job.each_task`), the whole has none.
    """
    if found.outcome.tasks > 1:
        return NOTHING_KNOWN
    attempt = representative(found)
    log = attempt.get("log")
    if log is not None:
        from journal.derive.progress_words import reached_in_words

        return JobProgress(log["progress"], reached_in_words(log))
    if found.outcome.outcome not in ("running", "suspended"):
        return NOTHING_KNOWN
    from journal.derive.progress.outlook import Timing, outlook
    from journal.derive.progress.progress import progress_json
    from journal.derive.progress_words import progress_in_words
    from journal.store.log_queries import live_log

    live = live_log(connection, attempt)
    if live is None:
        return NOTHING_KNOWN
    problem = live.problems[0] if live.problems else None
    if not live.progress.says_something:
        return JobProgress(problem=problem)
    started = attempt.get("started_at")
    timing = Timing(
        now.timestamp(),
        to_datetime(started).timestamp() if started else None,
        attempt.get("limit_s"),
        live.written_at,
    )
    expected = outlook(live.progress, timing)
    return JobProgress(progress_json(live.progress, expected), progress_in_words(live.progress, expected, now), problem)
