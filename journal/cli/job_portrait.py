"""One job on a screen: how it ended and why, with which code, what was asked for, what it used."""

import os
import shlex
import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

from journal.cli import terminal
from journal.cli.job_progress import job_progress
from journal.cli.options import local_now
from journal.cli.told_gotcha import known_line
from journal.cli.told_job import ToldJob, left_out, representative, shown_submit_line
from journal.derive.amounts import counted, duration, hours, memory, ordinal
from journal.derive.event_words import first_line, short_sha
from journal.derive.gotcha.remedy_words import remedy_words
from journal.derive.job import submitted_late
from journal.derive.job_outcome import ACTIVE_OUTCOMES, BAD_OUTCOMES, ending, last_tries, never_started
from journal.derive.job_output import output_of
from journal.derive.job_words import (
    beside_outcome,
    changed_files,
    counts_in_words,
    follows_outcome,
    kind_of_parts,
    late_changes,
    left_out_words,
    sign,
    whole_cause,
)
from journal.moments import to_datetime
from journal.store.event_queries import session_titles
from journal.store.gotcha_queries import matching
from journal.store.job_queries import asked_before, script_of, subject_of_commit
from journal.store.lesson_queries import lesson_of

_COLOURS = {"succeeded": "green", **dict.fromkeys(BAD_OUTCOMES, "red"), "held": "yellow", "never starts": "yellow"}
_SHOWN_FILES = 4
_SHOWN_TASKS = 8
_SHOWN_STEPS = 6
_SHOWN_TRIES = 6
_PROMPT = 160
_SHORTLY = 60.0  # seconds


def portrait(connection: sqlite3.Connection, found: ToldJob) -> str:
    """A job as `journal job` and `journal show` print it; nothing in it can move a terminal's cursor."""
    colour, columns = terminal.coloured(), terminal.width()
    lines = [terminal.paint(terminal.line(_heading(found)), "bold", colour)]
    paints = {"result": _COLOURS.get(found.outcome.outcome, "dim"), "changed": "yellow"}
    for label, text in _rows(connection, found):
        told = terminal.cut(terminal.line(text), columns - 12)
        lines.append(f"  {terminal.paint(f'{label:<8}', paints.get(label, 'dim'), colour)}  {told}")
    return "\n".join(lines) + "\n"


def _heading(found: ToldJob) -> str:
    last, usage = representative(found), found.usage
    parts = [f"job {found.number} {found.job.name}"]
    if found.outcome.state:
        parts.append(found.outcome.state)
    if usage.elapsed_s is not None:
        parts.append(duration(usage.elapsed_s))
    where = " on ".join(filter(None, (_size(last), last.get("nodes"))))
    if where:
        parts.append(where)
    if usage.gpu_hours is not None:
        parts.append(f"{hours(usage.gpu_hours)} GPU h")
    return " · ".join(parts)


def _size(attempt: Mapping[str, Any]) -> str:
    """`8 GPUs`, else `64 CPUs`."""
    for field, noun in (("gpus", "GPU"), ("cpus", "CPU")):
        if attempt.get(field):
            return counted(attempt[field], noun)
    return ""


def _rows(connection: sqlite3.Connection, found: ToldJob) -> Iterator[tuple[str, str]]:
    job, outcome = found.job, found.outcome
    cause = beside_outcome(outcome)
    between = " " if follows_outcome(outcome) else ": "
    yield "result", f"{sign(outcome.outcome)} {outcome.outcome}" + (f"{between}{cause}" if cause else "")
    yield from _log_says(connection, found)
    if outcome.tasks > 1:
        yield kind_of_parts(job) + "s", counts_in_words(outcome, kind=kind_of_parts(job)).partition(": ")[2]
        yield from _bad_parts(found)
    yield from _lesson(connection, found)
    yield "code", _code(connection, found)
    for change in late_changes(job):
        yield "changed", change.words + (" ← not what you submitted" if change.before_start else "")
    yield from _asked(connection, found)
    yield from _times(found)
    yield from _tries(found)
    yield from _steps(found)
    yield from _used(found)
    yield from _where(found)
    if line := shown_submit_line(job):
        yield "asked as", line
    script = script_of(connection, job)
    output = output_of(job, representative(found), script["text"] if script else None)
    if output.stdout:
        usual = "" if output.told else " (its usual name)"
        yield "output", f"{output.stdout}{usual} → journal job {found.number} --log"
    if output.stderr:
        yield "errors", output.stderr
    if script:
        lines = counted(script["text"].count("\n"), "line")
        yield "script", f"{lines} → journal job {found.number} --script"
    yield "id", job.event


