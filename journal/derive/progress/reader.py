"""Reads a log as it grows, and knows at any time how far the run is.

Lines that differ from an earlier one in nothing but numbers say the same things anew. Of many such lines only some are
read: the first ones, then every sixteenth and rarer, and always the last. The last lines of up to six shapes are held
back until one of another shape comes, so that a line is only passed over where a later one takes its place. All of this
depends on the lines alone, not on how they were handed over.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from journal.derive.log.lines import LogLine, without_rank
from journal.derive.progress.ledger import Ledger
from journal.derive.progress.ledger_state import ledger_from, ledger_state, progress_of
from journal.derive.progress.prefix import without_prefix
from journal.derive.progress.progress import Progress
from journal.derive.progress.recognition import LONGEST, said_by, within_length
from journal.derive.progress.shape import may_say, shape_of, squeezed

_MOST_HELD = 6
_MOST_HELD_SIZE = 2000  # bytes of their JSON
# Of the lines of a shape one is read of so many and one more, by how many bits their count has: all of the first 63,
# then every sixteenth, from 1,024 on every 64th, from 16,384 on every 256th.
_PASSED_OVER = (*[0] * 7, *[15] * 4, *[63] * 4, *[255] * 50)


class _Held:
    """The last line of a shape.

    Attributes:
        text: of the line.
        count: of the lines of this shape that came, with no others between them but those of the other shapes held.
        is_read: the line was taken in already.
    """

    __slots__ = ("count", "is_read", "text")

    def __init__(self, text: str, count: int = 1, is_read: bool = False) -> None:
        self.text = text
        self.count = count
        self.is_read = is_read

    @property
    def is_due(self) -> bool:
        """Whether it is read before a later one takes its place."""
        return not self.is_read and not self.count & _PASSED_OVER[self.count.bit_length()]


class ProgressReader:
    """What a log says of how far a run is, line by line.

    The state is the same however the lines were split into feeds, and survives `state` and `from_state`. No line makes
    it fail; time is linear in the length of the text, memory bounded.
    """

    def __init__(self) -> None:
        """Nothing is known."""
        self._ledger = Ledger()
        self._held: dict[str, _Held] = {}  # by shape, in the order of their last lines
        self._newest = ""  # the shape of the last of them
        self._all_taken_in: Ledger | None = None  # the ledger with those as well, once it was asked for

    def feed(self, lines: Iterable[LogLine], at: float | None = None) -> None:
        """Reads more lines.

        Args:
            lines: those that follow the last ones.
            at: when they were written, at the latest, in seconds since 1970; where the log dates its lines itself,
                that counts.
        """
        for line in lines:
            self._take(line.text)
        self._all_taken_in = None
        if at is None:
            return
        position, is_dated = self._now().position, self._now().pace.is_dated
        if position is not None and not is_dated:
            self._ledger.pace.read(at, position)
            if self._now() is not self._ledger:
                self._now().pace.read(at, position)

    def progress(self) -> Progress:
        """How far the run is."""
        return progress_of(self._now())

    def state(self) -> dict[str, Any]:
        """All that is known, as JSON of at most 8 KB; `from_state` reads on from there."""
        held = [[each.text, each.count, each.is_read] for each in self._held.values()]
        return {"ledger": ledger_state(self._ledger), "held": held}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "ProgressReader":
        """A reader that goes on where another was.

        Args:
            state: what `state` gave.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        reader = cls()
        reader._ledger = ledger_from(state["ledger"])
        for text, count, is_read in state["held"]:
            reader._newest = shape_of(str(text))
            reader._held[reader._newest] = _Held(str(text), int(count), bool(is_read))
        return reader

    def _take(self, text: str) -> None:
        if not text.isascii() or len(text) > LONGEST:
            text = within_length(squeezed(text))
        shape = shape_of(text)
        held = self._held.get(shape)
        if held is None:
            if may_say(shape, text):
                self._hold(shape, text)
            return
        if held.is_due:
            self._read_held()
        if len(text) > len(held.text) and not self._has_room(_size(text) - _size(held.text)):
            self._hold(shape, text)
            return
        held.text, held.count, held.is_read = text, held.count + 1, False
        if shape != self._newest:
            self._held[shape] = self._held.pop(shape)
            self._newest = shape

    def _hold(self, shape: str, text: str) -> None:
        """Holds back the first line of a shape; where there is no room for it, all that was held is read."""
        size = _size(text)
        if len(self._held) >= _MOST_HELD or not self._has_room(size):
            self._read_held()
            self._held.clear()
        if size > _MOST_HELD_SIZE:
            _enter(self._ledger, text)
        else:
            self._held[shape] = _Held(text)
            self._newest = shape

    def _has_room(self, size: int) -> bool:
        return size + sum(_size(each.text) for each in self._held.values()) <= _MOST_HELD_SIZE

    def _read_held(self) -> None:
        for held in self._held.values():
            if not held.is_read:
                _enter(self._ledger, held.text)
                held.is_read = True

    def _now(self) -> Ledger:
        """The ledger with all lines taken in; this one stays as it is."""
        if self._all_taken_in is None:
            unread = [held.text for held in self._held.values() if not held.is_read]
            self._all_taken_in = self._ledger.copy() if unread else self._ledger
            for text in unread:
                _enter(self._all_taken_in, text)
        return self._all_taken_in


def _size(text: str) -> int:
    """How many bytes of JSON a text takes, at most."""
    if text.isascii():
        return len(text) + 8 + text.count('"') + text.count("\\") + text.count("\t")
    return 6 * len(text) + 8


# CatBoost and Darknet begin with the step as launchers do with the rank.
_A_STEP = re.compile(r"\s*\d{1,9}:\s+(?:learn: |[\d.-]{1,20}, [\d.-]{1,20} avg)")
_ESCAPES = re.compile(r"#0(?:15|12|33(?:\[[\d;]{0,9}[A-Za-z])?)")  # how syslog writes carriage returns and colours


def _enter(ledger: Ledger, text: str) -> None:
    if "#0" in text:
        text = _ESCAPES.sub("  ", text).lstrip()
    if not _A_STEP.match(text):
        _, text = without_rank(text)
    at, text = without_prefix(text)
    for said in said_by(text, ledger.context):
        ledger.enter(said, at)
