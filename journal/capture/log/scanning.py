"""Where in a log of any size the few places are that may tell why it failed: a scan for literals, at disk speed.

Memory is bounded: of each literal the first and the last places are kept, so that what is rare is not lost among what
is frequent, and what came first not among its echoes.
"""

import os
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ahocorasick_rs import BytesAhoCorasick, Implementation, MatchKind

from journal.capture.log.counting import newlines_between

CHUNK = 256 << 10  # bytes read at once: they stay in the processor's cache while they are looked through
_KEPT = 24  # places of each literal at either end
_FREQUENT = 500  # a literal that is found so often says little
_KEPT_OF_FREQUENT = 3
_NEAR = 2048  # bytes; a second place so close to one is seen with it


class Finder:
    """Finds many literals at once.

    Args:
        literals: at least one, none of them empty.
    """

    def __init__(self, literals: Sequence[bytes]) -> None:
        self.count = len(literals)
        self.overlap = max(map(len, literals)) - 1
        # The DFA is twice as fast as what the library chooses for hundreds of literals, and is built in a millisecond.
        self._automaton = BytesAhoCorasick(
            literals, matchkind=MatchKind.LeftmostLongest, implementation=Implementation.DFA
        )

    def find(self, text: memoryview) -> list[tuple[int, int, int]]:
        """(which literal, start, end) of each place, none of which overlap."""
        return self._automaton.find_matches_as_indexes(text)


class Scan(NamedTuple):
    """What was found between two offsets.

    Attributes:
        start, end: the offsets; the end may be before the one asked for where the file was cut.
        counts: how often each literal was found; places close together count once.
        first, last: for each literal the first places and the last ones after those, in order.
        marks: an offset for each chunk.
        lines: the newlines from `start` to each of these.
    """

    start: int
    end: int
    counts: list[int]
    first: list[list[int]]
    last: list[deque[int]]
    marks: list[int]
    lines: list[int]

    @property
    def newlines(self) -> int:
        """Those between start and end."""
        return self.lines[-1]

    def newlines_to(self, descriptor: int, offset: int) -> int:
        """The newlines from the start to an offset within."""
        place = bisect_right(self.marks, offset) - 1
        return self.lines[place] + newlines_between(descriptor, self.marks[place], offset)

    def places(self) -> Iterator[int]:
        """The offsets worth a look, the most telling first: what is rare before what is frequent, from either end."""
        for which in sorted(range(len(self.counts)), key=self.counts.__getitem__):
            first, last = self.first[which], self.last[which]
            for turn in range(_KEPT if self.counts[which] < _FREQUENT else _KEPT_OF_FREQUENT):
                if turn < len(first):
                    yield first[turn]
                if turn < len(last):
                    yield last[-1 - turn]


def scan(descriptor: int, start: int, end: int, finder: Finder) -> Scan:
    """Looks through a part of a file once."""
    first: list[list[int]] = [[] for _ in range(finder.count)]
    last: list[deque[int]] = [deque(maxlen=_KEPT) for _ in range(finder.count)]
    found = Scan(start, end, [0] * finder.count, first, last, [start], [0])
    newest = [start - _NEAR - 1] * finder.count
    buffer = bytearray(finder.overlap + CHUNK)
    whole = memoryview(buffer)
    offset, held, newlines = start, 0, 0  # `held` bytes of the chunk before stand at the front of the buffer
    while offset < end:
        wanted = min(CHUNK, end - offset)
        read = os.preadv(descriptor, [whole[held : held + wanted]], offset)
        if not read:
            break
        filled = held + read
        for which, begin, stop in finder.find(whole[:filled]):
            if stop <= held:
                continue  # it was found with the chunk before
            place = offset - held + begin
            if place - newest[which] <= _NEAR:
                continue
            newest[which] = place
            found.counts[which] += 1
            (last[which] if len(first[which]) == _KEPT else first[which]).append(place)
        newlines += buffer.count(b"\n", held, filled)
        offset += read
        found.marks.append(offset)
        found.lines.append(newlines)
        held = min(finder.overlap, filled)
        buffer[:held] = buffer[filled - held : filled]
    return found._replace(end=offset)
