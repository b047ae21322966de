"""Signs of how a run goes: that it begins, that it makes progress, that it came to its end."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from journal.derive.failure.rules import SIGN_KINDS, Sign
from journal.derive.failure.templates import Templates
from journal.derive.log.lines import LogLine, without_rank

_LONGEST = 1000  # characters of a line that are looked at
_SEEN = 1500  # lines at each end of a log that are looked at; the middle of a long one says no more


class Signs:
    """What the lines of a log say, from a line on.

    Args:
        lines: a log.
        templates: its.
        signs: from `Rules.signs`.
        begin: the first line that is looked at.
    """

    def __init__(self, lines: Sequence[LogLine], templates: Templates, signs: Sequence[Sign], begin: int) -> None:
        patterns = {kind: [sign.pattern for sign in signs if sign.kind == kind] for kind in SIGN_KINDS}
        says: dict[int, set[str]] = {}
        self._found: dict[str, list[int]] = {kind: [] for kind in SIGN_KINDS}
        number = 0  # of the last line that showed progress: what a bar overwrote counts once
        for index in _ends(begin, len(lines)):
            template = templates.of_line[index]
            if template not in says:
                says[template] = _kinds(templates.texts[template], patterns)
            for kind in says[template]:
                if kind != "alive" or lines[index].number != number:
                    self._found[kind].append(index)
            if "alive" in says[template]:
                number = lines[index].number

    def done_after(self, index: int) -> bool:
        """Whether the work is said to be done on a later line."""
        return bool(self._found["done"]) and self._found["done"][-1] > index

    def starts_after(self, index: int) -> Sequence[int]:
        """The later lines on which a run seems to begin."""
        return self._found["start"][bisect_right(self._found["start"], index) :]

    def alive_after(self, index: int) -> int:
        """How many later lines show progress."""
        return len(self._found["alive"]) - bisect_right(self._found["alive"], index)

    def alive_between(self, first: int, end: int) -> int:
        """How many lines between two show progress."""
        return max(0, bisect_left(self._found["alive"], end) - bisect_right(self._found["alive"], first))


def _ends(begin: int, end: int) -> Sequence[int]:
    if end - begin <= 2 * _SEEN:
        return range(begin, end)
    return [*range(begin, begin + _SEEN), *range(end - _SEEN, end)]


def _kinds(text: str, patterns: dict[str, list[str]]) -> set[str]:
    text = without_rank(text[:_LONGEST])[1]
    return {kind for kind, of_kind in patterns.items() if any(re.search(pattern, text) for pattern in of_kind)}
