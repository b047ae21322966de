"""How a job really ended, and why: from what the batch system told of its tries.

Slurm's state is not the outcome. A script that goes on after its training was killed for memory is COMPLETED; a
timeout shows exit code 0. What is said here rests on the state, the exit codes, the reason and the steps together:

- A step that was killed for memory makes the job `out of memory`, whatever the script did then: nobody plans that.
- A step that failed in a script that exited 0 makes the job `failed`, unless a step that began after it succeeded: then
  the script dealt with it (a retry, a probe that may fail), the job `succeeded` and the cause tells of the step.

The state itself is never changed: it is shown beside the outcome as Slurm says it.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from journal.derive.amounts import counted, duration, memory
from journal.derive.log_word import WENT_ON, weighed
from journal.job_states import ENDED, RUNNING, WAITING, is_over

# What a person reads, one word an idea. `requeued` is said of a try alone: its job waits or goes on in the next one.
OUTCOMES = {
    "queued": "waits for its turn, its nodes, its time or another job",
    "held": "waits until someone releases it",
    "never starts": "waits for a job that did not end as asked for",
    "running": "runs, starts or clears up",
    "suspended": "was started and stands still",
    "succeeded": "its script exited 0 and no step of it was left failed",
    "failed": "a script or a step of it failed",
    "out of memory": "it, or a step of it, was killed for memory",
    "timeout": "reached its time limit",
    "node failure": "a node failed, or did not start it",
    "deadline": "could not end before its deadline",
    "preempted": "made room for a job of higher priority",
    "cancelled": "someone took it back, or the batch system did",
    "requeued": "this try was given up for another one",
    "unknown": "in a state that is not known here, or nothing was told of it",
}
WAITING_OUTCOMES = ("never starts", "held", "queued")
ACTIVE_OUTCOMES = ("running", "suspended", *WAITING_OUTCOMES)
BAD_OUTCOMES = ("failed", "out of memory", "timeout", "node failure", "deadline")

# Of several tasks, what their job is: the first of these that any of them is.
_FOREMOST = (*ACTIVE_OUTCOMES, *BAD_OUTCOMES, "preempted", "cancelled", "unknown", "succeeded")

Attempt = Mapping[str, Any]  # an AttemptFact; fields may be missing


class Ending(NamedTuple):
    """How one try stands or ended.

    Attributes:
        outcome: one of OUTCOMES.
        cause: a sentence without a full stop, None where there is nothing to add. It may hold words from outside.
        said: the line of its log that says why, where the cause does not (see `journal.derive.log_word`). All of it is
            from outside.
    """

    outcome: str
    cause: str | None = None
    said: str | None = None


class JobOutcome(NamedTuple):
    """How a job stands or ended.

    Attributes:
        outcome, cause, said: as of a try; of an array or a heterogeneous job the foremost of its tasks' or components'.
        state: Slurm's word for what has that outcome; None where nothing was told.
        counts: outcome → how many tasks or components; one in all where the job is no array.
        tries: how often that was tried which was tried most often.
        share: how many of several tasks a log's line was of, in words: ` (3 of them; 1 other cause)`.
    """

    outcome: str
    cause: str | None
    state: str | None
    counts: Mapping[str, int]
    tries: int
    said: str | None = None
    share: str = ""

    @property
    def tasks(self) -> int:
        """How many tasks or components the job has, as far as is known."""
        return sum(self.counts.values())


def job_outcome(attempts: Iterable[Attempt], own_uid: int | None = None) -> JobOutcome:
    """The outcome of a job, by the last try of each of its tasks or components.

    Args:
        attempts: all tries of all tasks and components, in any order.
        own_uid: who reads it, for "cancelled by you".
    """
    every = list(attempts)
    tries = Counter(str(attempt.get("raw_id", "")) for attempt in every)
    units = [(attempt, _of_job(ending(attempt, own_uid))) for attempt in last_tries(every)]
    if not units:
        return JobOutcome("unknown", "the batch system has told nothing of it", None, {"unknown": 1}, 0)
    counts: Counter[str] = Counter()
    single = {int(task) for attempt, _ in units if (task := str(attempt.get("task", ""))).isdecimal()}
    for attempt, found in units:
        counts[found.outcome] += _tasks_left(attempt.get("task"), single)
    outcome = next((word for word in _FOREMOST if counts[word]), units[0][1].outcome)
    one = units[0][1] if len(units) == 1 and counts.total() == 1 else None
    cause, said, share = (one.cause, one.said, "") if one else _cause_of_many(units, outcome)
    in_order = {word: counts[word] for word in sorted(counts, key=_FOREMOST.index) if counts[word]}
    state = min(str(attempt.get("state") or "") for attempt, found in units if found.outcome == outcome)
    return JobOutcome(outcome, cause, state or None, in_order, max(tries.values()), said, share)


def last_tries(attempts: Iterable[Attempt]) -> list[Attempt]:
    """The last try of each task or component, by their numbers."""
    last: dict[str, Attempt] = {}
    for attempt in attempts:
        unit = str(attempt.get("raw_id", ""))
        if unit not in last or _order(last[unit]) < _order(attempt):
            last[unit] = attempt
    return [last[unit] for unit in sorted(last, key=lambda unit: (len(unit), unit))]


def representative_try(attempts: Iterable[Attempt], outcome: str) -> Attempt:
    """The try that stands for a job where one is asked for: the last of the first task with the job's outcome.

    One that started is preferred: tasks that wait are told of together, and have neither nodes nor output. Empty where
    nothing was told of any.
    """
    last = last_tries(attempts)
    started = [attempt for attempt in last if attempt.get("started_at")] or last
    return next((each for each in started if ending(each).outcome == outcome), started[0] if last else {})


def _order(attempt: Attempt) -> tuple[str, ...]:
    fields = ("submitted_at", "started_at", "ended_at", "state")
    return (*(str(attempt.get(field) or "") for field in fields), repr(sorted(attempt.items(), key=itemgetter(0))))


def _of_job(found: Ending) -> Ending:
    return Ending("queued", "was requeued") if found.outcome == "requeued" else found


_RANGE = re.compile(r"(\d{1,9})(?:-(\d{1,9})(?::(\d{1,9}))?)?")


def task_count(task: str | None) -> int:
    """How many tasks an array's `7`, `8-999%4`, `1,3,5-7` or `0-10:2` stands for; 1 where it cannot be told."""
    count = 0
    for part in (task or "").partition("%")[0].strip("[]").split(","):
        if found := _RANGE.fullmatch(part):
            first, last, step = (int(number) if number else 0 for number in found.groups())
            count += max(0, last - first) // max(1, step) + 1
    return count or 1


