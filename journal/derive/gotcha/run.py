"""A run: a job with what its logs say, and whether it got past what another one failed of."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from journal.derive.gotcha.identity import gotcha_id
from journal.derive.gotcha.lessons import NO_FAILURE
from journal.derive.gotcha.same_run import run_keys
from journal.derive.job import Job
from journal.derive.job_outcome import ACTIVE_OUTCOMES, ending, job_outcome, last_tries

_LONGER = 1.5  # times as long as the run that failed …
_AT_LEAST_SECONDS = 10.0  # … and so much longer: starting up takes now more and now less


class Failure(NamedTuple):
    """How a run failed.

    Attributes:
        fingerprint, label: of its decisive line.
        at: when the first try that failed so had ended, in stored form.
        elapsed_s: how long the longest of them ran; None where that is not known.
        step: the furthest step that one of them told of; None where none did.
        line: the number of the furthest decisive line; None where there is none.
        tasks: of an array, those that failed so.
        log: the id of the log's event that shows it last.
    """

    fingerprint: str
    label: str
    at: str
    elapsed_s: float | None
    step: int | None
    line: int | None
    tasks: frozenset[str]
    log: str

    @property
    def gotcha(self) -> str:
        """The id of its gotcha."""
        return gotcha_id(self.fingerprint)


class Run(NamedTuple):
    """A job as a run of its script.

    Attributes:
        job: it.
        keys: what it runs (see `journal.derive.gotcha.same_run`).
        outcome: as `journal.derive.job_outcome` has it.
        ended_at: the end of its last try; "" before.
        elapsed_s: of its longest try.
        step, line: how far its logs came: the furthest step, the furthest decisive line.
        failures: by fingerprint.
        logs: how many of its logs were read.
        succeeded: of an array, the tasks that did.
    """

    job: Job
    keys: frozenset[str]
    outcome: str
    ended_at: str
    elapsed_s: float | None
    step: int | None
    line: int | None
    failures: Mapping[str, Failure]
    logs: int
    succeeded: frozenset[str]

    @property
    def is_over(self) -> bool:
        """Whether all of it has ended."""
        return self.outcome not in (*ACTIVE_OUTCOMES, "unknown")


class ToldLog(NamedTuple):
    """A log's event: its id, its moment, and the LogFact."""

    event: str
    at: str
    fact: Mapping[str, Any]


def run_of(job: Job, logs: Iterable[ToldLog]) -> Run:
    """Puts together what is known of a job's run."""
    told = list(logs)
    last = last_tries(job.attempts)
    elapsed = {attempt.get("raw_id"): attempt.get("elapsed_s") for attempt in job.attempts}
    failures: dict[str, Failure] = {}
    for log in sorted(told, key=lambda log: (log.at, log.event)):
        fact = log.fact
        if fact["label"] != NO_FAILURE and fact["fingerprint"] is not None:
            found = _failure(log, elapsed.get(fact["raw_id"]))
            known = failures.get(found.fingerprint)
            failures[found.fingerprint] = _together(known, found) if known else found
    ended = (attempt.get("ended_at") or "" for attempt in job.attempts)
    ok = (attempt["task"] for attempt in last if "task" in attempt and ending(attempt).outcome == "succeeded")
    return Run(
        job=job,
        keys=run_keys(job),
        outcome=job_outcome(job.attempts).outcome,
        ended_at=max(ended, default=""),
        elapsed_s=_most(attempt.get("elapsed_s") for attempt in job.attempts),
        step=_most(_step(log.fact) for log in told),
        line=_most(log.fact["line"] for log in told),
        failures=failures,
        logs=len(told),
        succeeded=frozenset(ok),
    )


def _failure(log: ToldLog, elapsed_s: float | None) -> Failure:
    fact = log.fact
    tasks = frozenset([fact["task"]] if fact.get("task") is not None else ())
    return Failure(fact["fingerprint"], fact["label"], log.at, elapsed_s, _step(fact), fact["line"], tasks, log.event)


def _together(earlier: Failure, later: Failure) -> Failure:
    return Failure(
        earlier.fingerprint,
        later.label,
        earlier.at,
        _most((earlier.elapsed_s, later.elapsed_s)),
        _most((earlier.step, later.step)),
        _most((earlier.line, later.line)),
        earlier.tasks | later.tasks,
        later.log,
    )


def _step(fact: Mapping[str, Any]) -> int | None:
    """The step of the whole run that a log told of; one that counts within an epoch cannot be compared."""
    progress: Mapping[str, Any] = fact["progress"] or {}
    step = progress.get("step")
    return step if isinstance(step, int) and progress.get("step_scope", "run") == "run" else None


_Number = TypeVar("_Number", int, float)


def _most(numbers: Iterable[_Number | None]) -> _Number | None:
    return max((number for number in numbers if number is not None), default=None)


def got_past(failed: Run, failure: Failure, later: Run) -> bool:
    """Whether a run got past what an earlier one of the same script failed of.

    It did if it succeeded. If it failed otherwise, or was ended, its log must have been read and show that it came
    further: it ran much longer, made more steps, or ran at least as long and failed further down. Of an array a task
    must have succeeded that had failed. Runs that were submitted before the failure was there to be seen say nothing,
    nor does old code that is run again.
    """
    if not later.is_over or failure.fingerprint in later.failures or later.job.submitted_at <= failure.at:
        return False
    if failed.job.cluster != later.job.cluster or failed.job.project != later.job.project:
        return False
    if not failed.keys & later.keys or _goes_back(failed.job, later.job):
        return False
    if failure.tasks and later.succeeded:
        return bool(failure.tasks & later.succeeded)
    if later.outcome == "succeeded" and not later.failures:
        return True
    return later.logs > 0 and _came_further(failure, later)


def _goes_back(failed: Job, later: Job) -> bool:
    """Whether a run repeats code of before the failure: `journal rerun` of another job proves no fix."""
    is_rerun = later.submitted.get("told_by") == "rerun"
    return is_rerun and later.submitted.get("snapshot") != failed.submitted.get("snapshot")


def _came_further(failure: Failure, later: Run) -> bool:
    if later.step is not None and later.step > (failure.step or 0):
        return True
    if failure.elapsed_s is None or later.elapsed_s is None:
        return False
    if later.elapsed_s >= max(failure.elapsed_s * _LONGER, failure.elapsed_s + _AT_LEAST_SECONDS):
        return True
    further = later.line is not None and failure.line is not None and later.line > failure.line
    return further and later.elapsed_s >= failure.elapsed_s
