"""Which of a log's counters is the run's.

- Training outranks what does not say what it counts, that outranks evaluation, and that what is prepared.
- Of two bars of one rank the first is the run's until it is full: what moves meanwhile is inside of it.
"""

from collections.abc import Mapping
from typing import NamedTuple

from journal.derive.progress.progress import StepScope
from journal.derive.progress.said import Role, Said

_WEIGHT: Mapping[Role, int] = {"preparation": 1, "evaluation": 2, "work": 3, "train": 4}


class Counter(NamedTuple):
    """The counter that the run's step is from.

    Attributes:
        role: what it counts; None where there is none, or where another one may take its place.
        bar: the name of its bar, "" for one without; None where it is from a line.
        step, total_steps, scope: as in Progress.
    """

    role: Role | None
    bar: str | None
    step: int | None
    total_steps: int | None
    scope: StepScope

    @property
    def is_full(self) -> bool:
        """Whether it reached its total, or has none."""
        return self.total_steps is None or self.step == self.total_steps

    def is_same(self, said: Said) -> bool:
        """Whether a line tells of this counter, by the way it does."""
        if self.role is None or (said.bar is None) != (self.bar is None):
            return False
        return said.bar is None or is_same_name(said.bar, self.bar or "")

    def tells_of_the_bar(self, said: Said) -> bool:
        """Whether a line names the step that the run's bar counts too: `step 100 loss 2.3` beside `100/5000 [`."""
        if said.bar is not None or said.total_steps is not None or self.bar is None or self.total_steps is None:
            return False
        within = (said.step or 0) <= self.total_steps
        return within and self.scope == said.scope == "run" and (self.bar == "" or self.role == "train")

    def gives_way_to(self, said: Said) -> bool:
        """Whether the counter of a line is that of the run, and not one inside of it or less than it."""
        if self.role is None or self._goes_on_as(said):
            return True
        if said.bar == "" == self.bar and said.scope == "epoch" == self.scope and said.epoch is None:
            return not self.is_full  # Keras says when an epoch begins: another full bar is an evaluation
        new, old = _WEIGHT[said.role], _WEIGHT[self.role]
        if new != old:
            return new > old
        if said.bar is None:
            return self.bar is None or said.total_steps is not None or self.scope == said.scope
        if self.bar is None or (said.bar and is_same_name(said.bar, self.bar)):
            return True
        is_inside = said.role in ("work", "train") and not self.is_full
        return not is_inside or (said.role == "train" and said.scope == "epoch")

    def _goes_on_as(self, said: Said) -> bool:
        """Whether a bar is this counter, though its name or rank may be another."""
        if said.bar is None:
            return False
        if said.bar == self.bar and said.total_steps == self.total_steps:
            return said.scope == self.scope or said.scope == "run"
        if said.bar and self.bar == "" and self.step == 0 and said.total_steps == self.total_steps:
            return True  # it got its name after it began
        counts_on = self.total_steps is None and self.scope == "run" and (said.step or 0) >= (self.step or 0) > 0
        return said.bar == "" and self.bar is None and counts_on  # a bar without a name beside lines without a total


def is_same_name(one: str, other: str) -> bool:
    """Whether two bars' names differ in nothing but numbers and signs."""
    return one == other or _letters(one) == _letters(other)


def _letters(name: str) -> str:
    return "".join(letter for letter in name if letter.isalpha())
