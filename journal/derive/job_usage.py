"""What a job used: time, processors, memory, GPUs and energy, all its tries together, failed ones included.

What cannot be true is not told: clocks of nodes differ, and sites' energy counters are known to overflow.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from journal.derive.job_outcome import Attempt, never_started
from journal.moments import to_datetime

# The hungriest nodes there are (eight H100 and two processors) are built for 10.2 kW at most.
MOST_WATTS_A_NODE = 12_000
_MOST_EFFICIENT = 2.0  # hardware threads counted one way and cores the other


class Usage(NamedTuple):
    """What a job used; None where it is not known.

    Attributes:
        elapsed_s: how long at least one of its tries ran. Tasks side by side count once, a requeue's wait not at all.
        gpu_hours: GPUs × hours of every try.
        cpu_efficiency: processor time used, of the time that its processors were held.
        memory_efficiency: the most memory that one task of a step held, of what was asked for. Over 1 without a limit.
        max_rss: that memory in bytes.
        memory: what was asked for, in bytes, by the try that came nearest to it.
        wait_s: from when it was submitted, or could first have run, to its first start.
        energy_j: joules, where every try that ran tells a possible number.
    """

    elapsed_s: int | None = None
    gpu_hours: float | None = None
    cpu_efficiency: float | None = None
    memory_efficiency: float | None = None
    max_rss: int | None = None
    memory: int | None = None
    wait_s: int | None = None
    energy_j: int | None = None


def job_usage(attempts: Iterable[Attempt], now: datetime | None = None) -> Usage:
    """What all tries of a job used.

    Args:
        attempts: all tries of all tasks and components, in any order.
        now: up to when those that still run are counted; None leaves them out.
    """
    every = [(attempt, _span(attempt, now)) for attempt in attempts]
    ran = [(attempt, seconds) for attempt, (_, seconds) in every if seconds is not None]
    gpus = [attempt["gpus"] * seconds for attempt, seconds in ran if attempt.get("gpus")]
    memory_efficiency, max_rss, memory = _memory(attempt for attempt, _ in every)
    return Usage(
        elapsed_s=_union(span for _, span in every),
        gpu_hours=sum(gpus) / 3600 if gpus else None,
        cpu_efficiency=_cpu_efficiency(ran),
        memory_efficiency=memory_efficiency,
        max_rss=max_rss,
        memory=memory,
        wait_s=_wait(attempt for attempt, _ in every),
        energy_j=_energy(ran),
    )


def _span(attempt: Attempt, now: datetime | None) -> tuple[float | None, int | None]:
    """When a try started (seconds since 1970) and how many seconds it ran."""
    start = _seconds(attempt.get("started_at"))
    elapsed = attempt.get("elapsed_s")
    if elapsed is None and start is not None:
        end = _seconds(attempt.get("ended_at"))
        if end is None and now is not None:
            end = now.timestamp()
        elapsed = int(end - start) if end is not None else None
    return start, elapsed if elapsed is not None and elapsed >= 0 else None


def _seconds(stored: str | None) -> float | None:
    return to_datetime(stored).timestamp() if stored else None


def _union(spans: Iterable[tuple[float | None, int | None]]) -> int | None:
    """The seconds that are in at least one of some spans; those without a start stand for themselves."""
    total, reached, any_known = 0.0, float("-inf"), False
    for start, seconds in sorted(spans, key=lambda span: (span[0] is None, span[0] or 0.0, span[1] or 0)):
        if seconds is None:
            continue
        any_known = True
        if start is None:
            total += seconds
            continue
        end = start + seconds
        total += max(0.0, end - max(start, reached))
        reached = max(reached, end)
    return round(total) if any_known else None


def _cpu_efficiency(ran: Iterable[tuple[Attempt, int]]) -> float | None:
    used = held = 0.0
    for attempt, seconds in ran:
        cpu, cpus = attempt.get("cpu_s"), attempt.get("cpus")
        if cpu is not None and cpus and seconds:
            used += cpu
            held += cpus * seconds
    efficiency = used / held if held else None
    return efficiency if efficiency is not None and 0 <= efficiency <= _MOST_EFFICIENT else None


def _memory(attempts: Iterable[Attempt]) -> tuple[float | None, int | None, int | None]:
    """Of the try that came nearest to what it had asked for: the part, the most held, what was asked for.

    Not known where a try was killed for memory: it is sampled every half minute, and the peak came in between.
    """
    best: tuple[float | None, int | None, int | None] = (None, None, None)
    for attempt in attempts:
        if _killed_for_memory(attempt):
            return (None, None, None)
        most = max((step["max_rss"] for step in attempt.get("steps") or () if step.get("max_rss")), default=None)
        asked = attempt.get("memory") or None
        part = most / asked if most and asked else None
        best = max(best, (part, most, asked), key=lambda each: tuple(-1 if value is None else value for value in each))
    return best


def _killed_for_memory(attempt: Attempt) -> bool:
    return any(told.get("state") == "OUT_OF_MEMORY" for told in (attempt, *(attempt.get("steps") or ())))


def _wait(attempts: Iterable[Attempt]) -> int | None:
    started = [attempt for attempt in attempts if not never_started(attempt)]
    first = min(started, key=lambda attempt: (attempt["started_at"], attempt.get("submitted_at") or ""), default=None)
    could_run = (first.get("eligible_at") or first.get("submitted_at")) if first is not None else None
    if first is None or could_run is None:
        return None
    seconds = (to_datetime(first["started_at"]) - to_datetime(could_run)).total_seconds()
    return int(seconds) if seconds >= 0 else None


def _energy(ran: Iterable[tuple[Attempt, int]]) -> int | None:
    total = 0
    for attempt, seconds in ran:
        if not seconds:
            continue
        joules = attempt.get("energy_j")
        if not joules or not 0 < joules <= MOST_WATTS_A_NODE * (attempt.get("node_count") or 1) * seconds:
            return None
        total += joules
    return total or None
