"""A log as far as it matters for why it failed: a small one whole, of a huge one its end, its beginning and the few
places between that hold a telling word. The numbers of its lines are right all the same.
"""

import os
import time
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from journal.capture.log.counting import LineCount
from journal.capture.log.opening import in_words, open_log
from journal.capture.log.scanning import Finder, Scan, scan

WHOLE = 2 << 20  # bytes; a log up to this size is read whole
NEAR_END = 16 << 20  # bytes before the end: where a failure nearly always stands
_BEGINNING = 64 << 10
_END = 256 << 10
_BEFORE, _AFTER = 12 << 10, 6 << 10  # bytes around a place: a traceback of fifty frames, and what follows it
_AROUND_NEAR, _AROUND_ALL = 400 << 10, 1 << 20  # bytes around places in all, near the end and in all of it
_WRITTEN_SECONDS = 30.0  # a log that was written so lately may not be at its end


class Piece(NamedTuple):
    """Consecutive lines of a log; the first and the last may be cut where a line is longer than what is read.

    Attributes:
        number: of the first line, from 1.
        data: the lines as they are in the file.
    """

    number: int
    data: bytes


class LogText(NamedTuple):
    """What was read of a log.

    Attributes:
        pieces: in the order of the file.
        size: bytes of the log.
        looked_at: from this offset on every place with a telling word was looked for; 0: everywhere.
        whole: whether the pieces are all there is.
        numbered: whether the numbers of lines are right; else they count from some line further down.
        written_at: when it was last written, seconds since 1970.
        is_written: whether it was written a moment ago, and may go on.
    """

    pieces: tuple[Piece, ...]
    size: int
    looked_at: int
    whole: bool
    numbered: bool
    written_at: float
    is_written: bool


def read_log(
    path: str | Path,
    triggers: Sequence[bytes],
    *,
    reach: int | None = NEAR_END,
    within: Iterable[str] | None = None,
    numbered: bool = True,
) -> LogText:
    """Reads a log with bounded memory.

    Args:
        path: the log.
        triggers: what a telling line holds at least one of.
        reach: how far before the end telling lines are looked for, in bytes; None: in all of it.
        within: as for `open_log`.
        numbered: count the lines before what is read; of hundreds of gigabytes that takes minutes.

    Raises:
        NoLogError: it cannot be read.
    """
    descriptor = open_log(path, within)
    try:
        status = os.fstat(descriptor)
        if status.st_size <= WHOLE:
            data = _read(descriptor, 0, status.st_size)
            pieces, looked_at, has_numbers = [Piece(1, data)] if data else [], 0, True
        else:
            looked_at = 0 if reach is None else max(0, status.st_size - reach)
            pieces, has_numbers = _parts(descriptor, status.st_size, looked_at, triggers, numbered=numbered)
    except OSError as error:
        raise in_words(path, error) from error
    finally:
        os.close(descriptor)
    return LogText(
        tuple(pieces),
        status.st_size,
        looked_at,
        status.st_size <= WHOLE,
        has_numbers,
        status.st_mtime,
        time.time() - status.st_mtime < _WRITTEN_SECONDS,
    )


def _parts(
    descriptor: int, size: int, start: int, triggers: Sequence[bytes], *, numbered: bool
) -> tuple[list[Piece], bool]:
    """The pieces of a large log, and whether their lines have their numbers."""
    if start == 0 or not numbered:
        found = scan(descriptor, start, size, Finder(triggers))
        before = 0 if start == 0 else None
    else:
        with LineCount(descriptor) as count:
            found = scan(descriptor, start, size, Finder(triggers))
            before = count.before(start, (found.end, found.newlines))
    spans = _spans(found, _AROUND_ALL if start == 0 else _AROUND_NEAR)
    return list(_pieces(descriptor, spans, found, before)), before is not None


def _spans(found: Scan, most: int) -> list[tuple[int, int]]:
    """What to read: the beginning, the end, and the surroundings of the most telling places; none overlap."""
    spans = [(0, min(_BEGINNING, found.end)), (max(found.end - _END, _BEGINNING), found.end)]
    left = most
    for place in found.places():
        if _is_seen(place, spans, found.end):
            continue
        span = (max(found.start, place - _BEFORE), min(found.end, place + _AFTER))
        left -= span[1] - span[0]
        if left < 0:
            break
        spans.insert(bisect_left(spans, span), span)
    return _merged(spans)


def _is_seen(place: int, spans: Sequence[tuple[int, int]], end: int) -> bool:
    """Whether a place is read with enough of its surroundings."""
    at = bisect_left(spans, (place, end)) - 1
    if at < 0 or not spans[at][0] <= place < spans[at][1]:
        return False
    start, stop = spans[at]
    return (start == 0 or place - start >= _BEFORE // 2) and (stop == end or stop - place >= _AFTER // 2)


def _merged(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif start < end:
            merged.append((start, end))
    return merged


def _pieces(descriptor: int, spans: Sequence[tuple[int, int]], found: Scan, before: int | None) -> Iterator[Piece]:
    for start, end in spans:
        data = _read(descriptor, start, end)
        first = data.find(b"\n") + 1 if start else 0  # a line that is cut is left to who reads the one before
        last = data.rfind(b"\n") + 1 if end < found.end else len(data)
        if last <= first:  # one long line
            first, last = 0, len(data)
        offset = start + first
        if offset < found.start:
            number = 1 + data.count(b"\n", 0, first)
        else:
            number = 1 + (before or 0) + found.newlines_to(descriptor, offset)
        yield Piece(number, data[first:last])


def _read(descriptor: int, start: int, end: int) -> bytes:
    parts: list[bytes] = []
    while start < end and (data := os.pread(descriptor, end - start, start)):
        parts.append(data)
        start += len(data)
    return b"".join(parts)
