"""A ledger as JSON, and what it comes to as Progress."""

import math
from collections.abc import Mapping
from typing import Any

from journal.derive.progress.ledger import MOST_HISTORY, Ledger
from journal.derive.progress.losses import is_diverging
from journal.derive.progress.pace import MOST, Pace
from journal.derive.progress.progress import Gpu, Progress, Throughput
from journal.derive.progress.series import Series

# Fields whose value is JSON as it is.
_PLAIN = (
    "step", "total_steps", "scope", "epoch", "total_epochs", "eta_s", "done", "framework", "memory", "utilization",
    "role", "bar", "repeats", "announced", "phase",
)  # fmt: skip


def progress_of(ledger: Ledger) -> Progress:
    """What is known of a run, as it is told."""
    flags: list[str] = []
    if ledger.loss is not None and not math.isfinite(ledger.loss[1]):
        flags.append("nan")
    if is_diverging(ledger.history.points):
        flags.append("diverging")
    total = ledger.total_steps
    if total is None and ledger.announced and ledger.scope == "run" and (ledger.step or 0) <= ledger.announced:
        total = ledger.announced
    return Progress(
        step=ledger.step,
        total_steps=total,
        step_scope=ledger.scope,
        epoch=ledger.epoch,
        total_epochs=ledger.total_epochs,
        metrics=dict(ledger.metrics),
        throughput=ledger.throughput,
        eta_s=ledger.eta_s,
        done=ledger.done,
        framework=ledger.framework,
        gpu=Gpu(ledger.memory, ledger.utilization),
        flags=tuple(flags),
        history=ledger.history.points,
        pace=ledger.pace.points,
    )


def ledger_state(ledger: Ledger) -> dict[str, Any]:
    """All that a ledger holds, as JSON; NaN and infinities as words."""
    return {
        **{name: value for name in _PLAIN if (value := getattr(ledger, name)) is not None},
        "metrics": [[name, _told(value)] for name, value in ledger.metrics.items()],
        "throughput": list(ledger.throughput) if ledger.throughput else None,
        "header": list(ledger.header),
        "loss": [ledger.loss[0], _told(ledger.loss[1])] if ledger.loss else None,
        "epoch_lines": list(ledger.epoch_lines),
        "history": ledger.history.state(),
        "pace": [ledger.pace.series.state(), ledger.pace.is_dated, ledger.pace.read_last],
    }


def ledger_from(state: Mapping[str, Any]) -> Ledger:
    """The ledger that `ledger_state` told of.

    Raises:
        KeyError, TypeError, ValueError: it is no such state.
    """
    loss, throughput = state["loss"], state["throughput"]
    now, before = state["epoch_lines"]
    samples, is_dated, read_last = state["pace"]
    return Ledger(
        **{name: state[name] for name in _PLAIN if name in state},
        metrics={str(name): float(value) for name, value in state["metrics"]},
        throughput=Throughput(float(throughput[0]), str(throughput[1])) if throughput else None,
        header=tuple(state["header"]),
        loss=(str(loss[0]), float(loss[1])) if loss else None,
        epoch_lines=(int(now), int(before)),
        history=Series(MOST_HISTORY, *state["history"]),
        pace=Pace(Series(MOST, *samples), bool(is_dated), (read_last[0], read_last[1]) if read_last else None),
    )


def _told(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)
