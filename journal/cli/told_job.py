"""A job as the commands tell it: with its outcome, what it used, and as JSON."""

import os
import re
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from journal.cli.told_gotcha import gotcha_json
from journal.derive.job import Job, only_task, submitted_late
from journal.derive.job_outcome import (
    ACTIVE_OUTCOMES,
    JobOutcome,
    ending,
    job_outcome,
    last_tries,
    never_started,
    representative_try,
)
from journal.derive.job_output import output_of
from journal.derive.job_usage import Usage, job_usage
from journal.derive.job_words import changed_files, late_changes, submit_line, whole_cause
from journal.store.gotcha_queries import matching
from journal.store.job_queries import script_of
from journal.store.lesson_queries import lesson_of


class ToldJob(NamedTuple):
    """A job, or one task of it, with what follows from its tries."""

    number: str  # `123`, `123_7`, `123+1`
    job: Job
    outcome: JobOutcome
    usage: Usage


def told(job: Job, now: datetime, task: str | None = None) -> ToldJob:
    """A job, or one of its tasks (`7`) or components (`+1`), as it stands now."""
    number = job.job_id
    if task is not None:
        job = only_task(job, task)
        number += task if task.startswith("+") else f"_{task}"
    return ToldJob(number, job, job_outcome(job.attempts, os.getuid()), job_usage(job.attempts, now))


def each_task(job: Job, now: datetime) -> list[ToldJob]:
    """The tasks or components of a job one by one; the job itself where it has none."""
    tasks: dict[str, None] = {}
    for attempt in last_tries(job.attempts):
        if "task" in attempt:
            tasks[attempt["task"]] = None
        elif "component" in attempt:
            tasks[f"+{attempt['component']}"] = None
    return [told(job, now, task) for task in sorted(tasks, key=_in_order)] or [told(job, now)]


def _in_order(task: str) -> tuple[int, str]:
    first = re.match(r"[+\[]?(\d{1,9})", task)  # the tasks that wait together (`8-999%4`) by their first
    return (int(first[1]) if first else -1, task)


def representative(found: ToldJob) -> Mapping[str, Any]:
    """The try that stands for a job where one is asked for."""
    return representative_try(found.job.attempts, found.outcome.outcome)


def job_json(found: ToldJob, progress: Mapping[str, Any] | None) -> dict[str, Any]:
    """A job as `journal jobs --json` lists it: the keys of COMMANDS.md and some more.

    Args:
        found: it.
        progress: how far it is, as `job_progress` tells it.
    """
    job, outcome, usage = found.job, found.outcome, found.usage
    code, last = job.submitted, representative(found)
    files = changed_files(job)
    started = [attempt["started_at"] for attempt in job.attempts if not never_started(attempt)]
    ended = [attempt["ended_at"] for attempt in job.attempts if attempt.get("ended_at")]
    is_over = outcome.outcome not in (*ACTIVE_OUTCOMES, "unknown")
    return {
        "id": job.event,
        "job_id": found.number,
        "cluster": job.cluster,
        "project": job.project,
        "name": job.name,
        "command": job.command,
        "state": outcome.state,
        "outcome": outcome.outcome,
        "cause": whole_cause(outcome),
        "counts": dict(outcome.counts),
        "tries": outcome.tries,
        "branch": code.get("branch"),
        "commit": code.get("commit"),
        "snapshot": code.get("snapshot"),
        "dirty": bool(files) if files is not None else None,
        "changed_files": files,
        "late": submitted_late(job),
        "late_changes": [change._asdict() for change in late_changes(job)],
        "session": code.get("session"),
        "idea": None,
        "submitted_at": job.submitted_at,
        "started_at": min(started, default=None),
        "ended_at": max(ended, default=None) if is_over else None,
        "elapsed_s": usage.elapsed_s,
        "wait_s": usage.wait_s,
        "gpu_hours": usage.gpu_hours,
        "cpu_efficiency": usage.cpu_efficiency,
        "memory_efficiency": usage.memory_efficiency,
        "max_rss": usage.max_rss,
        "energy_j": usage.energy_j,
        **{field: last.get(field) for field in _OF_THE_LAST},
        "attempts": [_attempt_json(attempt) for attempt in job.attempts],
        "progress": progress,
        "log": _log_json(last),
    }


_OF_THE_LAST = (
    "exit_code", "signal", "nodes", "node_count", "cpus", "gpus", "memory", "limit_s", "partition", "account", "qos",
    "user", "reason",
)  # fmt: skip
_OF_A_TRY = (
    "raw_id", "task", "component", "state", "submitted_at", "started_at", "ended_at", "elapsed_s", "exit_code",
    "signal", "derived_exit_code", "derived_signal", "reason", "nodes", "failed_node", "cpus", "gpus",
)  # fmt: skip


_OF_A_LOG = ("path", "label", "signature", "line", "fingerprint", "component", "explanation", "advice")


def _log_json(attempt: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the log of a try says of its end; None where it was not read."""
    log = attempt.get("log")
    return {field: log[field] for field in _OF_A_LOG} if log else None


def _attempt_json(attempt: Mapping[str, Any]) -> dict[str, Any]:
    found = ending(attempt, os.getuid())
    return {"outcome": found.outcome, "cause": whole_cause(found), **{field: attempt.get(field) for field in _OF_A_TRY}}


def shown_submit_line(job: Job) -> str | None:
    """The command that submitted a job, without secrets: accounting and the shim both keep `--export=KEY=…`."""
    line = submit_line(job)
    if line is None:
        return None
    from journal.store.secret_rules import secrets_redactor

    return secrets_redactor().text(line)


def left_out(connection: sqlite3.Connection, job: Job) -> list[str]:
    """The files that a job's snapshot lacks, as far as they are named: git is asked only where there are some."""
    if not job.submitted.get("left_out"):
        return []
    from journal.rerun.kept_code import files_left_out

    return files_left_out(connection, job)


def whole_job_json(
    connection: sqlite3.Connection, found: ToldJob, progress: Mapping[str, Any] | None
) -> dict[str, Any]:
    """A job as `journal job --json` tells it; arguments as above."""
    script, last = script_of(connection, found.job), representative(found)
    output = output_of(found.job, last, script["text"] if script else None)
    return {
        **job_json(found, progress),
        "script": script["text"] if script else None,
        "submit_line": shown_submit_line(found.job),
        "work_dir": found.job.work_dir,
        "stdout": output.stdout,
        "stderr": output.stderr,
        "steps": list(last.get("steps") or ()),
        "left_out": left_out(connection, found.job),
        "drifts": [dict(drift) for drift in found.job.drifts],
        **lesson_json(connection, found.job),
    }


def lesson_json(connection: sqlite3.Connection, job: Job) -> dict[str, Any]:
    """What is known of what a job failed of, and what it got past: `{seen_before: [gotcha], overcome_by, got_past}`."""
    lesson = lesson_of(connection, job)
    known = (
        gotcha
        for met in lesson.met
        for gotcha in matching(connection, met.gotcha.fingerprint, job.project, job.cluster, job.event)
    )
    return {
        "seen_before": [gotcha_json(gotcha) for gotcha in known],
        "overcome_by": lesson.overcome_by,
        "got_past": [{"gotcha": gotcha_json(past.gotcha), "fix": past.event} for past in lesson.overcame],
    }
