"""What one line of a log says of progress, before it is put together with what the lines before it said."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from journal.derive.progress.progress import StepScope, Throughput

# What the counter of a line counts, the weightiest first. "work": a bar or counter that does not say what it is for.
Role = Literal["train", "work", "evaluation", "preparation"]
Phase = Literal["train", "evaluation", "preparation"]


class Said(NamedTuple):
    """What one line, or one progress bar in it, says. None, empty or false: it says nothing of that.

    Attributes:
        role: what its counter counts. Metrics and the epoch count whatever the role.
        bar: the name of the progress bar, "" for one without; None where it is no bar.
        step, total_steps, scope: the counter; where `scope` is "epoch" it starts anew with each epoch.
        epoch, total_epochs: as printed.
        metrics: name → value as printed.
        throughput, eta_s: as printed.
        done: the run has reached its end.
        over: the run is over and its counters of steps with it.
        phase: what the lines after this one are about.
        announced: how many steps the run will have.
        header: names of the columns that come.
        memory: bytes of a GPU.
        utilization: percent of a GPU.
        broke: something went wrong; what counts after it may be another run.
        framework: what prints such lines; None where many do.
    """

    role: Role = "train"
    bar: str | None = None
    step: int | None = None
    total_steps: int | None = None
    scope: StepScope = "run"
    epoch: float | None = None
    total_epochs: float | None = None
    metrics: Mapping[str, float] = {}
    throughput: Throughput | None = None
    eta_s: float | None = None
    done: bool = False
    over: bool = False
    phase: Phase | None = None
    announced: int | None = None
    header: tuple[str, ...] = ()
    memory: int | None = None
    utilization: float | None = None
    broke: bool = False
    framework: str | None = None


class Context(NamedTuple):
    """What earlier lines say about how a line is to be read.

    Attributes:
        phase: what the program said that it is about.
        header: the names of the columns.
    """

    phase: Phase | None = None
    header: tuple[str, ...] = ()
