"""What the diary says of jobs: a line each, those that repeat in one, and the head's lines.

Nothing is relative to a clock: what runs is told by when it started.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import tzinfo
from typing import Any, NamedTuple

from journal.derive.amounts import counted, duration, hours, ordinal
from journal.derive.diary.lesson_words import error_words, failure_words, known_words, overcame_words
from journal.derive.diary.story import Line
from journal.derive.diary.words import clock, day_words, short_id
from journal.derive.event_words import short_sha
from journal.derive.gotcha.lesson import NO_LESSON, Lesson
from journal.derive.job import Job, submitted_late
from journal.derive.job_outcome import (
    ACTIVE_OUTCOMES,
    BAD_OUTCOMES,
    JobOutcome,
    ending,
    job_outcome,
    last_tries,
)
from journal.derive.job_usage import Usage, job_usage
from journal.derive.job_words import (
    beside_outcome,
    changed_before_start,
    changed_files,
    counts_in_words,
    follows_outcome,
    kind_of_parts,
    late_changes,
    waits_for,
)
from journal.derive.markdown import code, escaped, name, quoted
from journal.derive.order_words import reads_like_orders
from journal.derive.progress_words import course_in_words
from journal.moments import local_day

_SHOWN_IN_HEAD = 4
_MOST_LINES = 12  # of jobs, on a branch and day
_ALIKE = 3  # so many jobs that went well under one name are told one by one
_NAMED_ALIKE = 6
_CAUSE_LENGTH = 160


class DiaryJob(NamedTuple):
    """A job with what follows from its tries."""

    job: Job
    outcome: JobOutcome
    usage: Usage
    lesson: Lesson = NO_LESSON

    @property
    def branch(self) -> str | None:
        """The branch that it was submitted from."""
        branch: str | None = self.job.submitted.get("branch")
        return branch

    @property
    def failed(self) -> bool:
        """Whether it ended badly."""
        return self.outcome.outcome in BAD_OUTCOMES

    @property
    def failed_of(self) -> str | None:
        """The id of the gotcha that it failed of; None where its log was not read, or shows none."""
        return self.lesson.met[0].gotcha.id if self.lesson.met else None

    @property
    def lost_gpu_hours(self) -> float:
        """The GPU hours of its tries and tasks that ended badly."""
        if not self.usage.gpu_hours or (not self.failed and self.outcome.tries < 2):
            return 0.0
        bad = (attempt for attempt in self.job.attempts if ending(attempt).outcome in BAD_OUTCOMES)
        return job_usage(bad).gpu_hours or 0.0

    @property
    def ended_at(self) -> str:
        """When its last try ended; empty where none did."""
        return max((attempt.get("ended_at") or "" for attempt in self.job.attempts), default="")


def diary_job(job: Job, own_uid: int | None, lesson: Lesson = NO_LESSON) -> DiaryJob:
    """Looks at a job's tries once."""
    return DiaryJob(job, job_outcome(job.attempts, own_uid), job_usage(job.attempts), lesson)


def job_lines(jobs: Iterable[DiaryJob], zone: tzinfo) -> list[Line]:
    """The lines of one day's jobs: at most a dozen a branch, failures that repeat in one."""
    branches: dict[str | None, list[DiaryJob]] = {}
    for job in sorted(jobs, key=lambda job: (job.job.submitted_at, len(job.job.job_id), job.job.job_id)):
        branches.setdefault(job.branch, []).append(job)
    return [line for branch in branches for line in _branch_lines(branches[branch], zone)]


def _branch_lines(jobs: Sequence[DiaryJob], zone: tzinfo) -> Iterator[Line]:
    groups = _alike(jobs)
    left_out = {id(group) for group in sorted(groups, key=lambda group: not group[0].failed)[_MOST_LINES:]}
    for group in groups:
        if id(group) not in left_out:
            first = group[0]
            text = _told(first, zone) + _and_more(group[1:])
            yield Line(first.job.submitted_at, first.job.event, text, first.branch)
    others = [job for group in groups if id(group) in left_out for job in group]
    if others:
        counts = Counter(job.outcome.outcome for job in others)
        words = ", ".join(f"{number:,} {outcome}" for outcome, number in sorted(counts.items()))
        yield Line(
            others[0].job.submitted_at, others[0].job.event, f"{len(others):,} more jobs: {words}", others[0].branch
        )


