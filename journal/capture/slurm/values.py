"""The ways in which Slurm writes numbers: times, spans, sizes, exit codes, resources. Pure.

Sources: man sacct and man squeue of 22.05 and 24.11, and what these versions print. What cannot be read is None.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from journal import moments

_NO_TIME = frozenset({"", "0", "Unknown", "None", "N/A", "NONE"})
_SPAN = re.compile(r"(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+)(\.\d+)?")
_SIZE = re.compile(r"([\d.]+)([KMGTPE]?)([nc]?)")
_POWERS = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6}


remembered = lru_cache(4096)  # ten thousand jobs have much in common


class ExitCode(NamedTuple):
    """How a process ended: `code:signal`."""

    code: int
    signal: int


class JobId(NamedTuple):
    """What `JobID` says: 12, 12_7, 12_[3-9%2], 12+1, and with a step 12.batch, 12_7.0.

    Attributes:
        job: the number that sbatch printed.
        task: of an array, or the tasks that still wait together: "7", "3-9%2".
        component: of a heterogeneous job.
        step: "batch", "extern", "0"; None for the job itself.
    """

    job: str
    task: str | None
    component: int | None
    step: str | None


_JOB_ID = re.compile(r"(\d+)(?:_(?:(\d+)|\[([^\]]*)\]))?(?:\+(\d+))?(?:\.(.+))?")


def job_id(text: str) -> JobId | None:
    """Reads a job's or a step's number."""
    found = _JOB_ID.fullmatch(text)
    if not found:
        return None
    return JobId(found[1], found[2] or found[3], int(found[4]) if found[4] else None, found[5])


@remembered
def moment(text: str) -> str | None:
    """Seconds since 1970 (SLURM_TIME_FORMAT=%s) in stored form."""
    return None if text in _NO_TIME or not text.isdecimal() or len(text) > 11 else moments.from_epoch(int(text))


@remembered
def span(text: str) -> float | None:
    """`[days-[hours:]]minutes:seconds[.milliseconds]` in seconds."""
    found = _SPAN.fullmatch(text)
    if not found:
        return None
    days, hours, minutes, seconds = map(int, found.groups("0")[:4])
    return days * 86400 + hours * 3600 + minutes * 60 + seconds + float(found[5] or 0)


@remembered
def size(text: str, *, nodes: int = 1, cpus: int = 1) -> int | None:
    """`128M`, `4Gn` (on each node) or `2Gc` (for each CPU; both until 21.08) in bytes for the whole job."""
    found = _SIZE.fullmatch(text)
    if not found:
        return None
    try:
        one = float(found[1]) * 1024 ** _POWERS[found[2]]
    except (ValueError, OverflowError):
        return None
    times = {"n": nodes, "c": cpus}.get(found[3], 1)
    return int(one * times)


@remembered
def number(text: str) -> int | None:
    """A whole number that is not negative."""
    return int(text) if text.isdecimal() and len(text) < 19 else None


@remembered
def exit_code(text: str) -> ExitCode | None:
    """`3:0`, `0:9`."""
    code, _, signal = text.partition(":")
    return ExitCode(int(code), int(signal)) if code.isdecimal() and signal.isdecimal() else None


def wait_status(text: str) -> ExitCode | None:
    """What wait(2) gives, as squeue prints it: 1792 is exit code 7, 9 is signal 9."""
    status = number(text)
    return None if status is None else ExitCode(status >> 8 & 0xFF, status & 0x7F)


@remembered
def resources(text: str) -> Mapping[str, str]:
    """`cpu=2,gres/gpu=1,mem=256M` by name."""
    return MappingProxyType(dict(part.split("=", 1) for part in text.split(",") if "=" in part))


def gpu_count(trackable: Mapping[str, str]) -> int | None:
    """GPUs among resources: all of them, or those of each model added up."""
    if "gres/gpu" in trackable:
        return number(trackable["gres/gpu"])
    models = [number(count) for name, count in trackable.items() if name.startswith("gres/gpu:")]
    return sum(count for count in models if count) if models else None
