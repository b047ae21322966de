"""What the screen tells of, read from the store at one moment."""

import os
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from journal.capture.slurm.budget import CAPACITY, Patience, Purse, filled
from journal.capture.slurm.inquiry import INSTALLED, PATIENCE, PURSE
from journal.capture.slurm.source import NAME as SLURM
from journal.derive.gotcha.remedy_words import what_helped
from journal.derive.job import Job
from journal.derive.job_outcome import ACTIVE_OUTCOMES, WAITING_OUTCOMES, JobOutcome, job_outcome, representative_try
from journal.derive.job_output import Output, output_of
from journal.derive.job_usage import Usage, job_usage
from journal.derive.progress.progress import Progress
from journal.derive.token_cost import new_tokens
from journal.moments import from_datetime, from_epoch
from journal.store.event_log import POLLER, cursors
from journal.store.gotcha_queries import matching
from journal.store.job_queries import ended_jobs, numbers_since, script_of, unfinished_jobs
from journal.store.log_queries import live_log
from journal.store.price_table import load_prices
from journal.store.status_queries import Today, today
from journal.store.token_queries import token_report

_JUST_ENDED = timedelta(hours=24)
_MOST_ENDED = 100


class Known(NamedTuple):
    """A gotcha that a failure was recognised as.

    Attributes:
        name: `G7`.
        title: what somebody called it; None where nobody did.
        helped: what got past it, or is advised, in words; empty where neither is known.
    """

    name: str
    title: str | None
    helped: str


class JobNow(NamedTuple):
    """A job with what the screen tells of it.

    Attributes:
        last: the AttemptFact of the try that stands for it.
        output: where that try writes.
        usage: of a job that is over; what one that runs used so far is not counted.
        progress: how far one that runs is, as its log says.
        written_at: when that log was last written to, in seconds since 1970; None where that is not known.
        log: the LogFact of the try, where it is over and its log was read.
        known: the gotcha that it failed by.
    """

    job: Job
    outcome: JobOutcome
    last: Mapping[str, Any]
    output: Output
    usage: Usage = Usage()
    progress: Progress | None = None
    written_at: float | None = None
    log: Mapping[str, Any] | None = None
    known: Known | None = None


class SlurmCalls(NamedTuple):
    """What was asked of Slurm.

    Attributes:
        cluster: the local one's name, where it is known.
        today: calls made today, as UTC counts days.
        in_hand: how many more may be made at once, of `most`.
        silent: the commands whose last call was not answered.
    """

    cluster: str | None
    today: int
    in_hand: int
    most: int
    silent: tuple[str, ...]


class Overview(NamedTuple):
    """What the store knows, as far as the screen tells of it.

    Attributes:
        seq: of the last event that is told of.
        midnight: when the day began, in stored form.
        name: the project's; None where it is about all projects.
        running, queued, ended: jobs, the newest first; those that ended, by their end within the last day.
        today: what was captured since midnight.
        jobs_today: how many jobs were submitted since then.
        gpu_hours: of the tries that ended since then.
        tokens, cost_usd: new tokens of agents since then, and what they cost.
        slurm: None where Slurm was never asked.
    """

    seq: int
    midnight: str
    name: str | None
    running: tuple[JobNow, ...]
    queued: tuple[JobNow, ...]
    ended: tuple[JobNow, ...]
    today: Today
    jobs_today: int
    gpu_hours: float | None
    tokens: int
    cost_usd: float | None
    slurm: SlurmCalls | None


def read_overview(
    connection: sqlite3.Connection,
    project: str | None,
    now: datetime,
    per_minute: float,
    before: Overview | None = None,
) -> Overview:
    """What the store knows now.

    Args:
        connection: an open store.
        project: its id; None for all projects.
        now: the present, in the person's time zone, whose midnight begins the day.
        per_minute: how many calls of Slurm's commands a minute are allowed.
        before: what it knew before: where no event came since, little has to be read.
    """
    slurm = _slurm_calls(connection, now.timestamp(), per_minute)
    (seq,) = connection.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()
    midnight = from_datetime(now.replace(hour=0, minute=0, second=0, microsecond=0))
    if before is not None and (before.seq, before.midnight) == (seq, midnight):
        return with_logs(connection, before._replace(slurm=slurm))
    unfinished = _now(connection, reversed(unfinished_jobs(connection, project)))
    ended = _now(connection, ended_jobs(connection, project, from_datetime(now - _JUST_ENDED), _MOST_ENDED))
    numbers = numbers_since(connection, project, midnight)
    spent = token_report(
        connection, by="model", project=project, since=midnight, until=None, zone=UTC, prices=load_prices()
    )["total"]
    name = connection.execute("SELECT name FROM clone WHERE project = ? ORDER BY seen_at DESC", (project,)).fetchone()
    return Overview(
        seq=seq,
        midnight=midnight,
        name=name[0] if name else None,
        running=tuple(one for one in unfinished if one.outcome.outcome in ("running", "suspended")),
        queued=tuple(one for one in unfinished if one.outcome.outcome in WAITING_OUTCOMES),
        ended=tuple(one for one in ended if one.outcome.outcome not in ACTIVE_OUTCOMES),
        today=today(connection, project, midnight),
        jobs_today=numbers.submitted,
        gpu_hours=numbers.gpu_hours,
        tokens=new_tokens(spent),
        cost_usd=spent["cost_usd"],
        slurm=slurm,
    )


def with_logs(connection: sqlite3.Connection, overview: Overview) -> Overview:
    """The same with what the logs of the jobs that run say by now."""
    return overview._replace(running=tuple(_followed(connection, job) for job in overview.running))


def _now(connection: sqlite3.Connection, jobs: Iterable[Job]) -> list[JobNow]:
    return [_job_now(connection, job) for job in jobs]


def _job_now(connection: sqlite3.Connection, job: Job) -> JobNow:
    outcome = job_outcome(job.attempts, os.getuid())
    last = representative_try(job.attempts, outcome.outcome)
    script = script_of(connection, job)
    found = JobNow(job, outcome, last, output_of(job, last, script["text"] if script else None))
    if outcome.outcome in ACTIVE_OUTCOMES:
        return _followed(connection, found)
    log = last.get("log")
    return found._replace(usage=job_usage(job.attempts), log=log, known=_known(connection, job, log) if log else None)


def _followed(connection: sqlite3.Connection, job: JobNow) -> JobNow:
    log = live_log(connection, job.last)
    return job._replace(progress=log.progress, written_at=log.written_at) if log else job


def _known(connection: sqlite3.Connection, job: Job, log: Mapping[str, Any]) -> Known | None:
    """What was learned of a failure before this job, or was overcome since."""
    for gotcha in matching(connection, log["fingerprint"], job.project, job.cluster, apart_from=job.event):
        return Known(gotcha.name, gotcha.said_title, what_helped(gotcha))
    return None


def _slurm_calls(connection: sqlite3.Connection, now: float, per_minute: float) -> SlurmCalls | None:
    known = cursors(connection, POLLER, SLURM)
    if PURSE not in known:
        return None
    purse = filled(Purse(**known[PURSE]), now, per_minute)
    failing = [daemon for daemon, past in known.get(PATIENCE, {}).items() if Patience(*past).failures]
    return SlurmCalls(
        cluster=known.get(INSTALLED, {}).get("cluster"),
        today=purse.made if purse.day == from_epoch(now)[:10] else 0,
        in_hand=int(purse.calls),
        most=int(CAPACITY),
        silent=tuple("sacct" if daemon == "accounting" else "squeue" for daemon in failing),
    )
