"""What `sacct` prints, as attempts. Pure.

Which fields there are depends on the version: those of `FIELDS` that `sacct --helpformat` names are asked for. Names,
comments and submit lines may hold anything, newlines and separators too, so the delimiter is a random one.
"""

from codecs import getincrementaldecoder
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
    fact.update(_request(*(row.fields.get(field, "") for field in _REQUEST)))  # type: ignore[typeddict-item]  # keys of it
    _add(fact, row.fields, _TOLD_FROM_THE_BEGINNING)
    if is_over(state):
        _add(fact, row.fields, _TOLD_AT_THE_END)
        fact.update(_end(row.fields.get("ExitCode", ""), row.fields.get("DerivedExitCode", ""), by))  # type: ignore[typeddict-item]  # keys of it
        told = _telling_steps(steps)
    else:
        fact["seen_at"] = now
        reason = row.fields.get("Reason", "")
        if is_waiting(state) and reason in STUCK:
            fact["reason"] = reason
        told = [step for step in steps if _has_failed(step)][:_MOST_FAILED_STEPS]
    if not is_waiting(state):
        _add(fact, row.fields, _TOLD_WHILE_SUSPENDED if state == "SUSPENDED" else _TOLD_FROM_THE_START)
    if row.fields.get("JobName") == "allocation" and not (row.fields.get("WorkDir") or row.fields.get("SubmitLine")):
        fact["torn"] = True  # for some seconds after its start or its end (22.05)
    if told:
        fact["steps"] = [_step(step) for step in told]
    yield fact


def _text(text: str) -> str:
    return text[:_LONGEST_TEXT]


def _nodes(text: str) -> str | None:
    return text if text != "None assigned" else None


def _minutes(text: str) -> int | None:
    minutes = values.number(text)
    return None if minutes is None else minutes * 60


def _suspended(text: str) -> int | None:
    """Seconds."""
    spent = values.span(text)
    return int(spent) or None if spent is not None else None


def _most_memory(text: str) -> int | None:
    return values.size(text) or None


def _most_gpu_memory(text: str) -> int | None:
    return values.size(values.resources(text).get("gres/gpumem", "")) or None if "gres/" in text else None


def _gpu_utilization(text: str) -> int | None:
    return values.number(values.resources(text).get("gres/gpuutil", "")) if "gres/" in text else None


# What becomes of fields that are not empty: the fact's key, sacct's field, how it is read.
_Readings = Sequence[tuple[str, str, Callable[[str], object]]]

_TOLD_FROM_THE_BEGINNING: _Readings = (
    ("name", "JobName", _text),
    ("user", "User", _text),
    ("account", "Account", _text),
    ("partition", "Partition", _text),
    ("work_dir", "WorkDir", _text),
    ("stdout", "StdOut", _text),
    ("stderr", "StdErr", _text),
    ("submit_line", "SubmitLine", _text),
    ("comment", "Comment", _text),
    ("limit_s", "TimelimitRaw", _minutes),
    ("restarts", "Restarts", values.number),
)
_TOLD_WHILE_SUSPENDED: _Readings = (  # for how long is not yet among it, since that grows
    ("started_at", "Start", values.moment),
    ("nodes", "NodeList", _nodes),
    ("node_count", "NNodes", values.number),
)
_TOLD_FROM_THE_START: _Readings = (*_TOLD_WHILE_SUSPENDED, ("suspended_s", "Suspended", _suspended))
_TOLD_AT_THE_END: _Readings = (
    ("ended_at", "End", values.moment),
    ("eligible_at", "Eligible", values.moment),
    ("elapsed_s", "ElapsedRaw", values.number),
    ("failed_node", "FailedNode", str),
    ("cpu_s", "TotalCPU", values.span),
    ("energy_j", "ConsumedEnergyRaw", values.number),
)
_TOLD_OF_A_STEP: _Readings = (
    ("started_at", "Start", values.moment),
    ("ended_at", "End", values.moment),
    ("elapsed_s", "ElapsedRaw", values.number),
    ("cpu_s", "TotalCPU", values.span),
    ("max_rss", "MaxRSS", _most_memory),
    ("tasks", "NTasks", values.number),
    ("nodes", "NodeList", str),
    ("gpu_memory", "TRESUsageInMax", _most_gpu_memory),
    ("gpu_utilization", "TRESUsageInMax", _gpu_utilization),
)


def _add(fact: AttemptFact | StepFact, row: Mapping[str, str], readings: _Readings) -> None:
    for name, field, read in readings:
        text = row.get(field)
        if text and (value := read(text)) is not None:
            fact[name] = value  # type: ignore[literal-required]  # a key of it


_REQUEST = ("NNodes", "AllocCPUS", "ReqCPUS", "ReqMem", "ReqTRES", "AllocTRES")


@values.remembered
def _request(nodes: str, cpus: str, asked_cpus: str, memory: str, asked: str, given: str) -> Mapping[str, int]:
    """The resources that were given or, before that, asked for."""
    wanted, granted = values.resources(asked), values.resources(given)
    count = values.number(cpus) or values.number(asked_cpus)
    size = granted.get("mem") or wanted.get("mem") or memory
    known = {
        "cpus": count,
        "gpus": values.gpu_count(granted) or values.gpu_count(wanted),
        "memory": values.size(size, nodes=values.number(nodes) or 1, cpus=count or 1),
    }
    return {name: value for name, value in known.items() if value is not None}


@values.remembered
def _end(code: str, derived_code: str, by: str) -> Mapping[str, int]:
    """How it ended: its exit code, the highest of its steps, and who cancelled it."""
    ended, derived = values.exit_code(code), values.exit_code(derived_code)
    known = {
        "by": values.number(by),
        "exit_code": ended.code if ended else None,
        "signal": ended.signal or None if ended else None,
        "derived_exit_code": derived.code or None if derived else None,
        "derived_signal": derived.signal or None if derived else None,
    }
    return {name: value for name, value in known.items() if value is not None}


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
    fact: StepFact = {"id": step.id.step or "", "state": row["State"].partition(" by ")[0]}
    name = row.get("JobName")
    if name and name != step.id.step:
        fact["name"] = name
    if ended := values.exit_code(row.get("ExitCode", "")):
        fact["exit_code"] = ended.code
        if ended.signal:
            fact["signal"] = ended.signal
    _add(fact, row, _TOLD_OF_A_STEP)
    return fact
