"""A job in words. Names, paths and causes are from outside: whoever shows the words makes them harmless."""

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from journal.derive.amounts import about, counted, duration
from journal.derive.event_words import without_secrets
from journal.derive.job import Job
from journal.derive.job_outcome import BAD_OUTCOMES, WAITING_OUTCOMES, Ending, JobOutcome
from journal.derive.job_usage import Usage
from journal.derive.log_word import with_said
from journal.derive.sbatch_arguments import parse
from journal.moments import to_datetime

_SIGNS = {
    "succeeded": "✓",
    **dict.fromkeys(BAD_OUTCOMES, "✗"),
    "running": "▸",
    "suspended": "‖",
    "queued": "·",
    "held": "!",
    "never starts": "!",
    "cancelled": "–",
    "preempted": "–",
    "requeued": "–",
}


def sign(outcome: str) -> str:
    """One character for an outcome: colour alone tells nothing in print, in a pipe, or to one who does not see it."""
    return _SIGNS.get(outcome, "?")


def counts_in_words(outcome: JobOutcome, *, kind: str = "task") -> str:
    """`1,000 tasks: 990 succeeded, 10 failed`."""
    counts = ", ".join(f"{number:,} {word}" for word, number in _as_told(outcome.counts))
    return f"{counted(outcome.tasks, kind)}: {counts}"


def _as_told(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: item[0] != "succeeded")  # what went well first, else as it comes


def kind_of_parts(job: Job) -> str:
    """What its parts are called."""
    return "component" if any("component" in attempt for attempt in job.attempts) else "task"


def standing(job: Job, outcome: JobOutcome, usage: Usage) -> str:
    """How a job stands, in a line: `✓ 1 h 52 m`, `✗ 1 m 12 s · exit code 1`, `▸ running`."""
    parts = [f"{sign(outcome.outcome)} {_how_long(outcome, usage)}"]
    if outcome.tasks > 1:
        parts.append(counts_in_words(outcome, kind=kind_of_parts(job)))
    elif outcome.outcome == "succeeded" and outcome.tries > 1:
        parts.append(f"after {outcome.tries} tries")
    if beside := beside_outcome(outcome):
        parts.append(beside)
    return " · ".join(filter(None, parts))


def beside_outcome(outcome: JobOutcome, quote: Callable[[str], str] = str) -> str:
    """Its cause, to stand beside its outcome: `in step 0 (python)` of "out of memory in step 0 (python)".

    Args:
        outcome: it.
        quote: makes the line of a log harmless that says why, and shows that it is a quotation.
    """
    cause = outcome.cause or ""
    beside = cause[len(outcome.outcome) + 1 :] if f"{cause} ".startswith(f"{outcome.outcome} ") else cause
    return with_said(outcome.outcome, beside, outcome.said, quote) + outcome.share


def follows_outcome(outcome: JobOutcome) -> bool:
    """Whether what stands beside the outcome goes on its sentence (`out of memory in step 0`), else it explains it."""
    cause = outcome.cause or ""
    return outcome.said is None and f"{cause} ".startswith(f"{outcome.outcome} ")


def whole_cause(found: JobOutcome | Ending) -> str | None:
    """A cause with what the log says; None where neither says anything."""
    share = found.share if isinstance(found, JobOutcome) else ""
    return with_said(found.outcome, found.cause, found.said) + share or None


def _how_long(outcome: JobOutcome, usage: Usage) -> str:
    if outcome.outcome in ("running", "suspended", "unknown", *WAITING_OUTCOMES) or usage.elapsed_s is None:
        return outcome.outcome
    told = duration(usage.elapsed_s)
    return told if outcome.outcome in ("succeeded", "failed") else outcome.outcome


_NUMBER_IN_DEPENDENCY = re.compile(r"(?<=:)\d+(?:_\d+)?")
_NAMED_DEPENDENCIES = 3


