"""How far a run is, in words. Names of metrics are from outside: whoever shows the words makes them harmless."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from journal.derive.amounts import abbreviated, about, duration
from journal.derive.progress.outlook import progress_in_epochs
from journal.derive.progress.progress import Outlook, Progress, StepScope, Throughput

_FAR_AWAY = timedelta(days=6)
_MAIN = ("loss", "train_loss", "train/loss", "training_loss", "total_loss")


def clock(moment: datetime, now: datetime) -> str:
    """`04:10` of today, `Fri 04:10` of the days around it, else `12 Nov`."""
    local = moment.astimezone(now.tzinfo)
    if local.date() == now.date():
        return f"{local:%H:%M}"
    return f"{local:%a %H:%M}" if abs(local - now) < _FAR_AWAY else f"{local:%-d %b}"


def figure(value: float) -> str:
    """`0.0412`, `3e-4`, `12.3`, `NaN`: a metric's value, its first four digits."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    if 1000 <= abs(value) < 1e15:
        return abbreviated(round(value)) if value > 0 else f"{value:,.0f}"
    mantissa, exponent, power = f"{value:.4g}".partition("e")
    return f"{mantissa}e{int(power)}" if exponent else mantissa


def part_done(progress: Progress) -> float | None:
    """How much of the whole run is done, from 0 to 1; None where the log does not say how long it is."""
    if progress.done:
        return 1.0
    of_step = _part(progress.step, progress.total_steps)
    if progress.step_scope == "run" and of_step is not None:
        return of_step
    return _part(progress_in_epochs(progress), progress.total_epochs)


def _part(number: float | None, total: float | None) -> float | None:
    return min(1.0, max(0.0, number / total)) if number is not None and total else None


def main_metric(metrics: Mapping[str, float]) -> tuple[str, float] | None:
    """The metric that stands for the others: the loss, else what was told last."""
    for name in (*_MAIN, *(name for name in metrics if "loss" in name.lower())):
        if name in metrics:
            return name, metrics[name]
    return list(metrics.items())[-1] if metrics else None


def trend(values: Sequence[float]) -> str:
    """`↓`, `↑` or `→`: the last quarter of some values against the one before it; nothing where there are few."""
    quarter = len(values) // 4
    if quarter < 1 or not all(map(math.isfinite, values)):
        return ""
    before, last = (sum(values[-2 * quarter : -quarter]) / quarter, sum(values[-quarter:]) / quarter)
    change = last - before
    if abs(change) <= 0.01 * max(abs(before), abs(last)):
        return "→"
    return "↓" if change < 0 else "↑"


def step_in_words(progress: Progress) -> str:
    """`step 30,500 of 50,000 · epoch 3 of 5`; empty where the log counts nothing."""
    parts: list[str] = []
    if progress.step is not None:
        of = f" of {abbreviated(progress.total_steps)}" if progress.total_steps is not None else ""
        parts.append(f"step {abbreviated(progress.step)}{of}")
    if progress.epoch is not None:
        of = f" of {figure(progress.total_epochs)}" if progress.total_epochs is not None else ""
        parts.append(f"epoch {figure(progress.epoch)}{of}")
    return " · ".join(parts)


def speed_in_words(throughput: Throughput) -> str:
    """`3.1 it/s`, `412k tokens/s`."""
    return f"{figure(throughput.value)} {throughput.unit}"


def alarms_in_words(outlook: Outlook) -> list[str]:
    """What is wrong with a job that runs, the worst first."""
    alarms: list[str] = []
    if "nan" in outlook.flags:
        alarms.append("loss is NaN")
    if "diverging" in outlook.flags:
        alarms.append("loss diverges")
    if "limit" in outlook.flags:
        alarms.append(f"hits its limit{_where(outlook)}")
    if outlook.stalled_s is not None:
        alarms.append(f"silent {about(outlook.stalled_s)}")
    return alarms


def _where(outlook: Outlook) -> str:
    if outlook.will_hit_limit_at_step is not None:
        return f" at step {abbreviated(outlook.will_hit_limit_at_step)}"
    if outlook.will_hit_limit_at_epoch is not None:
        return f" in epoch {figure(outlook.will_hit_limit_at_epoch)}"
    return ""


