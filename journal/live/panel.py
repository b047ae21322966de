"""All that the screen tells of the selected job: labelled lines, then the end of its log."""

import posixpath
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from journal.derive.amounts import about, ago, duration, hours, memory
from journal.derive.event_words import label_words
from journal.derive.job_outcome import BAD_OUTCOMES
from journal.derive.job_words import beside_outcome, counts_in_words, kind_of_parts
from journal.derive.progress.progress import Progress
from journal.derive.progress_words import (
    alarms_in_words,
    clock,
    figure,
    main_metric,
    ran_in_words,
    speed_in_words,
    step_in_words,
)
from journal.derive.terminal_text import line, plain
from journal.live.marks import sparkline
from journal.live.model import Row, Tone, limit_of, metric_reached, seconds_run, where
from journal.moments import from_epoch, to_datetime

_SPARKS = 24  # cells
_METRICS = 5
_LABEL = 8


class Detail(NamedTuple):
    """One line of the panel: what it is about, and what there is to say."""

    label: str
    text: str
    tone: Tone = "plain"


class Tail(NamedTuple):
    """The end of what a job wrote.

    Attributes:
        path: the file that was written to last.
        lines: its last lines, as they are in it.
        problem: why there are none.
    """

    path: str
    lines: tuple[str, ...] = ()
    problem: str = ""


def details(row: Row, now: datetime) -> list[Detail]:
    """What is to be said of a job, the most important first; no text in it can move the cursor."""
    said = _ended(row) if row.group == "ended" else (_running if row.group == "running" else _queued)(row, now)
    return [Detail(each.label, line(each.text), each.tone) for each in said if each.text]


def log_label(tail: Tail, output: str | None) -> str:
    """What stands before the end of a log: the file's name where that is not standard output."""
    if tail.problem or tail.path == output:
        return "log"
    name = line(posixpath.basename(tail.path))
    return name if len(name) <= _LABEL else "…" + name[1 - _LABEL :]


def log_lines(tail: Tail) -> list[str]:
    """The end of a log, or why there is none; nothing in it can move the cursor."""
    if tail.problem:
        return [line(tail.problem)]
    return [part.expandtabs(4).rstrip() for text in tail.lines for part in plain(text).split("\n")]


def _running(row: Row, now: datetime) -> Iterator[Detail]:
    job, progress = row.job, row.job.progress
    ran = ran_in_words(seconds_run(job, now), job.last.get("limit_s"))
    if progress is not None and progress.says_something:
        speed = speed_in_words(progress.throughput) if progress.throughput else ""
        yield Detail("at", " · ".join(filter(None, (step_in_words(progress), speed, ran))))
        yield _ends(row, now)
        yield from _metrics(progress)
    else:
        yield Detail("ran", ran)
        yield _ends(row, now)
    yield Detail("on", " · ".join(filter(None, (where(job), _gpu(progress)))))
    if job.outcome.tasks > 1:
        yield Detail("tasks", counts_in_words(job.outcome, kind=kind_of_parts(job.job)))


def _ends(row: Row, now: datetime) -> Detail:
    """What is wrong where something is, and when it will end, seen beside its limit."""
    alarms = alarms_in_words(row.outlook)
    limit = limit_of(row.job)
    told = f"limit at {clock(limit, now)}" if limit else ""
    if row.outlook.ends_at is not None:
        moment = to_datetime(from_epoch(row.outlook.ends_at))
        told = clock(moment, now)
        if limit is not None:
            spare = (limit - moment).total_seconds()
            told += f", {about(abs(spare))} {'before' if spare >= 0 else 'after'} its limit"
    return Detail("ends", " · ".join((*alarms, *filter(None, [told]))), "warn" if alarms else "plain")


def _metrics(progress: Progress) -> Iterator[Detail]:
    main = main_metric(progress.metrics)
    if main is None:
        return
    values = [value for _, value in progress.history]
    sparks = sparkline(values, _SPARKS)
    came = f"from {figure(values[0])}" if sparks else ""
    others = [f"{name} {figure(value)}" for name, value in progress.metrics.items() if name != main[0]]
    told = " ".join(filter(None, (figure(main[1]), sparks, came)))
    label = main[0] if len(main[0]) <= 8 else "loss" if "loss" in main[0].lower() else "metric"
    named = told if label == main[0] else f"{main[0]} {told}"
    yield Detail(label, " · ".join([named, *others[-_METRICS:]]))


def _gpu(progress: Progress | None) -> str:
    if progress is None:
        return ""
    used = progress.gpu.utilization
    parts = (
        f"GPU memory {memory(progress.gpu.memory)}" if progress.gpu.memory is not None else "",
        f"GPU {figure(used)} %" if used is not None else "",
    )
    return " · ".join(filter(None, parts))


def _queued(row: Row, now: datetime) -> Iterator[Detail]:
    job = row.job
    yield Detail("queued", row.told, row.tone)
    waited = (now - to_datetime(job.job.submitted_at)).total_seconds()
    limit, partition = job.last.get("limit_s"), job.last.get("partition")
    asked = (where(job), f"for {duration(limit)}" if limit else "", f"in {partition}" if partition else "")
    yield Detail("since", f"submitted {ago(waited)}")
    yield Detail("asks for", " ".join(filter(None, asked)))


def _ended(row: Row) -> Iterator[Detail]:
    job = row.job
    log, usage = job.log or {}, job.usage
    used = (
        duration(usage.elapsed_s) if usage.elapsed_s is not None else "",
        f"{hours(usage.gpu_hours)} GPU h" if usage.gpu_hours is not None else "",
        f"{job.outcome.tries} tries" if job.outcome.tries > 1 else "",
    )
    bad = job.outcome.outcome in BAD_OUTCOMES
    scheduled = beside_outcome(job.outcome._replace(said=None, share=""))  # what its log says has lines of its own
    result = (f"{row.sign} {job.outcome.outcome}", scheduled, *used, row.aside)
    yield Detail("result", " · ".join(filter(None, result)), row.tone)
    if job.outcome.tasks > 1:
        yield Detail("tasks", counts_in_words(job.outcome, kind=kind_of_parts(job.job)))
    if log.get("label") not in (None, "ok"):
        yield Detail("why", ": ".join(filter(None, (label_words(log["label"]), log.get("explanation")))))
        if log.get("signature"):
            yield Detail(f"line {log['line']}" if log.get("line") else "line", log["signature"])
    elif bad:
        yield Detail("why", "its log does not tell, as far as it was read: d looks again")
    if job.known:
        yield Detail("known", " · ".join(filter(None, (f"journal gotcha {job.known.name}", job.known.helped))), "warn")
    yield Detail("came to", metric_reached(job.log))