def _alike(jobs: Sequence[DiaryJob]) -> list[list[DiaryJob]]:
    """Jobs by name, outcome, cause, number of tasks and what they failed of.

    One whose code was changed late, or that got past a failure, stands alone, as do the first that succeeded.
    """
    groups: list[list[DiaryJob]] = []
    known: dict[tuple[str, str, str, int, str | None], list[DiaryJob]] = {}
    alone: Counter[str] = Counter()
    for job in jobs:
        key = (job.job.name, job.outcome.outcome, beside_outcome(job.outcome), job.outcome.tasks, job.failed_of)
        alone_in_line = changed_before_start(job.job) or job.lesson.overcame
        if alone_in_line or job.outcome.outcome in ("running", "suspended"):
            groups.append([job])
        elif key in known:
            known[key].append(job)
        else:
            groups.append([job])
            alone[job.job.name] += 1
            if job.outcome.outcome != "succeeded" or alone[job.job.name] >= _ALIKE:
                known[key] = groups[-1]
    return groups


def _and_more(others: Sequence[DiaryJob]) -> str:
    if not others:
        return ""
    numbers = ", ".join(escaped(job.job.job_id, 24) for job in others[:_NAMED_ALIKE])
    more = ", …" if len(others) > _NAMED_ALIKE else ""
    return f" · and {len(others):,} more the same way: {numbers}{more}"


def _told(job: DiaryJob, zone: tzinfo) -> str:
    """`job 8122871 `smoke` on 4be1f02 **+ 2 uncommitted files** · failed after 1 m 12 s: exit code 1`."""
    parts = [f"job {_named(job.job)}{_code(job.job)}", *_outcome(job, zone)]
    changes = [change.words for change in late_changes(job.job) if change.before_start]
    parts += [f"**{_harmless(change) or 'its code was edited after submission'}**" for change in changes]
    return " · ".join(filter(None, (*parts, overcame_words(job.lesson))))


def _named(job: Job) -> str:
    return " ".join(filter(None, (escaped(job.job_id, 24), code(job.name, 40))))


def _code(job: Job) -> str:
    commit, files = job.submitted.get("commit"), changed_files(job)
    if not commit:
        return ""
    uncommitted = f"+ {counted(len(files), 'uncommitted file')}" if files else ""
    if submitted_late(job):
        return f" on {short_sha(commit)} (looked at later{': ' if uncommitted else ''}{uncommitted})"
    return f" on {short_sha(commit)}" + (f" **{uncommitted}**" if uncommitted else "")


def _outcome(job: DiaryJob, zone: tzinfo) -> Iterator[str]:
    outcome, usage = job.outcome, job.usage
    elapsed = duration(usage.elapsed_s) if usage.elapsed_s is not None else ""
    beside = _cause_words(_told_by_lesson(job))
    tried = f"{ordinal(outcome.tries)} try" if outcome.tries > 1 else ""
    if outcome.tasks > 1:
        yield counts_in_words(outcome, kind=kind_of_parts(job.job)) + (f" ({beside})" if beside else "")
        if job.lesson.met:
            yield failure_words(job.lesson)
        if elapsed and outcome.outcome not in ACTIVE_OUTCOMES:
            yield elapsed
    elif outcome.outcome in ("running", "suspended"):
        yield f"{tried} {outcome.outcome}{_since(job.job, zone)}".lstrip()
    elif outcome.outcome == "succeeded":
        succeeded = f"{tried} succeeded" if tried else "" if elapsed else "succeeded"
        yield ", ".join(filter(None, (succeeded, elapsed, _size(job), beside)))
        yield _came_to(job)
    else:
        after = f" after {elapsed}" if elapsed and outcome.outcome in _TOLD_AFTER else ""
        yield f"{tried and f'{tried}: '}{outcome.outcome}{after}{_why(job)}"