def _tasks_left(task: str | None, single: Collection[int]) -> int:
    """How many tasks one telling stands for. 24.11 tells of all that waited also when some have rows of their own."""
    if task is None or task.isdecimal():
        return 1
    return max(0, task_count(task) - sum(1 for number in single if _is_among(number, task)))


def _is_among(number: int, tasks: str) -> bool:
    for part in tasks.partition("%")[0].strip("[]").split(","):
        if found := _RANGE.fullmatch(part):
            first, last, step = (int(text) if text else 0 for text in found.groups())
            if first <= number <= max(first, last) and (number - first) % max(1, step) == 0:
                return True
    return False


def _cause_of_many(units: Sequence[tuple[Attempt, Ending]], outcome: str) -> tuple[str | None, str | None, str]:
    """The most frequent cause of an outcome's tasks, what a log said of it, and the share of that in words."""
    causes: Counter[str] = Counter()
    endings: dict[str, Ending] = {}
    component = None
    for attempt, found in units:
        if found.outcome == outcome and (why := found.said or found.cause):
            causes[why] += task_count(attempt.get("task"))
            endings.setdefault(why, found)
            component = attempt.get("component")
    if not causes:
        return None, None, ""
    ranked = sorted(causes.items(), key=lambda item: (-item[1], item[0]))
    foremost = endings[ranked[0][0]]
    if component is not None and len(ranked) == 1 and ranked[0][1] == 1:
        return f"component {component}: {foremost.cause}", foremost.said, ""
    others = len(ranked) - 1
    share = f" ({ranked[0][1]:,} of them; {counted(others, 'other cause')})" if others else ""
    if foremost.said is None:
        return f"{foremost.cause}{share}", None, ""
    return foremost.cause, foremost.said, share


