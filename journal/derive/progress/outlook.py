"""When a job will be done, and whether its time limit comes first.

The time still to go is what the log says itself, where that is of the whole run; else what follows from how far the run
came since its log was first read or dates itself; else from how long it runs at all.
"""

import math
from itertools import pairwise
from typing import NamedTuple

from journal.derive.progress.progress import Outlook, Progress, Throughput

_FEWEST_SAMPLES = 3
_LEAST_SPAN_S = 20.0
_STALLED_LEAST_S = 900.0  # evaluations and checkpoints take minutes
_STALLED_TIMES = 10.0  # of the longest wait between two samples
_PREPARING_S = 3600.0  # before its first sign of progress a job may load data for long

_SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "min": 60.0}
_STEPS = frozenset(("it", "iter", "step", "steps", "batch", "batches"))


class Timing(NamedTuple):
    """The times of a try, in seconds since 1970 and in seconds; None where that is not known.

    Attributes:
        now: the time that is asked for.
        started_at: of the try.
        limit_s: its time limit.
        written_at: when its log was last written to.
    """

    now: float
    started_at: float | None = None
    limit_s: float | None = None
    written_at: float | None = None


def outlook(progress: Progress, timing: Timing) -> Outlook:
    """What is to be expected of a try that runs.

    Args:
        progress: how far it is.
        timing: of the try.
    """
    flags = list(progress.flags)
    stalled_s = _stalled(progress, timing)
    if stalled_s is not None:
        flags.append("stalled")
    if progress.done:
        return Outlook(0.0, timing.now, stalled_s=None, flags=tuple(progress.flags))
    rate = _rate(progress, timing)
    age = max(0.0, timing.now - timing.written_at) if timing.written_at is not None else 0.0
    eta_s = _eta(progress, rate, age)
    until_limit = _until_limit(timing)
    hits = until_limit is not None and eta_s is not None and eta_s > until_limit
    step, epoch = _at_limit(progress, rate, until_limit + age) if hits and until_limit is not None else (None, None)
    if hits:
        flags.append("limit")
    ends_at = timing.now + eta_s if eta_s is not None else None
    return Outlook(eta_s, ends_at, step, epoch, stalled_s, tuple(flags))


def _until_limit(timing: Timing) -> float | None:
    if timing.started_at is None or timing.limit_s is None:
        return None
    return max(0.0, timing.started_at + timing.limit_s - timing.now)


def _eta(progress: Progress, rate: float | None, age: float) -> float | None:
    """Seconds still to go from now; `age` is how old the log's last word is."""
    told = progress.eta_s
    if told is not None and (progress.step_scope == "run" or progress.framework in _ETA_OF_THE_RUN):
        return max(0.0, told - age)
    left = _left(progress)
    return max(0.0, left / rate - age) if left is not None and rate else None


_ETA_OF_THE_RUN = frozenset(("mmengine", "paddle"))  # say the run's, beside an epoch's steps


def _left(progress: Progress) -> float | None:
    """How far it has still to go: in steps of the run, or in epochs where steps are those of an epoch."""
    if progress.step_scope == "run" and progress.step is not None:
        return max(0.0, progress.total_steps - progress.step) if progress.total_steps is not None else None
    position = progress_in_epochs(progress)
    if position is None or progress.total_epochs is None:
        return None
    return max(0.0, progress.total_epochs - position)


def progress_in_epochs(progress: Progress) -> float | None:
    """How many epochs are behind: of those counted from 1 the one that is running counts by its steps.

    Nothing says whether a log counts from 0 or from 1: it is taken to count from 1 where it tells of its epochs as
    `3/10`, as most do.
    """
    if progress.epoch is None:
        return None
    if progress.step_scope != "epoch" or progress.step is None or not progress.total_steps:
        return progress.epoch
    within = min(1.0, progress.step / progress.total_steps)
    counts_from_one = progress.total_epochs is not None and progress.epoch >= 1
    return progress.epoch - (1 if counts_from_one else 0) + within


def _rate(progress: Progress, timing: Timing) -> float | None:
    """Steps or epochs a second: of the younger half of what is known, else as the log says, else of the whole try."""
    points = progress.pace
    recent = points[len(points) // 2 :] if len(points) > 2 * _FEWEST_SAMPLES else points
    if len(recent) >= 2:
        span, way = recent[-1][0] - recent[0][0], recent[-1][1] - recent[0][1]
        if span >= _LEAST_SPAN_S and way > 0:
            return way / span
    if (told := _rate_told(progress)) is not None:
        return told
    counts_steps = progress.step_scope == "run" and progress.step is not None
    position = progress.step if counts_steps else progress_in_epochs(progress)
    if timing.started_at is None or not position or timing.now <= timing.started_at:
        return None
    return position / (timing.now - timing.started_at)


def _rate_told(progress: Progress) -> float | None:
    """The rate that the throughput comes to, where it counts steps."""
    speed = progress.throughput
    a_second = steps_a_second(speed) if speed else None
    if a_second is None or progress.step_scope == "run":
        return a_second
    return a_second / progress.total_steps if progress.total_steps else None


def steps_a_second(speed: Throughput) -> float | None:
    """Steps a second of `3.2 it/s`, `311 ms/step`; None of what counts something else."""
    one, _, other = speed.unit.partition("/")
    if not math.isfinite(speed.value) or speed.value <= 0:
        return None
    if one in _STEPS and other == "s":
        return speed.value
    if one in _SECONDS and other in _STEPS:
        return 1 / (speed.value * _SECONDS[one])
    return None


def _at_limit(progress: Progress, rate: float | None, seconds: float) -> tuple[int | None, float | None]:
    """How far it comes in some seconds from the log's last word on: in steps, in epochs."""
    if not rate and progress.eta_s and (left := _left(progress)) is not None:
        rate = left / progress.eta_s
    if not rate:
        return None, None
    if progress.step_scope == "run":
        if progress.step is None:
            return None, None
        reached = progress.step + rate * seconds
        epoch = None
        if progress.epoch is not None and progress.total_steps and progress.total_epochs:
            epoch = progress.total_epochs * reached / progress.total_steps
        return int(reached), epoch
    behind = progress_in_epochs(progress)
    if behind is None or progress.epoch is None:
        return None, None
    end = behind + rate * seconds
    if progress.step is None or not progress.total_steps:
        return None, progress.epoch + (end - behind)
    return int((end - math.floor(end)) * progress.total_steps), progress.epoch + math.floor(end) - math.floor(behind)


def _stalled(progress: Progress, timing: Timing) -> float | None:
    """For how long nothing was written, where that is far longer than it ever took."""
    if timing.written_at is None or progress.done:
        return None
    silent = timing.now - timing.written_at
    waits = [later[0] - earlier[0] for earlier, later in pairwise(progress.pace)]
    usual = max(waits) * _STALLED_TIMES if waits else 0.0
    least = _STALLED_LEAST_S if progress.says_something else _PREPARING_S
    return silent if silent > max(least, min(usual, 6 * least)) else None
