"""How far a job is, as its log says: the shapes that `ProgressReader` fills, and their JSON form."""

import math
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

StepScope = Literal["run", "epoch"]


class Throughput(NamedTuple):
    """How fast it goes: `value` and `unit` as the log counts (`it/s`, `s/it`, `tokens/s`, `ms/iter`, `MB/s`)."""

    value: float
    unit: str


class Gpu(NamedTuple):
    """What the log says of the GPUs, the most of them where it tells of several; None where it says nothing.

    Attributes:
        memory: bytes in use at the most.
        utilization: percent.
    """

    memory: int | None = None
    utilization: float | None = None


class Progress(NamedTuple):
    """The last state that a log tells of. What it does not say is None.

    Attributes:
        step, total_steps: of the run, or of the epoch where `step_scope` is "epoch". Bytes where files are loaded.
        epoch: as the log counts, from 0 or from 1; a fraction where it says so (`'epoch': 1.52`).
        total_epochs: as the log says it.
        metrics: name → value as printed (a percentage stays one), the longest unheard first. Values may be NaN or
            infinite.
        throughput: as the log says it.
        eta_s: seconds still to go, as the log says it; of the epoch where `step_scope` is "epoch".
        done: the log says that the run reached its end.
        framework: what printed it, None where only the general rules knew it.
        gpu: memory and utilization.
        flags: "nan" (the loss is no number), "diverging" (it rises far over what it was).
        history: (step, value) of the main loss, oldest first; at most 60, thinned.
        pace: (seconds since 1970, how far in steps or, where `step_scope` is "epoch", in epochs) as the log was read
            or as it dates itself, oldest first; at most 32, thinned.
    """

    step: int | None = None
    total_steps: int | None = None
    step_scope: StepScope = "run"
    epoch: float | None = None
    total_epochs: float | None = None
    metrics: Mapping[str, float] = {}
    throughput: Throughput | None = None
    eta_s: float | None = None
    done: bool = False
    framework: str | None = None
    gpu: Gpu = Gpu()
    flags: tuple[str, ...] = ()
    history: tuple[tuple[float, float], ...] = ()
    pace: tuple[tuple[float, float], ...] = ()

    @property
    def says_something(self) -> bool:
        """Whether the log told of any progress at all."""
        return self.done or self.step is not None or self.epoch is not None or bool(self.metrics)


class Outlook(NamedTuple):
    """What is to be expected of a job that runs.

    Attributes:
        eta_s: seconds still to go for the whole run, counted from `now`; None where it cannot be told.
        ends_at: when that will be, in seconds since 1970.
        will_hit_limit_at_step: how far it will come before its time limit ends it, in steps of the run or of the
            epoch in which it ends; None where it will be done before, or where neither can be told.
        will_hit_limit_at_epoch: the same in epochs as the log counts them, where it tells of those.
        stalled_s: for how long nothing was written, where that is far longer than it ever took; else None.
        flags: those of the progress, and "stalled", "limit" (it will hit its limit).
    """

    eta_s: float | None = None
    ends_at: float | None = None
    will_hit_limit_at_step: int | None = None
    will_hit_limit_at_epoch: float | None = None
    stalled_s: float | None = None
    flags: tuple[str, ...] = ()


def progress_json(progress: Progress, outlook: Outlook | None = None) -> dict[str, Any]:
    """Progress as `journal diagnose --json` and the store hold it; NaN and infinite values become null.

    Args:
        progress: how far it is.
        outlook: what is to be expected, for a job that runs.
    """
    speed = progress.throughput
    told: dict[str, Any] = {
        "step": progress.step,
        "total_steps": progress.total_steps,
        "step_scope": progress.step_scope,
        "epoch": progress.epoch,
        "total_epochs": progress.total_epochs,
        "metrics": {name: _finite(value) for name, value in progress.metrics.items()},
        "throughput": {"value": speed.value, "unit": speed.unit} if speed else None,
        "eta_s": progress.eta_s,
        "done": progress.done,
        "framework": progress.framework,
        "gpu_memory": progress.gpu.memory,
        "gpu_utilization": progress.gpu.utilization,
        "flags": list(progress.flags),
        "history": [[step, value] for step, value in progress.history],
    }
    if outlook is not None:
        told["outlook"] = outlook._asdict() | {"flags": list(outlook.flags)}
    return told


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