def ending(attempt: Attempt, own_uid: int | None = None) -> Ending:
    """How one try stands or ended.

    Args:
        attempt: an AttemptFact; what is missing from it is not known. With its LogFact under "log", where the log was
            read, both are weighed together.
        own_uid: who reads it, for "cancelled by you".
    """
    found = _as_scheduled(attempt, own_uid)
    return Ending(*weighed(found.outcome, found.cause, attempt["log"])) if attempt.get("log") else found


def _as_scheduled(attempt: Attempt, own_uid: int | None) -> Ending:
    """How it ended as far as the batch system knows."""
    state = str(attempt.get("state") or "")
    if state in WAITING:
        return _waiting(state, str(attempt.get("reason") or ""))
    if state in RUNNING:
        return _STANDING.get(state, Ending("running"))
    if state not in ENDED:
        return Ending("unknown", f"Slurm says {state}" if state else "Slurm does not say its state")
    if state == "COMPLETED":
        return _completed(attempt)
    killed_for_memory = 125 in (attempt.get("signal"), attempt.get("derived_signal"))
    if state == "OUT_OF_MEMORY" or (state == "FAILED" and killed_for_memory):
        return Ending("out of memory", _out_of_memory(attempt))
    cancelled = state == "CANCELLED"
    found = Ending("cancelled", _cancelled(attempt, own_uid)) if cancelled else _ENDINGS[state](attempt)
    if state != "FAILED" and (killed_for_memory or _out_of_memory_steps(attempt)):  # its other ranks may have hung
        return Ending(found.outcome, f"{found.cause}; before that {_out_of_memory(attempt)}")
    return found


_STANDING = {
    "SUSPENDED": Ending("suspended", "suspended by the batch system or an administrator"),
    "STOPPED": Ending("suspended", "stopped by a signal"),
    "COMPLETING": Ending("running", "is clearing up"),
    "STAGE_OUT": Ending("running", "is copying its results"),
}
_REASONS = {
    "Resources": "waits for nodes that are free",
    "Priority": "waits for jobs of higher priority",
    "Dependency": "waits for another job",
    "BeginTime": "waits until its begin time",
    "JobArrayTaskLimit": "waits for other tasks of its array",
    "Reservation": "waits for its reservation",
    "Licenses": "waits for a licence",
}
_HELD_STATES = frozenset({"REQUEUE_HOLD", "RESV_DEL_HOLD", "SPECIAL_EXIT"})
_HOLDS = {"JobHeldUser": "held by its owner", "JobHeldAdmin": "held by an administrator"}


def _waiting(state: str, reason: str) -> Ending:
    if reason == "DependencyNeverSatisfied":
        return Ending("never starts", "the job that it waits for did not end as it asked for")
    if reason in _HOLDS or state in _HELD_STATES or "held" in reason.lower():
        return Ending("held", _HOLDS.get(reason) or (f"held: {reason}" if _says(reason) else "held"))
    if state == "CONFIGURING":
        return Ending("queued", "its nodes are made ready")
    return Ending("queued", _REASONS.get(reason) or (f"waits: {reason}" if _says(reason) else None))


def _says(reason: str) -> bool:
    return reason not in ("", "None", "Unknown")


def _cancelled(attempt: Attempt, own_uid: int | None) -> str:
    by = attempt.get("by")
    if by is None:
        who = " by Slurm itself" if attempt.get("told_by") == "sacct" else ""
    elif by == own_uid:
        who = " by you"
    else:
        who = " by an administrator (root)" if by == 0 else f" by the user with uid {by}"
    if never_started(attempt):
        return f"cancelled{who} before it started"
    elapsed = attempt.get("elapsed_s")
    return f"cancelled{who}" + (f" after {duration(elapsed)}" if elapsed is not None else "")


