"""The state of a run, put together from what its lines say one after the other.

Several counters stand in one log: the epoch's bar, that of an evaluation within it, files that are loaded, and the
trainer's own lines; `journal.derive.progress.counter` tells which is the run's. A full bar of the run is its end; that
of an evaluation, an epoch, a file, or one that begins again, is not.
"""

import math
from dataclasses import dataclass, field, replace

from journal.derive.progress.counter import Counter
from journal.derive.progress.losses import loss_in
from journal.derive.progress.pace import ANOTHER_RUN, Pace
from journal.derive.progress.progress import StepScope, Throughput
from journal.derive.progress.said import Context, Phase, Role, Said
from journal.derive.progress.series import Series
from journal.derive.progress.vocabulary import meaning

MOST_HISTORY = 60
MOST_METRICS = 2000  # bytes of JSON
_METRIC_SIZE = 27  # bytes of a value, and of what stands around it and its name


@dataclass
class Ledger:
    """What is known so far. The fields are those of Progress, and what is needed to read on.

    Attributes:
        epoch: a float where the log counts in fractions of it.
        role, bar: as in Counter.
        repeats: the bar began again after it was full: it counts within something.
        announced: how many steps the run will have, as the program said.
        phase, header: as in Context.
        loss: the name and the last value of the main loss.
        epoch_lines: how many lines without a step told of this epoch, and of the one before.
    """

    step: int | None = None
    total_steps: int | None = None
    scope: StepScope = "run"
    epoch: float | None = None
    total_epochs: float | None = None
    metrics: dict[str, float] = field(default_factory=dict[str, float])
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
    history: Series = field(default_factory=lambda: Series(MOST_HISTORY))
    pace: Pace = field(default_factory=Pace)

    @property
    def context(self) -> Context:
        """How the next line is to be read."""
        return Context(self.phase, self.header)

    @property
    def counter(self) -> Counter:
        """The counter that the step is from."""
        return Counter(self.role, self.bar, self.step, self.total_steps, self.scope)

    @property
    def position(self) -> float | None:
        """How far the run is: in epochs where its steps are those of an epoch, else in steps.

        None where it is not known, or where what is known is of an evaluation or of what is prepared.
        """
        if self.role in ("evaluation", "preparation"):
            return None
        if self.scope == "run" and self.step is not None:
            return self.step
        if self.epoch is None:
            return None
        within = self.step / self.total_steps if self.scope == "epoch" and self.step and self.total_steps else 0.0
        return self.epoch + min(within, 1.0)

    def copy(self) -> "Ledger":
        """Another ledger that holds the same."""
        return replace(self, metrics=dict(self.metrics), history=self.history.copy(), pace=self.pace.copy())

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
        counts = said.step is not None and self.counter.gives_way_to(said)
        if counts and said.step is not None:
            self._count(said, said.step)
        if counts or said.bar is None or said.step is None:
            self._besides_the_counter(said, counts=counts)
        self._end(said, counts=counts, before=before)
        if at is not None and (counts or said.epoch is not None):
            self.pace.dated(at, self.position)

    def _circumstances(self, said: Said) -> None:
        self.phase = said.phase or self.phase
        self.header = said.header or self.header
        self.framework = said.framework or self.framework
        self.announced = said.announced or self.announced
        self.memory = said.memory or self.memory
        if said.utilization is not None:
            self.utilization = said.utilization

    def _count(self, said: Said, step: int) -> None:
        """Takes over the counter of a line."""
        if self.counter.tells_of_the_bar(said):
            self.step, self.role = max(self.step or 0, step), "train"
            self.throughput = said.throughput or self.throughput
            return
        same = self.counter.is_same(said)
        if said.bar is not None:
            begins_again = self.total_steps == said.total_steps and step < (self.step or 0)
            self.repeats = same and (self.repeats or begins_again)
        keeps_total = said.total_steps is None and said.bar is None and self.scope == said.scope
        if not (keeps_total and self.total_steps is not None and step <= self.total_steps):
            self.total_steps = said.total_steps
        if said.bar is not None or not same or said.eta_s is not None:
            self.eta_s = said.eta_s
        begins = said.bar is not None and step == 0
        if said.throughput is not None or begins or (not same and self.role is not None):
            self.throughput = said.throughput
        self.step, self.scope, self.bar = step, self._scope_of(said), said.bar
        of_trainer = self.role == "train" or (self.done and self.framework == "hf-trainer")
        self.role = "train" if said.bar == "" and said.role == "work" and of_trainer else said.role

    def _scope_of(self, said: Said) -> StepScope:
        """A bar of a training counts within the epoch where lines tell of epochs."""
        if said.scope == "epoch":
            return "epoch"
        if said.bar is None or not _is_whole(self.epoch):
            return "run"
        counts_epochs = said.step is not None and self.epoch is not None and abs(said.step - self.epoch) <= 1
        within = (said.role == "train" or said.bar == "") and self.epoch_lines[0] and not counts_epochs
        return "epoch" if within or self.repeats else "run"

    def _besides_the_counter(self, said: Said, *, counts: bool) -> None:
        """The epoch, metrics and speed that a line tells of."""
        if said.epoch is not None:
            self._count_epoch(said, said.epoch)
        if said.total_epochs is not None:
            self.total_epochs = said.total_epochs
        for name, value in said.metrics.items():
            self.metrics.pop(name, None)  # what was heard last stands last
            self.metrics[name] = value
        while sum(len(name) * (1 if name.isascii() else 6) + _METRIC_SIZE for name in self.metrics) > MOST_METRICS:
            del self.metrics[next(iter(self.metrics))]
        if not counts and said.role != "evaluation":
            self._speed(said)
        if said.role in ("train", "work") and said.metrics:
            self._watch_loss(said)

    def _speed(self, said: Said) -> None:
        """The speed that a line tells of beside the run's counter."""
        if said.bar is not None:
            if said.epoch is not None and self.step is None:  # it counts epochs
                self.throughput, self.eta_s = said.throughput, said.eta_s
            return
        is_of_files = said.throughput is not None and said.throughput.unit.endswith("B/s")
        counts = said.epoch is not None or said.step is not None
        if counts or not (is_of_files or _says_less(said.throughput, self.throughput)):
            self.throughput = said.throughput or self.throughput
        self.eta_s = said.eta_s if said.eta_s is not None else self.eta_s

    def _count_epoch(self, said: Said, epoch: float) -> None:
        lines, lines_before = self.epoch_lines
        if said.step is None and said.bar is not None:
            self.epoch_lines = (max(1, lines), lines_before)
        elif said.step is None and _is_whole(epoch):
            self.epoch_lines = (lines + 1, lines_before) if epoch == self.epoch else (1, lines)
            self._epoch_line(said, epoch)
        if self.total_epochs is not None and said.total_epochs is None and epoch > self.total_epochs:
            self.total_epochs = None
        self.epoch = epoch

    def _epoch_line(self, said: Said, epoch: float) -> None:
        """A line that tells of an epoch without a step: what was counted before it is of another kind, or within."""
        if said.role == "train" and (self.role == "preparation" or (self.role == "work" and self.bar is None)):
            self.step = self.total_steps = self.throughput = self.eta_s = self.role = None
        if self.bar and self.role == "train":
            self.done = self.done and self.scope == "epoch"
            self.scope = "epoch"
        begins = epoch != self.epoch and not (said.metrics or said.throughput or said.done)
        if begins and self.scope == "epoch" and self.total_steps is not None and self.step == self.total_steps:
            self.step, self.eta_s = 0, None

    def _watch_loss(self, said: Said) -> None:
        found = loss_in(said.metrics, self.loss[0] if self.loss else None)
        if found is None:
            return
        if self.loss and self.loss[0] != found[0]:
            self.history.clear()
        self.loss = found
        position, points = self.position, self.history.points
        if position is None or not math.isfinite(found[1]):
            return
        if points and position < points[-1][0] * ANOTHER_RUN:
            self.history.clear()
        self.history.add(position, found[1])

    def _end(self, said: Said, *, counts: bool, before: tuple[int | None, float | None]) -> None:
        """Whether the run has reached its end, or begins another time."""
        if said.over:
            self.step = self.total_steps = self.throughput = self.eta_s = None
            self.scope, self.role, self.bar = "run", "train", None
        if said.done:
            self.done = True
        elif counts or (said.epoch is not None and said.bar is None and said.role == "train"):
            stands = self.step == before[0] and before[1] in (None, self.epoch)
            complete = self._is_complete(said) if counts else self._last_epoch_is_told(said)
            self.done = complete or (self.done and stands)

    def _is_complete(self, said: Said) -> bool:
        """Whether the run's counter is at its end."""
        full = self.total_steps is not None and self.step is not None and self.step >= self.total_steps > 0
        if self.role not in ("train", "work") or (self.repeats and self.scope == "run"):
            return False
        if self.scope == "epoch":
            told_apart = said.epoch is None or said.bar is None
            return full and told_apart and self._is_last_epoch
        if said.bar is None:
            ends = said.eta_s == 0 and said.epoch is None
            return self.role == "train" and (full or ends)
        epochs_left = self.total_epochs is not None and self.epoch is not None and self.epoch < self.total_epochs
        return full and (self.role == "train" or said.bar == "") and not (epochs_left and self.epoch_lines[0] > 0)

    @property
    def _is_last_epoch(self) -> bool:
        """Whether the epoch is the last one, of those that are counted from 1."""
        return self.total_epochs is not None and self.epoch == self.total_epochs >= 1

    def _last_epoch_is_told(self, said: Said) -> bool:
        """Whether a line sums up the last epoch: the only line of its epoch, with a result."""
        has_result = any(meaning(name).kind == "metric" for name in said.metrics)
        return self._is_last_epoch and has_result and self.epoch_lines[0] == 1 and self.epoch_lines[1] <= 1


def _says_less(told: Throughput | None, known: Throughput | None) -> bool:
    """Whether a speed has a line of its own beside one that says more: `steps/s`, or `tokens/s` beside `s/iter`."""
    if told is None or known is None:
        return False
    if known.unit == "steps/s":
        return told.unit != "steps/s"
    return "/s" in known.unit and "/s" not in told.unit  # the time of an iteration


def _is_whole(epoch: float | None) -> bool:
    """Whether the log counts whole epochs: `3`, not `3.0`."""
    return isinstance(epoch, int)
