"""A ledger as JSON, and what it comes to as Progress."""

import math
from collections.abc import Mapping
from typing import Any

from journal.derive.progress.ledger import MOST_HISTORY, MOST_PACE, Ledger
from journal.derive.progress.losses import is_diverging
from journal.derive.progress.progress import Gpu, Progress, Throughput
from journal.derive.progress.series import Series

# Fields whose value is JSON as it is.
_PLAIN = (
    "step", "total_steps", "scope", "epoch", "total_epochs", "eta_s", "done", "framework", "memory", "utilization", "role",
    "bar", "repeats", "announced", "phase", "is_dated",
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
        pace=(*ledger.pace.points, *([ledger.read_last] if ledger.read_last else [])),
    )


def ledger_state(ledger: Ledger) -> dict[str, Any]:
    """All that a ledger holds, as JSON; NaN and infinities as words."""
    return {
        **{name: value for name in _PLAIN if (value := getattr(ledger, name)) not in (None, False)},
        "metrics": [[name, _told(value)] for name, value in ledger.metrics.items()],
        "throughput": list(ledger.throughput) if ledger.throughput else None,
        "header": list(ledger.header),
        "loss": [ledger.loss[0], _told(ledger.loss[1])] if ledger.loss else None,
        "epoch_lines": list(ledger.epoch_lines),
        "read_last": list(ledger.read_last) if ledger.read_last else None,
        "history": ledger.history.state(),
        "pace": ledger.pace.state(),
    }


def ledger_from(state: Mapping[str, Any]) -> Ledger:
    """The ledger that `ledger_state` told of.

    Raises:
        KeyError, TypeError, ValueError: it is no such state.
    """
    loss, throughput, read_last = state["loss"], state["throughput"], state["read_last"]
    now, before = state["epoch_lines"]
    return Ledger(
        **{name: state[name] for name in _PLAIN if name in state},
        metrics={str(name): float(value) for name, value in state["metrics"]},
        throughput=Throughput(float(throughput[0]), str(throughput[1])) if throughput else None,
        header=tuple(state["header"]),
        loss=(str(loss[0]), float(loss[1])) if loss else None,
        epoch_lines=(int(now), int(before)),
        read_last=(read_last[0], read_last[1]) if read_last else None,
        history=Series(MOST_HISTORY, *state["history"]),
        pace=Series(MOST_PACE, *state["pace"]),
    )


def _told(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)