def never_started(attempt: Attempt) -> bool:
    """Whether a try did not run. 22.05 says of one that waited that it started when it was cancelled."""
    if not attempt.get("started_at"):
        return True
    return is_over(str(attempt.get("state"))) and not attempt.get("nodes") and not attempt.get("elapsed_s")


def _completed(attempt: Attempt) -> Ending:
    """A script that exited 0, and what became of its steps."""
    if killed := _out_of_memory_steps(attempt):
        return Ending("out of memory", f"out of memory in {_names(killed)}; {WENT_ON}")
    failed = _failed_steps(attempt)
    left = [step for step in failed if not _made_good(step, attempt)]
    if left:
        return Ending("failed", f"{_names(left)} {_step_failure(left[-1])}; {WENT_ON}")
    if failed:
        return Ending("succeeded", f"{_names(failed)} {_step_failure(failed[-1])}; what came after it succeeded")
    if attempt.get("derived_signal") == 125:
        return Ending("out of memory", f"out of memory in a step; {WENT_ON}")
    codes = (attempt.get("derived_exit_code"), attempt.get("derived_signal"))
    if any(codes) and not _steps(attempt):
        return Ending("failed", f"a step {_code_words(*codes)}; {WENT_ON}")
    return Ending("succeeded")


def _steps(attempt: Attempt) -> list[Mapping[str, Any]]:
    return [step for step in attempt.get("steps") or () if str(step.get("id", "")).isdigit()]


def _out_of_memory_steps(attempt: Attempt) -> list[Mapping[str, Any]]:
    every: Sequence[Mapping[str, Any]] = attempt.get("steps") or ()
    killed = [step for step in every if step.get("state") == "OUT_OF_MEMORY"]
    own = [step for step in killed if str(step.get("id", "")).isdigit()]
    return own or killed


def _failed_steps(attempt: Attempt) -> list[Mapping[str, Any]]:
    """Steps of the script that failed, oldest first."""
    failed = [
        step
        for step in _steps(attempt)
        if step.get("state") == "FAILED"
        or (step.get("state") == "COMPLETED" and step.get("exit_code"))
        or _was_killed(step, attempt)
    ]
    return sorted(failed, key=lambda step: (str(step.get("ended_at") or ""), int(step["id"])))


def _was_killed(step: Mapping[str, Any], attempt: Attempt) -> bool:
    """Whether a step was killed while its script went on, as Slurm does for memory where no cgroup confines it.

    One that still runs in the background when its script ends is asked to end first, and killed some seconds later.
    """
    if step.get("state") != "CANCELLED" or step.get("signal") != _SIGKILL or not step.get("ended_at"):
        return False
    every: Sequence[Mapping[str, Any]] = attempt.get("steps") or ()
    script = next((each.get("ended_at") for each in every if each.get("id") == "batch"), None)
    over = script or attempt.get("ended_at")
    return over is not None and str(step["ended_at"]) <= str(over)


_SIGKILL = 9


def _made_good(failed: Mapping[str, Any], attempt: Attempt) -> bool:
    """Whether a step that began after this one had ended succeeded; one of the same second ran beside it."""
    end = failed.get("ended_at")
    return end is not None and any(
        step.get("state") == "COMPLETED"
        and not step.get("exit_code")
        and int(step["id"]) > int(failed["id"])
        and str(step.get("started_at") or "") > str(end)
        for step in _steps(attempt)
    )


def _names(steps: Sequence[Mapping[str, Any]]) -> str:
    """`step 0 (train.py)`, `steps 0, 1 and 4 more`."""
    if len(steps) == 1:
        number, name = str(steps[0].get("id", "?")), steps[0].get("name")
        if not number.isdigit():
            return "the script" if number == "batch" else f"step {number}"
        return f"step {number}" + (f" ({name})" if name else "")
    shown = ", ".join(str(step.get("id", "?")) for step in steps[:3])
    return f"steps {shown}" + (f" and {len(steps) - 3} more" if len(steps) > 3 else "")