def waits_for(job: Job) -> str | None:
    """`after 8123519`: the jobs that it was submitted to wait for; None where it names none."""
    argv = job.submitted.get("argv")
    if argv is None:
        line = next((attempt["submit_line"] for attempt in job.attempts if attempt.get("submit_line")), "")
        argv = line.split()[1:]
    numbers = _NUMBER_IN_DEPENDENCY.findall(parse(argv)[0].value("dependency") or "")
    if not numbers:
        return None
    more = len(numbers) - _NAMED_DEPENDENCIES
    return f"after {', '.join(numbers[:_NAMED_DEPENDENCIES])}" + (f" and {more:,} more" if more > 0 else "")


def changed_files(job: Job) -> list[str] | None:
    """The files that differed from the commit when the job was submitted; None where that is not known."""
    fact = job.submitted
    changed = fact.get("changed")
    if changed is None:
        return [] if fact.get("commit") and fact.get("commit") == fact.get("snapshot") else None
    return [str(file["path"]) for file in changed]


class LateChange(NamedTuple):
    """An edit that was found beside a job's snapshot: in words, and whether it was there when the job started."""

    words: str
    before_start: bool


def late_changes(job: Job) -> list[LateChange]:
    """What was edited after the submission: found at the job's start, then what more was found at its end."""
    told: list[LateChange] = []
    known: set[tuple[str, str | None]] = set()
    for drift in sorted(job.drifts, key=lambda drift: drift["moment"] != "start"):
        files = [file for file in drift["files"] if (file["path"], file["edited_at"]) not in known]
        known |= {(file["path"], file["edited_at"]) for file in files}
        if files:
            told.append(_late_change(files, drift, job.submitted_at))
    return told


def changed_before_start(job: Job) -> bool:
    """Whether what started was not what had been submitted."""
    return any(change.before_start for change in late_changes(job))


def _late_change(files: Sequence[Mapping[str, Any]], drift: Mapping[str, Any], submitted_at: str) -> LateChange:
    names = ", ".join(str(file["path"]) for file in files[:2])
    more = f" and {len(files) - 2} more" if len(files) > 2 else ""
    was = "was" if len(files) == 1 else "were"
    signed = [f"{mark}{total:,}" for mark, side in (("+", "added"), ("−", "removed")) if (total := _sum(files, side))]
    numbers = f" ({' '.join(signed)})" if signed else ""
    edited = [str(file["edited_at"]) for file in files if file["edited_at"]]
    if drift["moment"] == "end":
        return LateChange(f"{names}{more} {was} edited while the job ran{numbers}", before_start=False)
    if not edited or min(edited) < submitted_at:
        return LateChange(f"{names}{more} {was} different when the job started{numbers}", before_start=True)
    after = about((to_datetime(min(edited)) - to_datetime(submitted_at)).total_seconds())
    before = min(edited) <= drift["reached_at"]
    when = "before the job started" if before else "when it had just started"
    return LateChange(f"{names}{more} {was} edited {after} after submission, {when}{numbers}", before)


def _sum(files: Sequence[Mapping[str, Any]], side: str) -> int:
    return sum(file.get(side) or 0 for file in files)


def left_out_words(job: Job, names: Sequence[str]) -> str | None:
    """`3 files left out (big.bin, model.pt …)`; None where the snapshot has all.

    Args:
        job: says how many.
        names: those that are known, in order.
    """
    count = job.submitted.get("left_out")
    if not count:
        return None
    shown = ", ".join(names[:_NAMED]) + (" …" if count > min(len(names), _NAMED) else "")
    return f"{counted(count, 'file')} left out" + (f" ({shown})" if names else "")


_NAMED = 4


def submit_line(job: Job) -> str | None:
    """The command that submitted a job: as accounting has it (it loses quoting), or better as the shim saw it."""
    fact = job.submitted
    if fact.get("argv") is not None:
        return without_secrets(shlex.join([fact["command"], *fact["argv"]]))
    line = next((attempt["submit_line"] for attempt in job.attempts if attempt.get("submit_line")), None)
    return without_secrets(line) if line else None
