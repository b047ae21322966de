"""Which of many rows are shown where there is room for few."""

from collections.abc import Sequence
from typing import NamedTuple


class Window(NamedTuple):
    """A part of a group's rows.

    Attributes:
        start, end: the rows that are shown, the end not included.
        more: how many are not; where there are any, a line says so.
    """

    start: int
    end: int
    more: int

    @property
    def lines(self) -> int:
        """How many lines it takes."""
        return self.end - self.start + (self.more > 0)


def shared(wanted: Sequence[int], weights: Sequence[int], room: int) -> list[int]:
    """Lines for each group: what it wants where there is room for all, else by weight, and one at least if it can be.

    What one group does not need goes to the others.
    """
    given = [0] * len(wanted)
    order = sorted(range(len(wanted)), key=lambda group: -weights[group])
    for group in order:
        given[group] = min(wanted[group], 1, room - sum(given))
    while room > sum(given):
        short = [group for group in order if given[group] < wanted[group]]
        if not short:
            break
        poorest = min(short, key=lambda group: given[group] / weights[group])
        given[poorest] += 1
    return given


def window(count: int, lines: int, selected: int | None) -> Window:
    """The rows of a group that are shown in so many lines, the selected one among them.

    Args:
        count: how many rows the group has.
        lines: how many lines there are; the last tells how many more there are, where not all are shown.
        selected: the place of a row in the group; None where it is in another one.
    """
    if count <= lines:
        return Window(0, count, 0)
    if lines <= 1:  # one row, or none, says more than how many there are
        start = selected if selected is not None and lines else 0
        return Window(start, start + max(lines, 0), 0)
    shown = lines - 1
    start = 0 if selected is None else max(0, min(selected - shown // 2, count - shown))
    return Window(start, start + shown, count - shown)