def _step_failure(step: Mapping[str, Any]) -> str:
    return _code_words(step.get("exit_code"), step.get("signal"))


def _code_words(exit_code: int | None, signal: int | None) -> str:
    if signal:
        return f"was killed by {signal_words(signal, hint=True)}"
    return f"exited {exit_code}" if exit_code else "failed"


def _out_of_memory(attempt: Attempt) -> str:
    killed = _out_of_memory_steps(attempt)
    where = f" in {_names(killed)}" if killed and str(killed[0].get("id")) not in ("batch", "extern") else ""
    asked = attempt.get("memory")
    return f"out of memory{where}" + (f" (it had asked for {memory(asked)})" if asked else "")


def _failed(attempt: Attempt) -> str:
    exit_code, signal, reason = attempt.get("exit_code"), attempt.get("signal"), str(attempt.get("reason") or "")
    if signal == _NO_OUTPUT:
        return "its output file or work directory could not be opened on the node (signal 53)"
    if signal:
        return f"killed by {signal_words(signal, hint=True)}"
    failed = _failed_steps(attempt)
    where = f" in {_names(failed[-1:])}" if failed and failed[-1].get("exit_code") == exit_code else ""
    if exit_code:
        from_signal = f": killed by {signal_words(exit_code - 128, hint=True)}" if exit_code - 128 in _SIGNALS else ""
        return f"exit code {exit_code}{where}{from_signal}"
    return reason if _says(reason) else "Slurm does not say why"


_NO_OUTPUT = (
    53  # no signal: what slurmstepd ends with when it cannot set up where the job writes (seen on 22.05, 24.11)
)


def _timeout(attempt: Attempt) -> str:
    limit = attempt.get("limit_s")
    return f"reached its limit of {duration(limit)}" if limit else "reached its time limit"


def _node_failure(attempt: Attempt) -> str:
    failed, nodes = attempt.get("failed_node"), attempt.get("nodes")
    if failed or (nodes and attempt.get("node_count", 1) == 1):
        return f"node {failed or nodes} failed"
    return f"one of its nodes failed ({nodes})" if nodes else "a node failed"


def _deadline(attempt: Attempt) -> str:
    return "reached its deadline" + (" before it could start" if never_started(attempt) else "")


_ENDINGS: dict[str, Callable[[Attempt], Ending]] = {
    "FAILED": lambda attempt: Ending("failed", _failed(attempt)),
    "TIMEOUT": lambda attempt: Ending("timeout", _timeout(attempt)),
    "NODE_FAIL": lambda attempt: Ending("node failure", _node_failure(attempt)),
    "BOOT_FAIL": lambda _: Ending("node failure", "a node did not boot"),
    "LAUNCH_FAILED": lambda _: Ending("node failure", "it could not be started on its nodes"),
    "DEADLINE": lambda attempt: Ending("deadline", _deadline(attempt)),
    "PREEMPTED": lambda _: Ending("preempted", "preempted by a job of higher priority"),
    "REVOKED": lambda _: Ending("cancelled", "another cluster took it over"),
    "REQUEUED": lambda _: Ending("requeued", "given up for another try"),
}

_SIGNALS = {
    1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 9: "SIGKILL",
    10: "SIGUSR1", 11: "SIGSEGV", 12: "SIGUSR2", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM", 24: "SIGXCPU",
    25: "SIGXFSZ",
}  # fmt: skip  # Linux's numbers: the compute node's, wherever this is read


def signal_words(number: int, *, hint: bool = False) -> str:
    """`signal 9 (SIGKILL)`; with a hint, what often sends it."""
    name = _SIGNALS.get(number)
    often = "; often: out of memory" if hint and number == 9 else ""
    return f"signal {number}" + (f" ({name}{often})" if name else "")
