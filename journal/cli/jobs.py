"""`journal jobs`: jobs and how they ended, newest first."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Annotated

import typer

from journal.cli import terminal
from journal.cli.job_progress import JobProgress, job_progress
from journal.cli.options import Count, Json, Project, Since, Until, local_now, print_json, reading_store, selection
from journal.cli.told_job import ToldJob, each_task, job_json, told
from journal.derive.amounts import duration, hours, ordinal
from journal.derive.event_words import short_sha
from journal.derive.job import submitted_late
from journal.derive.job_outcome import ACTIVE_OUTCOMES, BAD_OUTCOMES, OUTCOMES
from journal.derive.job_words import (
    beside_outcome,
    changed_before_start,
    changed_files,
    counts_in_words,
    kind_of_parts,
    sign,
)
from journal.errors import JournalError
from journal.job_states import ENDED, RUNNING, WAITING
from journal.moments import to_datetime
from journal.store.job_queries import read_jobs

COLOURS = {
    "succeeded": "green",
    **dict.fromkeys(BAD_OUTCOMES, "red"),
    **dict.fromkeys(("never starts", "held"), "yellow"),
    **dict.fromkeys(("running", "suspended"), "cyan"),
}
_LONGEST_NAME = 28


def run(
    count: Count = None,
    state: Annotated[
        list[str] | None, typer.Option(metavar="STATE", help="Only these (repeat): failed, running, TIMEOUT, …")
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only what ended badly.")] = False,
    each: Annotated[bool, typer.Option("--each", help="One line for each task of an array.")] = False,
    since: Since = None,
    until: Until = None,
    project: Project = None,
    as_json: Json = False,
) -> None:
    """Jobs with their outcome, cause and code, newest first."""
    connection = reading_store()
    chosen = selection(connection, project, since, until)
    wanted = _wanted(state or [], failed=failed)
    now = local_now()
    found: Iterator[ToldJob] = (
        one
        for job in read_jobs(connection, chosen.project, chosen.since, chosen.until)
        for one in (each_task(job, now) if each else (told(job, now),))
        if not wanted or wanted & {one.outcome.outcome, one.outcome.state}
    )
    jobs = [(job, job_progress(connection, job, now)) for job in islice(found, count)]
    if as_json:
        print_json([job_json(job, progress.json) for job, progress in jobs])
    elif jobs:
        terminal.show(table(jobs, now))
    else:
        typer.echo("no such jobs" if wanted else "no jobs yet: they are found as you submit them", err=True)


def _wanted(states: Sequence[str], *, failed: bool) -> set[str | None]:
    """The outcomes and Slurm's states that are asked for."""
    wanted: set[str | None] = set(BAD_OUTCOMES) if failed else set()
    known = {word.replace(" ", "_").upper(): {word} for word in OUTCOMES}
    for word in WAITING | RUNNING | ENDED:
        known[word] = known.get(word, set()) | {word}
    for asked in states:
        key = asked.strip().replace(" ", "_").replace("-", "_").upper()
        if key not in known:
            remedy = f"use one of {', '.join(OUTCOMES)}, or a state of Slurm's"
            raise JournalError(f"there is no state called {asked!r}", remedy)
        wanted |= known[key]
    return wanted


def table(jobs: Sequence[tuple[ToldJob, JobProgress]], now: datetime) -> str:
    """A line for each job, in columns."""
    colour, columns = terminal.coloured(), terminal.width()
    heading = ("job", "name", "outcome", "ran", "GPU h", "code", "submitted", "")
    rows = [heading, *(_row(job, progress, now) for job, progress in jobs)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(heading) - 1)]
    lines: list[str] = []
    for number, row in enumerate(rows):
        cells = [
            cell.rjust(width) if place in (3, 4) else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=False))
        ]
        cells.append(terminal.cut(row[-1], max(12, columns - sum(widths) - 2 * len(widths))))
        if number == 0:
            lines.append(terminal.paint("  ".join(cells).rstrip(), "dim", colour))
            continue
        cells[2] = terminal.paint(cells[2], COLOURS.get(jobs[number - 1][0].outcome.outcome, "dim"), colour)
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines) + "\n"


def _row(found: ToldJob, progress: JobProgress, now: datetime) -> tuple[str, ...]:
    outcome, usage = found.outcome, found.usage
    gpu_hours = hours(usage.gpu_hours) if usage.gpu_hours is not None else "–"
    return (
        terminal.line(found.number),
        terminal.cut(terminal.line(found.job.name), _LONGEST_NAME),
        f"{sign(outcome.outcome)} {outcome.outcome}",
        duration(usage.elapsed_s) if usage.elapsed_s is not None else "–",
        gpu_hours,
        _code(found),
        _when(found.job.submitted_at, now),
        terminal.line(_remark(found, progress)),
    )


def _code(found: ToldJob) -> str:
    """`4be1f02 +2`: the commit and how many files were not committed; `~2` where that was looked at later."""
    commit, files = found.job.submitted.get("commit"), changed_files(found.job)
    if not commit:
        return "–"
    if files is None:
        return f"{short_sha(commit)} ?"
    return short_sha(commit) + (f" {'~' if submitted_late(found.job) else '+'}{len(files)}" if files else "")


def _remark(found: ToldJob, progress: JobProgress) -> str:
    outcome = found.outcome
    is_active = outcome.outcome in ACTIVE_OUTCOMES
    parts = [progress.words] if is_active and progress.words else []
    if outcome.tasks > 1:
        parts.append(counts_in_words(outcome, kind=kind_of_parts(found.job)))
    if beside := beside_outcome(outcome):
        parts.append(beside)
    if progress.words and not is_active:
        parts.append(progress.words)
    if outcome.tries > 1:
        parts.append(f"{ordinal(outcome.tries)} try" if is_active else f"{outcome.tries} tries")
    if changed_before_start(found.job):
        parts.append("code changed before it started")
    return " · ".join(parts)


def _when(at: str, now: datetime) -> str:
    moment = to_datetime(at).astimezone(now.tzinfo)
    if moment.date() == now.date():
        return f"{moment:%H:%M}"
    return f"{moment:%-d %b %H:%M}" if moment.year == now.year else f"{moment:%-d %b %Y}"
