"""What is on the screen, as values: a row for each job, and the lines around them."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from journal.derive.amounts import ago, counted, counted_tokens, dollars, duration, hours
from journal.derive.event_words import name_of
from journal.derive.job_outcome import ACTIVE_OUTCOMES, BAD_OUTCOMES
from journal.derive.job_words import beside_outcome, counts_in_words, kind_of_parts, sign
from journal.derive.progress.progress import Outlook, Progress
from journal.derive.progress_words import (
    alarms_in_words,
    end_in_words,
    figure,
    main_metric,
    part_done,
    ran_in_words,
    trend,
)
from journal.derive.terminal_text import line
from journal.live.overview import JobNow, Overview, SlurmCalls
from journal.moments import from_epoch, to_datetime

Group = Literal["running", "queued", "ended"]
Tone = Literal["plain", "dim", "bold", "good", "bad", "warn", "active"]


class Row(NamedTuple):
    """A job on the screen; no text in it can move the cursor.

    Attributes:
        group: among which jobs it stands.
        job: what is known of it.
        outlook: what is to be expected, of one that runs and whose log tells something.
        number, name: how it is called.
        sign, tone: how it stands, in a character and in a colour.
        part: how much of it is done, from 0 to 1; None where that is not known.
        metric: `loss 0.0412 ↓`; empty where the log tells of none.
        told: what is to be said, in full; `short` is the same where there is little room.
        aside: when that was, to stand at the right.
    """

    group: Group
    job: JobNow
    outlook: Outlook
    number: str
    name: str
    sign: str
    tone: Tone
    part: float | None
    metric: str
    told: str
    short: str
    aside: str

    @property
    def key(self) -> str:
        """What stays the same while all else changes: the id of the job's event."""
        return self.job.job.event


class Part(NamedTuple):
    """A part of a line; where there is little room those that matter less are left out."""

    text: str
    matters: int


class Model(NamedTuple):
    """What is on the screen.

    Attributes:
        title: what it is about, in parts: project, branch.
        place: the cluster and the host.
        now: the present, in the person's time zone.
        rows: what runs, then what waits, then what ended.
        today: what was done today, and what was asked of Slurm, in parts.
        trouble: why the last capture failed, or who does not answer.
        begun: whether the store was read.
    """

    title: tuple[str, ...]
    place: str
    now: datetime
    rows: tuple[Row, ...]
    today: tuple[Part, ...]
    trouble: str | None = None
    begun: bool = True


Outlooks = Callable[[JobNow, datetime], Outlook]


def model_of(
    overview: Overview, now: datetime, *, host: str, branch: str | None, trouble: str | None, outlook_of: Outlooks
) -> Model:
    """Puts the screen together.

    Args:
        overview: what the store knew when it was last read.
        now: the present, in the person's time zone.
        host: this machine's name.
        branch: the one that is checked out; None where none is.
        trouble: why the last capture failed.
        outlook_of: what is to be expected of a job that runs.
    """
    running = [_running(job, outlook_of(job, now), now) for job in overview.running]
    running.sort(key=lambda row: row.tone != "warn")  # what needs a look comes first, else the order stays
    queued = sorted((_queued(job, now) for job in overview.queued), key=lambda row: row.tone != "warn")
    ended = [_ended(job, now) for job in overview.ended]
    slurm = overview.slurm
    parts = (overview.name or "all projects", name_of(branch) if branch else None)
    return Model(
        title=tuple(line(part) for part in parts if part),
        place=line(", ".join(filter(None, (slurm.cluster if slurm else None, host)))),
        now=now,
        rows=(*running, *queued, *ended),
        today=tuple(_today(overview)),
        trouble=line(trouble) if trouble else _silence(slurm),
    )


def _row(group: Group, job: JobNow, tone: Tone, told: str, short: str, aside: str = "", **more: Any) -> Row:
    given: dict[str, Any] = {"part": None, "metric": "", "outlook": Outlook(), **more}
    return Row(
        group=group,
        job=job,
        number=line(job.job.job_id),
        name=line(job.job.name),
        sign=sign(job.outcome.outcome),
        tone=tone,
        told=line(told),
        short=line(short),
        aside=aside,
        **given,
    )


def _running(job: JobNow, outlook: Outlook, now: datetime) -> Row:
    alarms = alarms_in_words(outlook)
    suspended = job.outcome.outcome == "suspended"
    alarms += [job.outcome.cause or "suspended"] if suspended else []
    tone: Tone = "warn" if alarms else "active"
    if job.outcome.tasks > 1:
        counts = counts_in_words(job.outcome, kind=kind_of_parts(job.job))
        return _row("running", job, tone, counts, counts, outlook=outlook, part=_tasks_done(job))
    ran = ran_in_words(seconds_run(job, now), job.last.get("limit_s"))
    long, short = ", ".join(alarms), alarms[0].partition(" at step ")[0] if alarms else ""
    if job.progress is None or not job.progress.says_something:
        told = " · ".join(filter(None, (long, ran, where(job))))
        return _row("running", job, tone, told, short or ran, outlook=outlook)
    if not alarms and outlook.ends_at is not None:
        short, long = end_in_words(to_datetime(from_epoch(outlook.ends_at)), limit_of(job), now)
    part, metric = part_done(job.progress), metric_in_words(job.progress)
    return _row("running", job, tone, long or ran, short or ran, part=part, metric=metric, outlook=outlook)