_TOLD_AFTER = ("failed", "out of memory", "node failure", "preempted")  # the causes of others say how long


def _why(job: DiaryJob) -> str:
    """What its log says, which beats an exit code; else the cause."""
    words = failure_words(job.lesson)
    if not words:
        return _waits(job) or _cause(job.outcome)
    return f": {words}" if job.outcome.outcome == "failed" else f"{_cause(_told_by_lesson(job))}: {words}"


def _told_by_lesson(job: DiaryJob) -> JobOutcome:
    """Its outcome without what the log says where the gotcha that it met says just that."""
    return job.outcome._replace(said=None) if job.lesson.met else job.outcome


def _cause(outcome: JobOutcome) -> str:
    """`: exit code 1` after "failed"; ` in step 0` after "out of memory"; empty where there is none to show."""
    cause = _cause_words(outcome)
    return f"{' ' if follows_outcome(outcome) else ': '}{cause}" if cause else ""


def _cause_words(outcome: JobOutcome) -> str:
    """Its cause; the line of a log stands between quotation marks."""
    if outcome.said is None or reads_like_orders(outcome.said):
        return _harmless(beside_outcome(outcome._replace(said=None)))
    # What is not the log's is ours or the batch system's: it is made harmless first.
    safe = outcome._replace(cause=_harmless(outcome.cause or ""))
    return beside_outcome(safe, lambda said: quoted(said, _CAUSE_LENGTH))


def _came_to(job: DiaryJob) -> str:
    """`loss 0.213 → 0.047`; empty where its log does not tell."""
    logs = [attempt["log"] for attempt in last_tries(job.job.attempts) if attempt.get("log")]
    return _harmless(course_in_words(logs[0])) if logs else ""


def _waits(job: DiaryJob) -> str:
    """` after 8123519` of a job that waits for that one."""
    words = waits_for(job.job) if job.outcome.outcome == "queued" else None
    return f" {words}" if words else ""


def _size(job: DiaryJob) -> str:
    """`8 GPUs, 14.9 GPU h`."""
    if not job.usage.gpu_hours:
        return ""
    gpus = max((attempt.get("gpus") or 0 for attempt in job.job.attempts), default=0)
    return f"{counted(gpus, 'GPU')}, {hours(job.usage.gpu_hours)} GPU h"


def _since(job: Job, zone: tzinfo) -> str:
    started = min((attempt["started_at"] for attempt in _running(job)), default=None)
    if started is None:
        return ""
    day = local_day(started, zone)
    on = "" if day == local_day(job.submitted_at, zone) else f"{day_words(day)} "
    return f" since {on}{clock(started, zone)}"


def _running(job: Job) -> list[Mapping[str, Any]]:
    return [each for each in last_tries(job.attempts) if each.get("started_at") and not each.get("ended_at")]


def _harmless(text: str) -> str:
    """Words from outside that stand without quotation marks; none where they speak to who reads them."""
    return "" if reads_like_orders(text) else escaped(text, _CAUSE_LENGTH)


def running_lines(unfinished: Sequence[DiaryJob], zone: tzinfo) -> Iterator[str]:
    """The head's lines of what runs and what waits, the newest first."""
    newest = sorted(unfinished, key=lambda job: (job.job.submitted_at, job.job.job_id), reverse=True)
    running = [job for job in newest if job.outcome.outcome in ("running", "suspended")]
    waiting = [job for job in newest if job.outcome.outcome in ("queued", "held")]
    for job in running[:_SHOWN_IN_HEAD]:
        state = "" if job.outcome.outcome == "running" else " (suspended)"
        tasks = f", {counts_in_words(job.outcome, kind=kind_of_parts(job.job))}" if job.outcome.tasks > 1 else ""
        where = "".join(f" on {name(job.branch)}" if job.branch else "")
        yield f"**Running** {_named(job.job)}{where}{state}:{_started(job.job, zone)}{tasks} {short_id(job.job.event)}"
    if len(running) > _SHOWN_IN_HEAD:
        yield f"**Running** {counted(len(running) - _SHOWN_IN_HEAD, 'more job')}"
    if waiting:
        shown = [
            f"{_named(job.job)}{' (held)' if job.outcome.outcome == 'held' else _waits(job)}"
            for job in waiting[:_SHOWN_IN_HEAD]
        ]
        if len(waiting) > len(shown):
            shown.append(f"{len(waiting) - len(shown):,} more")
        yield f"**Queued** {' · '.join(shown)}"


