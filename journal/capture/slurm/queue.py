"""What `squeue` prints, as attempts: all there is while accounting is down, and where a job's output goes. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator

from journal.capture.slurm import values
from journal.capture.slurm.accounting import rows_of
from journal.facts import AttemptFact
from journal.job_states import STUCK, is_over, is_waiting

# Name of the field → width; squeue pads to it and cuts at it (man squeue, --Format).
FIELDS = {
    "JobArrayID": 80,
    "JobID": 20,
    "HetJobID": 20,
    "HetJobOffset": 12,
    "State": 24,
    "Reason": 64,
    "SubmitTime": 20,
    "StartTime": 20,
    "EndTime": 20,
    "exit_code": 12,
    "UserName": 64,
    "Partition": 128,
    "Account": 64,
    "QOS": 64,
    "NumNodes": 12,
    "NodeList": 256,
    "Name": 256,
    "WorkDir": 1024,
    "STDOUT": 1024,
    "STDERR": 1024,
}

_NOTHING = frozenset({"", "(null)", "N/A", "n/a"})


def format_of(delimiter: str) -> str:
    """The value of `--Format`."""
    return ",".join(f"{name}:{width}{delimiter}" for name, width in FIELDS.items())


def attempts(
    output: Iterable[bytes], delimiter: str, cluster: str, now: str, skipped: "Counter[str]"
) -> Iterator[AttemptFact]:
    """The jobs of the queue.

    Args:
        output: what squeue printed, in chunks of any size.
        delimiter: the random text after each field.
        cluster: the one that was asked.
        now: when it was asked, in stored form.
        skipped: counts rows that cannot be understood.
    """
    for padded in rows_of(output, len(FIELDS), delimiter):
        texts = (text.rstrip(" ") for text in padded)
        row = {name: "" if text in _NOTHING else text for name, text in zip(FIELDS, texts, strict=False)}
        fact = _attempt(row, cluster, now) if len(padded) == len(FIELDS) else None
        if fact:
            yield fact
        else:
            skipped["rows of squeue that could not be understood"] += 1


def _attempt(row: dict[str, str], cluster: str, now: str) -> AttemptFact | None:
    read, submitted_at = values.job_id(row["JobArrayID"]), values.moment(row["SubmitTime"])
    if read is None or submitted_at is None:
        return None
    component = values.number(row["HetJobOffset"]) if row["HetJobID"] not in ("", "0") else None
    fact: AttemptFact = {
        "told_by": "squeue",
        "cluster": cluster,
        "job_id": row["HetJobID"] if component is not None else read.job,
        "raw_id": row["JobID"],
        "submitted_at": submitted_at,
        "state": row["State"],
    }
    started = None if is_waiting(row["State"]) else values.moment(row["StartTime"])
    known: dict[str, object] = {
        "task": read.task,
        "component": component,
        "name": row["Name"],
        "user": row["UserName"],
        "account": row["Account"],
        "qos": row["QOS"],
        "partition": row["Partition"],
        "started_at": started,
        "nodes": row["NodeList"] if started else None,
        "node_count": values.number(row["NumNodes"]) if started else None,
        "work_dir": row["WorkDir"],
        "stdout": _output(row["STDOUT"], read.task, row["JobID"]),
        "stderr": row["STDERR"] if row["STDERR"] != row["STDOUT"] else None,
    }
    if is_over(row["State"]):
        ended = values.wait_status(row["exit_code"])
        known |= {"ended_at": values.moment(row["EndTime"])}
        known |= {"exit_code": ended.code, "signal": ended.signal or None} if ended else {}
    else:
        known |= {"seen_at": now, "reason": row["Reason"] if row["Reason"] in STUCK else None}
    fact.update({name: value for name, value in known.items() if value not in (None, "")})  # type: ignore[typeddict-item]  # pyright: ignore[reportCallIssue, reportArgumentType]  # the keys of the fact
    return fact


def _output(path: str, task: str | None, raw_id: str) -> str:
    """Where the output goes. Of an array's task that has no pattern of its own squeue (22.05) tells a wrong name."""
    wrong = f"slurm-{raw_id}.out"
    return f"{path.removesuffix(wrong)}slurm-%A_%a.out" if task is not None and path.endswith(f"/{wrong}") else path
