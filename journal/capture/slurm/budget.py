"""How often Slurm may be asked: a purse of calls that fills slowly, and patience with what does not answer. Pure.

The man page forbids sacct in loops; a site that limits calls (`rl_enable`) makes the person's own sbatch wait for
ours. A real site's limit: 40 calls at once, 4 a minute. We stay at half of it.
"""

from typing import NamedTuple

CAPACITY = 20.0
_SECONDS_WITH_OPEN_JOBS = 30.0
_SECONDS_WITHOUT = 300.0
_FIRST_PAUSE = 60.0
_LONGEST_PAUSE = 1800.0


class Purse(NamedTuple):
    """What was spent, kept between captures.

    Attributes:
        calls: that may still be made at once.
        at: when that was so, seconds since 1970.
        asked_at: when Slurm was last asked for jobs, seconds since 1970; 0 for never.
        day: the day that is counted, as UTC says.
        made: calls made on that day.
    """

    calls: float = CAPACITY
    at: float = 0.0
    asked_at: float = 0.0
    day: str = ""
    made: int = 0


class Patience(NamedTuple):
    """With one of Slurm's daemons: how often in a row it failed to answer, and when last (seconds since 1970)."""

    failures: int = 0
    failed_at: float = 0.0


def filled(purse: Purse, now: float, per_minute: float) -> Purse:
    """The purse as it is now; a clock that was set back fills nothing."""
    gained = max(0.0, now - purse.at) / 60 * per_minute
    return purse._replace(calls=min(CAPACITY, purse.calls + gained), at=now)


def spent(purse: Purse, count: int, day: str) -> Purse:
    """The purse after some calls."""
    made = count + (purse.made if purse.day == day else 0)
    return purse._replace(calls=max(0.0, purse.calls - count), day=day, made=made)


def is_due(purse: Purse, now: float, *, open_jobs: bool, asked_for: bool) -> bool:
    """Whether Slurm is to be asked for jobs now.

    Args:
        purse: already filled.
        now: seconds since 1970.
        open_jobs: there are jobs that are not over.
        asked_for: a person waits for the answer, or a job was submitted just now.
    """
    if purse.calls < 1 or asked_for:
        return purse.calls >= 1
    pause = _SECONDS_WITH_OPEN_JOBS if open_jobs else _SECONDS_WITHOUT
    return not 0 <= now - purse.asked_at < pause


def failed(patience: Patience, now: float) -> Patience:
    """After one more failure."""
    return Patience(patience.failures + 1, now)


def may_try(patience: Patience, now: float) -> bool:
    """Whether what failed is to be tried again: after a minute, then after twice as long each time, at most half an
    hour."""
    pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(patience.failures - 1, 8)) if patience.failures else 0.0
    return not 0 <= now - patience.failed_at < pause