def _started(job: Job, zone: tzinfo) -> str:
    running = min(_running(job), key=lambda attempt: str(attempt["started_at"]), default=None)
    if running is None:
        return ""
    started = str(running["started_at"])
    limit = f", limit {duration(running['limit_s'])}" if running.get("limit_s") else ""
    return f" since {day_words(local_day(started, zone))} {clock(started, zone)}{limit}"


def needing_lines(jobs: Sequence[DiaryJob], unfinished: Sequence[DiaryJob], since: str) -> Iterator[str]:
    """The head's lines of what a person should look at: what never starts, what failed and did not succeed since.

    Args:
        jobs: those of the days told.
        unfinished: those with a try that is not over.
        since: only what failed from then on.
    """
    for job in unfinished:
        if job.outcome.outcome == "never starts":
            why = _harmless(job.outcome.cause or "")
            yield f"**Needs you** {_named(job.job)} never starts: {why} {short_id(job.job.event)}"
    mended = {job.job.name: job.job.submitted_at for job in _oldest_first(jobs) if job.outcome.outcome == "succeeded"}
    failed = [
        job
        for job in _oldest_first(jobs)
        if job.failed
        and job.ended_at >= since
        and mended.get(job.job.name, "") < job.job.submitted_at
        and job.lesson.overcome_by is None
    ]
    groups: dict[tuple[str | None, ...], list[DiaryJob]] = {}
    for job in failed:
        words = (job.job.name, job.outcome.outcome, beside_outcome(job.outcome))
        alike = (job.failed_of,) if job.failed_of else words
        groups.setdefault(alike, []).append(job)
    newest = sorted(groups.values(), key=lambda group: group[-1].job.submitted_at, reverse=True)
    for group in newest[:_SHOWN_IN_HEAD]:
        yield f"**Needs you** {_failed_alike(group)} {short_id(group[-1].job.event)}"
    if len(newest) > _SHOWN_IN_HEAD:
        yield f"**Needs you** {counted(len(newest) - _SHOWN_IN_HEAD, 'more kind')} of failure: `journal jobs --failed`"


def _failed_alike(group: Sequence[DiaryJob]) -> str:
    """`8123466 `bf16` failed as 8122871 did: … → gotcha G7 says what fixed it`."""
    last, outcome = group[-1], group[-1].outcome
    met = last.lesson.met[0] if last.lesson.met else None
    earlier = met.before if met else group[-2].job.job_id if len(group) > 1 else None
    before = f" as {escaped(earlier, 24)} did" if earlier else ""
    told = f"failed{before}" if outcome.outcome == "failed" else f"{outcome.outcome}{before and ','}{before}"
    if met is None:
        return f"{_named(last.job)} {told}{_cause(outcome)}"
    return f"{_named(last.job)} {told}: {error_words(met)}{known_words(met)}"


def _oldest_first(jobs: Sequence[DiaryJob]) -> list[DiaryJob]:
    return sorted(jobs, key=lambda job: (job.job.submitted_at, job.job.job_id))


def jobs_tally(jobs: Sequence[DiaryJob]) -> list[str]:
    """`7 jobs, 2 failed`; none where there were none."""
    failed = sum(job.failed for job in jobs)
    return [counted(len(jobs), "job") + (f", {failed:,} failed" if failed else "")] if jobs else []


def gpu_hours_words(jobs: Sequence[DiaryJob]) -> list[str]:
    """`41.2 GPU h, of which 6.3 h failed`; none where no GPU is known to have been used."""
    used = sum(job.usage.gpu_hours or 0.0 for job in jobs)
    lost = sum(job.lost_gpu_hours for job in jobs)
    return [f"{hours(used)} GPU h" + (f", of which {hours(lost)} h failed" if lost else "")] if used else []