def _lesson(connection: sqlite3.Connection, found: ToldJob) -> Iterator[tuple[str, str]]:
    """What is known of what it failed of, and what it got past."""
    job = found.job
    lesson = lesson_of(connection, job)
    for met in lesson.met:
        for gotcha in matching(connection, met.gotcha.fingerprint, job.project, job.cluster, job.event):
            line = known_line(gotcha, job.project, job.cluster)
            yield "known", f"{line} → journal gotcha {gotcha.name}"
    if lesson.overcome_by:
        yield "overcome", f"job {lesson.overcome_by} got past it"
    for past in lesson.overcame:
        helped = remedy_words(past.remedy)
        yield "got past", f"what failed {past.failed}" + (f", {helped}" if helped else "") + f" → {past.gotcha.name}"


def _log_says(connection: sqlite3.Connection, found: ToldJob) -> Iterator[tuple[str, str]]:
    """How far it is or came, and what is behind the line of its log."""
    progress = job_progress(connection, found, local_now())
    if progress.words:
        yield "progress" if found.outcome.outcome in ACTIVE_OUTCOMES else "came to", progress.words
    if progress.problem:
        yield "log", progress.problem
    log = representative(found).get("log")
    if log and log["label"] != "ok":
        line = f" (line {log['line']:,})" if log["line"] else ""
        yield "why", f"{log['explanation'] or log['label'].replace('_', ' ')}{line} → journal diagnose {found.number}"


def _bad_parts(found: ToldJob) -> Iterator[tuple[str, str]]:
    bad = [
        str(attempt.get("task") if "task" in attempt else attempt.get("component"))
        for attempt in last_tries(found.job.attempts)
        if ending(attempt).outcome in BAD_OUTCOMES
    ]
    if bad:
        more = f" and {len(bad) - _SHOWN_TASKS:,} more" if len(bad) > _SHOWN_TASKS else ""
        yield "failed", ", ".join(bad[:_SHOWN_TASKS]) + more


def _code(connection: sqlite3.Connection, found: ToldJob) -> str:
    job, code = found.job, found.job.submitted
    commit = code.get("commit")
    if not code:
        return "not known: nothing saw this job being submitted"
    if not commit:
        return f"not known: {code.get('problem') or 'it was submitted outside of a repository'}"
    subject = subject_of_commit(connection, job.project, commit)
    parts = [short_sha(commit) + (f' "{first_line(subject)}"' if subject else "")]
    files = changed_files(job)
    if files is None:
        parts.append(f"what was not committed is not known ({code.get('problem') or 'no snapshot was taken'})")
    elif files:
        shown = ", ".join(files[:_SHOWN_FILES]) + (" …" if len(files) > _SHOWN_FILES else "")
        parts.append(f"{len(files):,} uncommitted ({shown})")
    if lacking := left_out_words(job, left_out(connection, job)):
        parts.append(lacking)
    told = " + ".join(parts)
    if files and not submitted_late(job):
        told += f" → journal job {found.number} --diff"
    return told + ("; looked at only after it was submitted" if submitted_late(job) else "")


def _asked(connection: sqlite3.Connection, found: ToldJob) -> Iterator[tuple[str, str]]:
    session = found.job.submitted.get("session")
    if not session:
        return
    title = session_titles(connection, [session]).get(session)
    prompt = asked_before(connection, session, found.job.submitted_at)
    words = f"session {_quoted(title)}" if title else f"session {session[:8]}"
    yield "asked", words + (f": {_quoted(prompt)}" if prompt and prompt != title else "")


def _quoted(text: str) -> str:
    return f'"{terminal.cut(first_line(text), _PROMPT)}"'


def _times(found: ToldJob) -> Iterator[tuple[str, str]]:
    job = found.job
    branch = f" on {job.submitted['branch']}" if job.submitted.get("branch") else ""
    parts = [f"submitted {_local(job.submitted_at)}{branch}"]
    if eligible := _eligible(found):
        parts.append(f"could run from {eligible}")
    if found.usage.wait_s is not None:
        parts.append(f"waited {duration(found.usage.wait_s)}")
    starts = [attempt["started_at"] for attempt in job.attempts if not never_started(attempt)]
    ends = [attempt["ended_at"] for attempt in job.attempts if attempt.get("ended_at")]
    if starts:
        parts.append(f"started {_local(min(starts), job.submitted_at)}")
    if ends and found.outcome.outcome not in ACTIVE_OUTCOMES:
        parts.append(f"ended {_local(max(ends), job.submitted_at)}")
    limit = representative(found).get("limit_s")
    if limit:
        parts.append(f"limit {duration(limit)}")
    yield "when", " · ".join(parts)


