"""Signs of how a run goes: that it begins, that it makes progress, that it came to its end."""

import re
from collections.abc import Sequence

from journal.derive.failure.rules import Sign
from journal.derive.log.lines import LogLine, without_rank

_LONGEST = 1000  # characters of a line that are looked at
_SEEN = 400  # lines at each end of a stretch that are looked at; the middle of a long one says no more


class Signs:
    """Tells what stretches of a log say.

    Args:
        lines: a log.
        signs: from `Rules.signs`.
    """

    def __init__(self, lines: Sequence[LogLine], signs: Sequence[Sign]) -> None:
        self._lines = lines
        self._patterns = {
            kind: [re.compile(sign.pattern) for sign in signs if sign.kind == kind]
            for kind in ("done", "start", "alive")
        }

    def done_after(self, index: int) -> bool:
        """Whether the work is said to be done on a later line."""
        return any(self._says("done", later) for later in self._stretch(index + 1, len(self._lines)))

    def starts_between(self, first: int, end: int) -> list[int]:
        """The lines on which a run seems to begin."""
        return [index for index in self._stretch(first, end) if self._says("start", index)]

    def alive_between(self, first: int, end: int) -> int:
        """How many lines of a stretch show progress; what a bar overwrote counts once."""
        return len({self._lines[index].number for index in self._stretch(first, end) if self._says("alive", index)})

    def _stretch(self, first: int, end: int) -> list[int]:
        if end - first <= 2 * _SEEN:
            return list(range(first, end))
        return [*range(first, first + _SEEN), *range(end - _SEEN, end)]

    def _says(self, kind: str, index: int) -> bool:
        text = without_rank(self._lines[index].text[:_LONGEST])[1]
        return any(pattern.search(text) for pattern in self._patterns[kind])
