"""What `sacct` prints, as attempts. Pure.

Which fields there are depends on the version: those of `FIELDS` that `sacct --helpformat` names are asked for. Names,
comments and submit lines may hold anything, newlines and separators too, so the delimiter is a random one.
"""

from codecs import getincrementaldecoder
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from journal.capture.slurm import values
from journal.facts import AttemptFact, StepFact
from journal.job_states import STUCK, is_over, is_waiting

# QOS is not among them: its name costs sacct a question more of the database, half of the time of a small answer.
# By version: 23.02 adds FailedNode, 24.05 StdOut and StdErr, 24.11 Restarts (man sacct).
FIELDS = (
    "JobID",
    "JobIDRaw",
    "Cluster",
    "State",
    "Submit",
    "Eligible",
    "Start",
    "End",
    "ElapsedRaw",
    "Suspended",
    "TimelimitRaw",
    "ExitCode",
    "DerivedExitCode",
    "Reason",
    "User",
    "Account",
    "Partition",
    "NNodes",
    "NodeList",
    "FailedNode",
    "AllocCPUS",
    "ReqCPUS",
    "NTasks",
    "ReqMem",
    "ReqTRES",
    "AllocTRES",
    "MaxRSS",
    "TRESUsageInMax",
    "TotalCPU",
    "ConsumedEnergyRaw",
    "Restarts",
    "JobName",
    "WorkDir",
    "StdOut",
    "StdErr",
    "SubmitLine",
    "Comment",
)

_LONGEST_TEXT = 4096
_MOST_STEPS = 200
_MOST_FAILED_STEPS = 20  # told of while their job still runs


class Row(NamedTuple):
    """One line of sacct: its number, read, and its fields."""

    id: values.JobId
    fields: dict[str, str]


def parse_rows(
    output: Iterable[bytes], fields: Sequence[str], delimiter: str, skipped: "Counter[str]"
) -> Iterator[Row]:
    """The rows that sacct printed with `--parsable`, which puts the delimiter after every field.

    Args:
        output: what it printed, in chunks of any size.
        fields: those that were asked for, in order.
        delimiter: the one that was asked for.
        skipped: counts rows that cannot be understood.
    """
    for values_of_row in rows_of(output, len(fields), delimiter):
        read = values.job_id(values_of_row[0]) if len(values_of_row) == len(fields) else None
        if read:
            yield Row(read, dict(zip(fields, values_of_row, strict=True)))
        else:
            skipped["rows of sacct that could not be understood"] += 1


def rows_of(output: Iterable[bytes], width: int, delimiter: str) -> Iterator[list[str]]:
    """Rows of so many values, each with the delimiter behind it and each row with a newline behind it.

    What else there is at the end, a row that breaks off or words that are none, is one more row of fewer values.
    """
    decoder = getincrementaldecoder("utf-8")("replace")
    waiting: list[str] = []
    rest = ""
    for chunk in output:
        *whole, rest = (rest + decoder.decode(chunk)).split(delimiter)
        waiting += whole
        end = len(waiting) - len(waiting) % width
        for start in range(0, end, width):
            waiting[start] = waiting[start].removeprefix("\n")
            yield waiting[start : start + width]
        del waiting[:end]
    if left := "".join([*waiting, rest]).strip():
        yield [left]


def attempts(rows: Iterator[Row], now: str, skipped: "Counter[str]") -> Iterator[AttemptFact]:
    """Tries with their steps, which sacct prints below them.

    Args:
        rows: in the order of sacct.
        now: when it was asked, in stored form.
        skipped: counts rows that tell of no submission, and steps without their job.
    """
    current: Row | None = None
    steps: list[Row] = []
    for row in rows:
        if row.id.step is None:
            yield from _attempt(current, steps, now, skipped)
            current, steps = row, []
        elif current and current.id[:3] == row.id[:3]:
            steps.append(row)
        else:
            skipped["steps of sacct without their job"] += 1
    yield from _attempt(current, steps, now, skipped)


def _attempt(row: Row | None, steps: Sequence[Row], now: str, skipped: "Counter[str]") -> Iterator[AttemptFact]:
    if row is None:
        return
    submitted_at = values.moment(row.fields["Submit"])
    if submitted_at is None:
        skipped["rows of sacct without a time of submission"] += 1
        return
    state, _, by = row.fields["State"].partition(" by ")
    fact: AttemptFact = {
        "told_by": "sacct",
        "cluster": row.fields["Cluster"],
        "job_id": row.id.job,
        "raw_id": row.fields["JobIDRaw"],
        "submitted_at": submitted_at,
        "state": state,
    }
    if row.id.task is not None:
        fact["task"] = row.id.task
    if row.id.component is not None:
        fact["component"] = row.id.component
    _add_request(fact, row.fields)
    if is_over(state):
        _add_end(fact, row.fields, by)
        told = _telling_steps(steps)
    else:
        fact["seen_at"] = now
        reason = row.fields.get("Reason", "")
        if is_waiting(state) and reason in STUCK:
            fact["reason"] = reason
        told = [step for step in steps if _has_failed(step)][:_MOST_FAILED_STEPS]
    if not is_waiting(state):
        _add_place(fact, row.fields)
    if row.fields.get("JobName") == "allocation" and not (row.fields.get("WorkDir") or row.fields.get("SubmitLine")):
        fact["torn"] = True  # for some seconds after its start or its end (22.05)
    if told:
        fact["steps"] = [_step(step) for step in told]
    yield fact