def _tasks_done(job: JobNow) -> float:
    """How many of an array's tasks are over, as a part of them."""
    return sum(count for word, count in job.outcome.counts.items() if word not in ACTIVE_OUTCOMES) / job.outcome.tasks


def metric_in_words(progress: Progress) -> str:
    """`loss 0.0412 ↓`; empty where the log tells of no metric."""
    main = main_metric(progress.metrics)
    if main is None:
        return ""
    course = trend([value for _, value in progress.history]) if "loss" in main[0].lower() else ""
    return line(f"{main[0]} {figure(main[1])} {course}")


def seconds_run(job: JobNow, now: datetime) -> float | None:
    """How long the try that stands for a job has run; None where it is not known to have started."""
    started = job.last.get("started_at")
    return max(0.0, (now - to_datetime(started)).total_seconds()) if started else None


def limit_of(job: JobNow) -> datetime | None:
    """When the time limit ends a job that runs."""
    started, limit = job.last.get("started_at"), job.last.get("limit_s")
    return to_datetime(started) + timedelta(seconds=limit) if started and limit else None


def where(job: JobNow) -> str:
    """`8 GPUs on nid005921`; empty where nothing is known."""
    size = next((counted(job.last[field], noun) for field, noun in _SIZES if job.last.get(field)), None)
    return " on ".join(filter(None, (size, job.last.get("nodes"))))


_SIZES = (("gpus", "GPU"), ("cpus", "CPU"))


def _queued(job: JobNow, now: datetime) -> Row:
    outcome = job.outcome
    word = outcome.outcome if outcome.outcome != "queued" else None
    many = counts_in_words(outcome, kind=kind_of_parts(job.job)) if outcome.tasks > 1 else None
    why = beside_outcome(outcome)
    waited = ran_in_words(max(0.0, (now - to_datetime(job.job.submitted_at)).total_seconds()), None)
    told = " · ".join(filter(None, (word, many, why))) or "queued"
    return _row("queued", job, "warn" if word else "dim", told, why or word or many or "queued", waited)


def _ended(job: JobNow, now: datetime) -> Row:
    outcome = job.outcome
    bad = outcome.outcome in BAD_OUTCOMES
    tone: Tone = "bad" if bad else "good" if outcome.outcome == "succeeded" else "dim"
    many = counts_in_words(outcome, kind=kind_of_parts(job.job)) if outcome.tasks > 1 else None
    ended = max((attempt["ended_at"] for attempt in job.job.attempts if attempt.get("ended_at")), default=None)
    aside = ago((now - to_datetime(ended)).total_seconds()) if ended else ""
    if outcome.outcome == "succeeded":
        ran = duration(job.usage.elapsed_s) if job.usage.elapsed_s is not None else "succeeded"
        good = (many or ran, metric_reached(job.log), beside_outcome(outcome))
        return _row("ended", job, tone, " · ".join(filter(None, good)), many or ran, aside)
    cause = cause_in_words(job)
    word = outcome.outcome if outcome.outcome != "failed" or not cause else None
    parts = (job.known.name if job.known else None, word, many, cause)
    return _row("ended", job, tone, " · ".join(filter(None, parts)), cause or outcome.outcome, aside)


def cause_in_words(job: JobNow) -> str:
    """Why a job failed: as somebody called it, else as its log and the batch system say, if they do."""
    return (job.known.title if job.known else None) or beside_outcome(job.outcome)


def metric_reached(log: Mapping[str, Any] | None) -> str:
    """`loss 0.213 → 0.047`, `accuracy 0.91`: what a run came to; empty where its log does not tell."""
    progress: Mapping[str, Any] = (log or {}).get("progress") or {}
    told: Mapping[str, float | None] = progress.get("metrics") or {}
    metrics = {name: value for name, value in told.items() if value is not None}
    main = main_metric(metrics)
    if main is None:
        return ""
    course: list[list[float]] = (log or {}).get("loss") or progress.get("history") or []
    first = f"{figure(course[0][1])} → " if course and "loss" in main[0].lower() else ""
    return f"{main[0]} {first}{figure(main[1])}"


def _today(overview: Overview) -> Iterator[Part]:
    counts = (
        (overview.today.commits, "commit", 4),
        (overview.jobs_today, "job", 5),
        (overview.today.sessions, "session", 2),
        (overview.today.notes, "note", 1),
    )
    yield from (Part(counted(count, noun), matters) for count, noun, matters in counts if count)
    if overview.gpu_hours:
        yield Part(f"{hours(overview.gpu_hours)} GPU h", 3)
    yield Part(counted_tokens(overview.tokens), 9)
    if overview.tokens:
        yield Part(dollars(overview.cost_usd), 6)
    slurm = overview.slurm
    if slurm is not None:
        yield Part(f"Slurm asked {slurm.today:,} ×", 8)
        yield Part(f"{slurm.in_hand} of {slurm.most} calls in hand", 0 if slurm.in_hand > slurm.most // 4 else 7)


def _silence(slurm: SlurmCalls | None) -> str | None:
    if slurm is None or not slurm.silent:
        return None
    who = " and ".join(slurm.silent)
    return f"{who} {'does' if len(slurm.silent) == 1 else 'do'} not answer: asked again later, nothing is lost"
