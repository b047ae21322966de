"""The jobs in `journal status`: what runs, what waits, what failed, what needs a person."""

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from journal.cli.job_progress import NOTHING_KNOWN, JobProgress, job_progress
from journal.cli.told_job import ToldJob, representative, told
from journal.derive.amounts import ago, counted, duration
from journal.derive.gotcha.lesson import NO_LESSON, Lesson
from journal.derive.job_outcome import ACTIVE_OUTCOMES, BAD_OUTCOMES, WAITING_OUTCOMES
from journal.derive.job_words import beside_outcome, counts_in_words, kind_of_parts, waits_for, whole_cause
from journal.moments import from_datetime, to_datetime
from journal.store.job_queries import numbers_since, troubled_jobs, unfinished_jobs
from journal.store.lesson_queries import lessons_of

_SHOWN = 4
_ERROR = 70  # characters of the decisive line


def job_overview(connection: sqlite3.Connection, project: str | None, now: datetime) -> dict[str, Any]:
    """What `journal status --json` says of jobs: `{running, queued, failed, today}`, the newest first.

    Failed are those whose last try ended badly since yesterday's midnight. Today's GPU hours are of tries that ended.
    """
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    today, yesterday = from_datetime(midnight), from_datetime(midnight - timedelta(days=1))
    unfinished = [told(job, now) for job in reversed(unfinished_jobs(connection, project))]
    troubled = [told(job, now) for job in reversed(troubled_jobs(connection, project, yesterday))]
    failed = [one for one in troubled if one.outcome.outcome in BAD_OUTCOMES]
    lessons = lessons_of(connection, [one.job for one in failed])
    return {
        "running": [
            _short(one, job_progress(connection, one, now))
            for one in unfinished
            if one.outcome.outcome in ("running", "suspended")
        ],
        "queued": [_short(one) for one in unfinished if one.outcome.outcome in WAITING_OUTCOMES],
        "failed": [{**_short(one), **_failure(lessons.get(one.job.event, NO_LESSON))} for one in failed],
        "today": numbers_since(connection, project, today)._asdict(),
    }


def _short(one: ToldJob, progress: JobProgress = NOTHING_KNOWN) -> dict[str, Any]:
    last = representative(one)
    ended = [attempt["ended_at"] for attempt in one.job.attempts if attempt.get("ended_at")]
    return {
        "id": one.job.event,
        "job_id": one.number,
        "cluster": one.job.cluster,
        "name": one.job.name,
        "outcome": one.outcome.outcome,
        "cause": whole_cause(one.outcome),
        "beside": beside_outcome(one.outcome),
        "waits_for": waits_for(one.job) if one.outcome.outcome == "queued" else None,
        "tasks": counts_in_words(one.outcome, kind=kind_of_parts(one.job)) if one.outcome.tasks > 1 else None,
        "submitted_at": one.job.submitted_at,
        "started_at": last.get("started_at"),
        "ended_at": max(ended, default=None) if one.outcome.outcome not in ACTIVE_OUTCOMES else None,
        "elapsed_s": one.usage.elapsed_s,
        "limit_s": last.get("limit_s"),
        "gpus": last.get("gpus"),
        "nodes": last.get("nodes"),
        "progress": progress.json,
        "progress_in_words": progress.words or None,
    }


def _failure(lesson: Lesson) -> dict[str, Any]:
    """What a job failed of, and the gotcha that is known of it."""
    met = lesson.met[0] if lesson.met else None
    known = met.gotcha if met and met.is_known else None
    return {
        "label": met.log["label"] if met else None,
        "signature": met.log["signature"] if met else None,
        "gotcha": {"id": known.id, "name": known.name, "status": known.status} if known else None,
        "overcome_by": lesson.overcome_by,
    }


def job_rows(jobs: dict[str, Any], now: datetime) -> Iterator[tuple[str, str, str]]:
    """(label, text, colour) of each row of the glance."""
    for label, colour in (("running", "cyan"), ("queued", "dim"), ("failed", "red")):
        groups = _alike(jobs[label]) if label == "failed" else [[job] for job in jobs[label]]
        for group in groups[:_SHOWN]:
            job = group[0]
            words = {"running": _running, "queued": _queued}.get(label)
            parts = words(job) if words else _failed(job, now, _earlier(group[1:]))
            yield label, " · ".join(filter(None, (f"{job['job_id']} {job['name']}", *parts))), colour
        if more := sum(map(len, groups[_SHOWN:])):
            yield label, f"and {more:,} more: journal jobs{' --failed' if label == 'failed' else ''}", colour


def _alike(failed: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Failures that repeat, together: those of one name that ended in one way, and were overcome or not."""
    groups: dict[tuple[str | None, ...], list[dict[str, Any]]] = {}
    for job in failed:
        why = job["gotcha"]["id"] if job["gotcha"] else job["cause"]
        groups.setdefault((job["name"], job["outcome"], why, job["tasks"], job["overcome_by"]), []).append(job)
    return list(groups.values())


def _earlier(others: Sequence[dict[str, Any]]) -> str | None:
    """`as 8122871 and 3 more`."""
    if not others:
        return None
    return f"as {others[0]['job_id']}" + (f" and {len(others) - 1:,} more" if len(others) > 1 else "")


def _running(job: dict[str, Any]) -> Sequence[str | None]:
    limit = f" of {duration(job['limit_s'])}" if job["limit_s"] else ""
    ran = f"{duration(job['elapsed_s'])}{limit}" if job["elapsed_s"] is not None else None
    size = counted(job["gpus"], "GPU") if job["gpus"] else None
    where = " on ".join(filter(None, (size, job["nodes"])))
    state = job["outcome"] if job["outcome"] != "running" else None
    return (state, job["progress_in_words"], ran, job["tasks"] or where)


def _queued(job: dict[str, Any]) -> Sequence[str | None]:
    beside = job["waits_for"] or job["beside"]
    return (job["outcome"] if job["outcome"] != "queued" else None, job["tasks"], beside)


def _failed(job: dict[str, Any], now: datetime, earlier: str | None) -> Sequence[str | None]:
    when = ago((now - to_datetime(job["ended_at"])).total_seconds()) if job["ended_at"] else None
    outcome = job["outcome"] if job["outcome"] != "failed" else None
    known: str | None
    if job["overcome_by"]:
        known = f"job {job['overcome_by']} got past it"
    else:
        known = f"known: {job['gotcha']['name']} → journal gotcha {job['gotcha']['name']}" if job["gotcha"] else None
    return (outcome, job["tasks"], _error(job) or job["beside"], known, earlier, when)


def _error(job: dict[str, Any]) -> str | None:
    signature: str | None = job["signature"]
    return signature if signature is None or len(signature) <= _ERROR else signature[: _ERROR - 1] + "…"


def jobs_in_need(jobs: dict[str, Any]) -> list[dict[str, str]]:
    """The jobs that will never start by themselves, each with the command that ends the wait."""
    return [
        {"what": f"job {job['job_id']} {job['name']} never starts", "do": f"scancel {job['job_id']}"}
        for job in jobs["queued"]
        if job["outcome"] == "never starts"
    ]