_TEXTS = {
    "name": "JobName",
    "user": "User",
    "account": "Account",
    "partition": "Partition",
    "work_dir": "WorkDir",
    "stdout": "StdOut",
    "stderr": "StdErr",
    "submit_line": "SubmitLine",
    "comment": "Comment",
}


def _add_request(fact: AttemptFact, row: Mapping[str, str]) -> None:
    """What was asked for, which is known from the beginning."""
    for name, field in _TEXTS.items():
        if text := row.get(field):
            fact[name] = text[:_LONGEST_TEXT]  # type: ignore[literal-required]  # the keys above
    nodes, cpus = values.number(row.get("NNodes", "")), values.number(row.get("AllocCPUS", ""))
    cpus = cpus or values.number(row.get("ReqCPUS", ""))
    asked = values.resources(row.get("ReqTRES", ""))
    given = values.resources(row.get("AllocTRES", ""))
    numbers = {
        "cpus": cpus,
        "gpus": values.gpu_count(given) or values.gpu_count(asked),
        "memory": values.size(
            given.get("mem") or asked.get("mem") or row.get("ReqMem", ""), nodes=nodes or 1, cpus=cpus or 1
        ),
        "limit_s": _minutes(row.get("TimelimitRaw", "")),
        "restarts": values.number(row.get("Restarts", "")),
    }
    _add(fact, numbers)


def _add_place(fact: AttemptFact, row: Mapping[str, str]) -> None:
    """Where and since when it runs or ran."""
    nodes = row.get("NodeList", "")
    known = {
        "started_at": values.moment(row["Start"]),
        "nodes": nodes if nodes != "None assigned" else None,
        "node_count": values.number(row.get("NNodes", "")),
        "suspended_s": _suspended(fact["state"], row),
    }
    _add(fact, known)


def _add_end(fact: AttemptFact, row: Mapping[str, str], by: str) -> None:
    """How it ended and what it used."""
    ended, derived = values.exit_code(row.get("ExitCode", "")), values.exit_code(row.get("DerivedExitCode", ""))
    known = {
        "by": values.number(by),
        "ended_at": values.moment(row["End"]),
        "eligible_at": values.moment(row.get("Eligible", "")),
        "elapsed_s": values.number(row.get("ElapsedRaw", "")),
        "exit_code": ended.code if ended else None,
        "signal": ended.signal or None if ended else None,
        "derived_exit_code": derived.code or None if derived else None,
        "derived_signal": derived.signal or None if derived else None,
        "failed_node": row.get("FailedNode"),
        "cpu_s": values.span(row.get("TotalCPU", "")),
        "energy_j": values.number(row.get("ConsumedEnergyRaw", "")),
    }
    _add(fact, known)


def _add(fact: AttemptFact | StepFact, known: Mapping[str, object]) -> None:
    fact.update({name: value for name, value in known.items() if value not in (None, "")})  # type: ignore[typeddict-item]  # pyright: ignore[reportCallIssue, reportArgumentType]  # the keys of the fact


def _suspended(state: str, row: Mapping[str, str]) -> int | None:
    """Seconds; while it is suspended they grow."""
    spent = values.span(row.get("Suspended", "")) if state != "SUSPENDED" else None
    return int(spent) or None if spent is not None else None


def _minutes(text: str) -> int | None:
    minutes = values.number(text)
    return None if minutes is None else minutes * 60


def _has_failed(step: Row) -> bool:
    state = step.fields["State"].partition(" by ")[0]
    return is_over(state) and state != "COMPLETED"


def _telling_steps(steps: Sequence[Row]) -> list[Row]:
    """All steps; of very many those that failed and those that used most memory."""
    if len(steps) <= _MOST_STEPS:
        return list(steps)
    places = sorted(range(len(steps)), key=lambda place: _weight(steps[place]), reverse=True)[:_MOST_STEPS]
    return [steps[place] for place in sorted(places)]


def _weight(step: Row) -> tuple[bool, bool, int]:
    return (_has_failed(step), not (step.id.step or "").isdecimal(), values.size(step.fields.get("MaxRSS", "")) or 0)


def _step(step: Row) -> StepFact:
    row = step.fields
    state = row["State"].partition(" by ")[0]
    fact: StepFact = {"id": step.id.step or "", "state": state}
    ended = values.exit_code(row.get("ExitCode", ""))
    used = values.resources(row.get("TRESUsageInMax", ""))
    known = {
        "name": row.get("JobName") if row.get("JobName") != step.id.step else None,
        "exit_code": ended.code if ended else None,
        "signal": ended.signal or None if ended else None,
        "started_at": values.moment(row["Start"]),
        "ended_at": values.moment(row["End"]),
        "elapsed_s": values.number(row.get("ElapsedRaw", "")),
        "cpu_s": values.span(row.get("TotalCPU", "")),
        "max_rss": values.size(row.get("MaxRSS", "")) or None,
        "tasks": values.number(row.get("NTasks", "")),
        "nodes": row.get("NodeList"),
        "gpu_memory": values.size(used.get("gres/gpumem", "")) or None,
        "gpu_utilization": values.number(used.get("gres/gpuutil", "")),
    }
    _add(fact, known)
    return fact