def end_in_words(ends: datetime, limit: datetime | None, now: datetime) -> tuple[str, str]:
    """`ends Fri 04:10` and the same with ` (limit 09:12)`, whose day is told where it is another one."""
    short = f"ends {clock(ends, now)}"
    if limit is None:
        return short, short
    same_day = ends.astimezone(now.tzinfo).date() == limit.astimezone(now.tzinfo).date()
    told = f"{limit.astimezone(now.tzinfo):%H:%M}" if same_day and abs(limit - now) < _FAR_AWAY else clock(limit, now)
    return short, f"{short} (limit {told})"


def ran_in_words(seconds: float | None, limit_s: float | None) -> str:
    """`40 s`, `12 m of 3 h`: in whole minutes once there are any."""
    if seconds is None:
        return ""
    return duration(seconds if seconds < 60 else seconds // 60 * 60) + (f" of {duration(limit_s)}" if limit_s else "")


def progress_in_words(progress: Progress, expected: Outlook, now: datetime) -> str:
    """`61 % · step 30.5k of 50k · loss 0.0412 ↓ · ends Fri 04:10`: a job that runs; empty where its log tells nothing.

    Args:
        progress: how far it is.
        expected: what is to be expected of it.
        now: the present, in the person's time zone.
    """
    if not progress.says_something:
        return ""
    part, metric = part_done(progress), main_metric(progress.metrics)
    parts = [f"{math.floor(part * 100)} %" if part is not None else "", short_step(progress)]
    if metric is not None:
        course = trend([value for _, value in progress.history]) if _is_loss(metric[0]) else ""
        parts.append(f"{metric[0]} {figure(metric[1])} {course}".rstrip())
    if expected.ends_at is not None and not progress.done and "limit" not in expected.flags:
        parts.append(f"ends {clock(datetime.fromtimestamp(expected.ends_at, now.tzinfo), now)}")
    return " · ".join(filter(None, [*parts, *alarms_in_words(expected)]))


def short_step(progress: Progress) -> str:
    """`step 30.5k of 50k`, `epoch 3 of 5`; empty where the log counts nothing."""
    if progress.step is not None and progress.step_scope == "run":
        return f"step {_short(progress.step)}" + (f" of {_short(progress.total_steps)}" if progress.total_steps else "")
    if progress.epoch is not None:
        return f"epoch {figure(progress.epoch)}" + (
            f" of {figure(progress.total_epochs)}" if progress.total_epochs else ""
        )
    return f"step {_short(progress.step)}" if progress.step is not None else ""


def _short(number: float) -> str:
    """`950`, `9,500`, `30.5k`, `1.9 M`."""
    if 10_000 <= number < 999_500:
        return f"{number / 1000:.3g}k"
    return abbreviated(round(number))


def course_in_words(log: Mapping[str, Any]) -> str:
    """`loss 0.213 → 0.047`, `accuracy 0.91`: what a run came to, by its LogFact; empty where that does not tell."""
    progress: Mapping[str, Any] = log.get("progress") or {}
    told: Mapping[str, float | None] = progress.get("metrics") or {}
    main = main_metric({name: value for name, value in told.items() if value is not None})
    if main is None:
        return ""
    loss: Sequence[Sequence[float]] = log.get("loss") or ()
    first = f"{figure(loss[0][1])} → " if len(loss) > 1 and _is_loss(main[0]) else ""
    return f"{main[0]} {first}{figure(main[1])}"


def reached_in_words(log: Mapping[str, Any]) -> str:
    """`step 20k of 20k · loss 0.213 → 0.047`: how far a run came that is over, by its LogFact."""
    told: Mapping[str, Any] = log.get("progress") or {}
    scope: StepScope = "epoch" if told.get("step_scope") == "epoch" else "run"
    counts = [told.get(name) for name in ("step", "total_steps", "epoch", "total_epochs")]
    came = Progress(counts[0], counts[1], scope, counts[2], counts[3])
    return " · ".join(filter(None, (short_step(came), course_in_words(log))))


def _is_loss(name: str) -> bool:
    return "loss" in name.lower()
