"""The state of a run, put together from what its lines say one after the other.

Several counters stand in one log: the epoch's bar, that of an evaluation within it, files that are loaded, and the
trainer's own lines. The rules:

- Training outranks what does not say what it counts, that outranks evaluation, and that what is prepared.
- Of two bars of one rank the first is the run's until it is full: what moves meanwhile is inside of it.
- A full bar of the run is its end; a full bar of an evaluation, an epoch, a file, or one that begins again, is not.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from journal.derive.progress.losses import loss_in
from journal.derive.progress.progress import StepScope, Throughput
from journal.derive.progress.said import Context, Phase, Role, Said
from journal.derive.progress.series import Series
from journal.derive.progress.vocabulary import meaning

MOST_HISTORY = 60
MOST_PACE = 24
MOST_METRICS = 2000  # bytes of JSON
_METRIC_SIZE = 27  # bytes of a value, and of what stands around it and its name

_WEIGHT: Mapping[Role, int] = {"preparation": 1, "evaluation": 2, "work": 3, "train": 4}
_ANOTHER_RUN = 0.5  # a counter that falls below this part of what it was counts another run


@dataclass
class Ledger:
    """What is known so far. The fields are those of Progress, and what is needed to read on.

    Attributes:
        role: of the counter that `step` is from; None where none is, or where another one may take its place.
        epoch: a float where the log counts in fractions of it.
        bar: the name of the bar that it is from; None where it is from a line.
        repeats: that bar began again after it was full: it counts within something.
        announced: how many steps the run will have, as the program said.
        phase, header: as in Context.
        loss: the name and the last value of the main loss.
        epoch_lines: how many lines without a step told of this epoch, and of the one before.
        is_dated: the log says itself when its lines were written.
        read_last: when the log was read last, and how far the run was; it is not in `pace` yet.
    """

    step: int | None = None
    total_steps: int | None = None
    scope: StepScope = "run"
    epoch: float | None = None
    total_epochs: float | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    throughput: Throughput | None = None
    eta_s: float | None = None
    done: bool = False
    framework: str | None = None
    memory: int | None = None
    utilization: float | None = None
    role: Role | None = None
    bar: str | None = None
    repeats: bool = False
    announced: int | None = None
    phase: Phase | None = None
    header: tuple[str, ...] = ()
    loss: tuple[str, float] | None = None
    epoch_lines: tuple[int, int] = (0, 0)
    is_dated: bool = False
    read_last: tuple[float, float] | None = None
    history: Series = field(default_factory=lambda: Series(MOST_HISTORY))
    pace: Series = field(default_factory=lambda: Series(MOST_PACE))

    @property
    def context(self) -> Context:
        """How the next line is to be read."""
        return Context(self.phase, self.header)

    @property
    def position(self) -> float | None:
        """How far the run is: in epochs where its steps are those of an epoch, else in steps."""
        if self.scope == "run" and self.step is not None:
            return self.step
        if self.epoch is None:
            return None
        within = self.step / self.total_steps if self.scope == "epoch" and self.step and self.total_steps else 0.0
        return self.epoch + min(within, 1.0)

    def enter(self, said: Said, at: float | None) -> None:
        """Takes in what one more line says.

        Args:
            said: what it says.
            at: when it was written, by its own date.
        """
        if said.broke:
            self.role = None
        self._circumstances(said)
        if self.role == "work" and self.bar == "" and said.framework == "hf-trainer" and said.epoch is not None:
            self.role = "train"  # its bars have no name
        before = (self.step, self.epoch)
        counts = said.step is not None and self._is_of_the_run(said)
        if counts:
            self._count(said)
        if counts or said.bar is None or said.step is None:
            self._besides_the_counter(said, counts=counts)
        self._end(said, counts=counts, before=before)
        if at is not None and (counts or said.epoch is not None):
            self._dated(at)

    def _dated(self, at: float) -> None:
        """Notes how far the run is at a time that the log says."""
        self.read_last = None
        if not self.is_dated:
            self.pace.clear()
            self.is_dated = True
        if self.position is not None and self.role not in ("evaluation", "preparation"):
            self._pace(at, self.position)

    def read_at(self, at: float, position: float) -> None:
        """Notes how far the run was when its log was read, where the log does not say itself."""
        if self.read_last is not None and self.read_last[0] != at:
            self._pace(*self.read_last)
        self.read_last = (at, position)

    def _pace(self, at: float, position: float) -> None:
        points = self.pace.points
        if points and at < points[-1][0]:
            return
        if points and position < points[-1][1] * _ANOTHER_RUN:
            self.pace.clear()
        self.pace.add(at, position)

    def _circumstances(self, said: Said) -> None:
        self.phase = said.phase or self.phase
        self.header = said.header or self.header
        self.framework = said.framework or self.framework
        self.announced = said.announced or self.announced
        self.memory = said.memory or self.memory
        if said.utilization is not None:
            self.utilization = said.utilization

    def _is_of_the_run(self, said: Said) -> bool:
        """Whether the counter of a line is that of the run, and not one inside of it or less than it."""
        if self.role is None:
            return True
        new, old = _WEIGHT[said.role], _WEIGHT[self.role]
        if said.bar is not None and said.bar == self.bar and said.total_steps == self.total_steps:
            return True
        if said.bar == "" == self.bar and said.scope == "epoch" == self.scope and said.epoch is None:
            return self.step != self.total_steps  # Keras says when an epoch begins: another full bar is an evaluation
        if said.bar == "" and self.bar is None and self._goes_with(said):
            return True
        if new != old:
            return new > old
        if said.bar is None:
            return self.bar is None or said.total_steps is not None or self.scope == said.scope
        if self.bar is None or _same_name(said.bar, self.bar) and said.bar:
            return True
        inside = said.role in ("work", "train") and self.total_steps is not None and self.step != self.total_steps
        return not inside or (said.role == "train" and said.scope == "epoch")

    def _goes_with(self, said: Said) -> bool:
        """Whether a bar without a name may count the steps that lines tell of without their total."""
        return self.total_steps is None and self.scope == "run" and (said.step or 0) >= (self.step or 0) > 0

    def _tells_of_the_bar(self, said: Said) -> bool:
        """Whether a line names the step that the run's bar counts too."""
        if said.bar is not None or said.total_steps is not None or self.bar is None or self.total_steps is None:
            return False
        within = (said.step or 0) <= self.total_steps
        return within and self.scope == said.scope == "run" and (self.bar == "" or self.role == "train")

    def _count(self, said: Said) -> None:
        assert said.step is not None
        if self._tells_of_the_bar(said):
            self.step, self.role = max(self.step or 0, said.step), "train"
            self.throughput = said.throughput or self.throughput
            return
        same = self.role is not None and (said.bar is None) == (self.bar is None)
        same = same and (said.bar is None or _same_name(said.bar, self.bar or ""))
        if said.bar is not None:
            self.repeats = same and (self.repeats or (self.total_steps == said.total_steps and said.step < (self.step or 0)))
        keeps_total = said.total_steps is None and said.bar is None and self.scope == said.scope
        if not (keeps_total and self.total_steps is not None and said.step <= self.total_steps):
            self.total_steps = said.total_steps
        self.eta_s = said.eta_s if said.bar is not None or not same or said.eta_s is not None else self.eta_s
        if said.throughput is not None or (not same and self.role is not None):
            self.throughput = said.throughput
        self.step, self.scope, self.bar = said.step, self._scope_of(said), said.bar if said.bar is not None else None
        if said.bar is None and said.total_steps is None and self.total_steps is not None and same is False:
            self.bar = None
        of_trainer = self.role == "train" or (self.done and self.framework == "hf-trainer")  # its bars have no name
        self.role = "train" if said.bar == "" and said.role == "work" and of_trainer else said.role

    def _scope_of(self, said: Said) -> StepScope:
        """A training's bar counts within the epoch where lines tell of epochs."""
        if said.scope == "epoch":
            return "epoch"
        if said.bar is None or not isinstance(self.epoch, int):
            return "run"
        counts_epochs = said.step is not None and abs(said.step - self.epoch) <= 1
        within = (said.role == "train" or said.bar == "") and self.epoch_lines[0] and not counts_epochs
        return "epoch" if within or self.repeats else "run"

    def _besides_the_counter(self, said: Said, *, counts: bool) -> None:
        """The epoch, metrics and speed that a line tells of."""
        if said.epoch is not None:
            self._epoch(said)
        if said.total_epochs is not None:
            self.total_epochs = said.total_epochs
        for name, value in said.metrics.items():
            self.metrics.pop(name, None)  # what was heard last stands last
            self.metrics[name] = value
        while sum(len(name) * (1 if name.isascii() else 6) + _METRIC_SIZE for name in self.metrics) > MOST_METRICS:
            del self.metrics[next(iter(self.metrics))]
        if said.bar is None and not counts and said.role != "evaluation" and said.throughput is not None:
            if said.epoch is not None or said.step is not None or not said.throughput.unit.endswith("B/s"):
                self.throughput = said.throughput
        if said.bar is not None and said.step is None and said.epoch is not None and self.step is None:  # counts epochs
            self.throughput, self.eta_s = said.throughput, said.eta_s
        if said.bar is None and said.eta_s is not None and said.role != "evaluation":
            self.eta_s = said.eta_s
        if said.role in ("train", "work") and said.metrics:
            self._loss(said)

    def _epoch(self, said: Said) -> None:
        assert said.epoch is not None
        if said.step is None and said.bar is not None:
            self.epoch_lines = (max(1, self.epoch_lines[0]), self.epoch_lines[1])
        if said.step is None and said.bar is None and isinstance(said.epoch, int):
            if said.role == "train" and (self.role == "preparation" or (self.role == "work" and self.bar is None)):
                self.step = self.total_steps = self.throughput = self.eta_s = self.role = None
            now, last = self.epoch_lines
            self.epoch_lines = (now + 1, last) if said.epoch == self.epoch else (1, now)
            if self.bar and self.role == "train" and isinstance(said.epoch, int):
                self.done = self.done and self.scope == "epoch"
                self.scope = "epoch"
            begins = said.epoch != self.epoch and not (said.metrics or said.throughput or said.done)
            if begins and self.scope == "epoch" and self.total_steps is not None and self.step == self.total_steps:
                self.step, self.eta_s = 0, None
        if self.total_epochs is not None and said.total_epochs is None and said.epoch > self.total_epochs:
            self.total_epochs = None
        self.epoch = said.epoch

    def _loss(self, said: Said) -> None:
        found = loss_in(said.metrics, self.loss[0] if self.loss else None)
        if found is None:
            if said.bar == "" or said.step is not None:
                return
            return
        name, value = found
        if self.loss and self.loss[0] != name:
            self.history.clear()
        self.loss = (name, value)
        position = self.position
        if position is None or not math.isfinite(value):
            return
        points = self.history.points
        if points and position < points[-1][0] * _ANOTHER_RUN:
            self.history.clear()
        self.history.add(position, value)

    def _end(self, said: Said, *, counts: bool, before: tuple[int | None, float | None]) -> None:
        """Whether the run has reached its end, or begins another time."""
        if said.over:
            self.step = self.total_steps = self.throughput = self.eta_s = None
            self.scope, self.role, self.bar = "run", "train", None
        if said.done:
            self.done = True
        elif counts or (said.epoch is not None and said.bar is None and said.role == "train"):
            same = self.step == before[0] and before[1] in (None, self.epoch)
            self.done = self._is_complete(said, counts=counts) or (self.done and same)

    def _is_complete(self, said: Said, *, counts: bool) -> bool:
        if not counts:
            return self._last_epoch_is_told(said)
        full = self.total_steps is not None and self.step is not None and self.step >= self.total_steps > 0
        if self.role not in ("train", "work") or self.repeats and self.scope == "run":
            return False
        if self.scope == "epoch":
            said_apart = said.epoch is None or said.bar is None
            return full and said_apart and self.total_epochs is not None and self.epoch == self.total_epochs >= 1
        if said.bar is None:
            ends = said.eta_s == 0 and said.epoch is None
            return self.role == "train" and (full or ends)
        epochs_left = self.total_epochs is not None and self.epoch is not None and self.epoch < self.total_epochs
        return full and (self.role == "train" or said.bar == "") and not (epochs_left and self.epoch_lines[0])

    def _last_epoch_is_told(self, said: Said) -> bool:
        """Whether a line sums up the last epoch: the only line of its epoch, with a result."""
        has_result = any(meaning(name).kind == "metric" for name in said.metrics)
        last = self.total_epochs is not None and self.epoch == self.total_epochs >= 1
        return last and has_result and self.epoch_lines[0] == 1 and self.epoch_lines[1] <= 1


def _same_name(one: str, other: str) -> bool:
    """Whether two bars' names differ in nothing but numbers."""
    return one.strip("0123456789") == other.strip("0123456789") or _without_digits(one) == _without_digits(other)


def _without_digits(name: str) -> str:
    return "".join(letter for letter in name if letter.isalpha())