def _eligible(found: ToldJob) -> str | None:
    """When a job could first have run, where that was a minute or more after its submission."""
    at = found.job.attempts[0].get("eligible_at") if found.job.attempts else None
    late = at and (to_datetime(at) - to_datetime(found.job.submitted_at)).total_seconds() >= _SHORTLY
    return _local(at, found.job.submitted_at) if at and late else None


def _local(at: str, beside: str | None = None) -> str:
    """A moment as one says it today, or beside another moment of the same day."""
    zone = local_now().tzinfo
    moment = to_datetime(at).astimezone(zone)
    other = to_datetime(beside).astimezone(zone) if beside else local_now()
    return f"{moment:%H:%M}" if moment.date() == other.date() else f"{moment:%a %-d %b %Y %H:%M}"


def _tries(found: ToldJob) -> Iterator[tuple[str, str]]:
    """The tries one by one, where a job that is no array had several; the last ones of very many."""
    if found.outcome.tries < 2 or found.outcome.tasks > 1:
        return
    attempts = found.job.attempts
    for number, attempt in list(enumerate(attempts, 1))[-_SHOWN_TRIES:]:
        told = ending(attempt, os.getuid())
        span = _span(attempt)
        cause = f": {why}" if (why := whole_cause(told)) else ""
        yield f"{ordinal(number)} try", f"{attempt.get('state')}{span}{cause}"


def _span(attempt: Mapping[str, Any]) -> str:
    if never_started(attempt):
        return ""
    elapsed = f", {duration(attempt['elapsed_s'])}" if attempt.get("elapsed_s") is not None else ""
    nodes = f" on {attempt['nodes']}" if attempt.get("nodes") else ""
    return f" · {_local(attempt['started_at'], attempt.get('submitted_at'))}{elapsed}{nodes}"


def _steps(found: ToldJob) -> Iterator[tuple[str, str]]:
    """The steps of its script, where there are several or one tells more than the job does."""
    if found.outcome.tasks > 1:
        return
    every: list[Mapping[str, Any]] = list(representative(found).get("steps") or ())
    steps = [step for step in every if str(step.get("id", "")).isdigit()]
    if len(steps) < 2 and all(step.get("state") == found.outcome.state for step in steps):
        return
    for step in steps[:_SHOWN_STEPS]:
        parts = [str(step.get("state"))]
        if step.get("elapsed_s") is not None:
            parts.append(duration(step["elapsed_s"]))
        if step.get("max_rss"):
            parts.append(memory(step["max_rss"]))
        yield f"step {step.get('id')}", " · ".join([str(step.get("name", "")), *parts])
    if len(steps) > _SHOWN_STEPS:
        yield "steps", f"and {len(steps) - _SHOWN_STEPS:,} more"


def _used(found: ToldJob) -> Iterator[tuple[str, str]]:
    usage, last = found.usage, representative(found)
    parts: list[str] = []
    if usage.cpu_efficiency is not None:
        parts.append(f"{usage.cpu_efficiency:.0%} of {counted(last.get('cpus') or 1, 'CPU')}")
    if usage.max_rss is not None:
        of_asked = ""
        if usage.memory and usage.memory_efficiency:
            of_asked = f" of {memory(usage.memory)} ({usage.memory_efficiency:.0%})"
        parts.append(memory(usage.max_rss) + of_asked)
    if usage.energy_j is not None:
        parts.append(f"{usage.energy_j / 3.6e6:.2g} kWh")
    if parts:
        yield "used", " · ".join(parts)


def _where(found: ToldJob) -> Iterator[tuple[str, str]]:
    last = representative(found)
    parts = [str(found.job.cluster)] if found.job.cluster else []
    parts += [f"{field} {last[field]}" for field in ("partition", "qos", "account") if last.get(field)]
    if found.job.work_dir:
        parts.append(shlex.quote(found.job.work_dir))
    if parts:
        yield "where", " · ".join(parts)
