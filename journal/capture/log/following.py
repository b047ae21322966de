"""Following a log that grows: what was added since the last time, in bounded bites, whatever becomes of the file.

A log is known by its device and inode, what was read of it by an offset and a checksum of the bytes before. So it is
noticed when it was replaced, rotated away (what was not read yet is read under its new name), or cut. Of what was added
faster than it is read the newest is read and the rest passed over: how far a job is, its last lines tell.
"""

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, Self, cast
from zlib import crc32

from journal.capture.log.opening import NoLogError, in_words, no_file, open_log
from journal.capture.log.reading import Piece

MOST = 128 << 10  # bytes read of one log at once
_BEGINNING = 64 << 10  # bytes of a log first met that are read besides its end
_MARK = 256  # bytes that the checksum vouches for
_LONGEST = 64 << 10  # bytes; of a longer line its beginning alone is told
_MOST_SIBLINGS = 2000  # files of a directory that are looked at for one that was rotated away


class Position(NamedTuple):
    """How far a log was read.

    Attributes:
        device, inode: which file.
        size, changed: bytes and time of change in nanoseconds, as of the last look: a file that shows the same again
            has nothing new.
        offset: what was read.
        number: of the line that starts or goes on there, from 1; counted from the last gap where there was one.
        mark: a checksum of the bytes before the offset.
        inside: the offset lies in a line whose beginning was told and whose rest is passed over.
    """

    device: int
    inode: int
    size: int
    changed: int
    offset: int = 0
    number: int = 1
    mark: int = 0
    inside: bool = False

    def to_json(self) -> list[int]:
        """Numbers for a cursor."""
        return [int(value) for value in self]

    @classmethod
    def from_json(cls, numbers: object) -> Self | None:
        """The position that a cursor holds; None where it holds none."""
        if not isinstance(numbers, list) or len(cast("list[object]", numbers)) != len(cls._fields):
            return None
        device, inode, size, changed, offset, number, mark, inside = cast("list[int]", numbers)
        return cls(device, inode, size, changed, offset, number, mark, bool(inside))


class Added(NamedTuple):
    """What was added to a log.

    Attributes:
        pieces: whole lines, or whole updates of a progress bar, in order; gaps between them were passed over.
        position: how far it is read now.
        is_anew: the log begins anew: what was read before is not in it.
        written_at: when it was last written, seconds since 1970.
    """

    pieces: tuple[Piece, ...]
    position: Position
    is_anew: bool
    written_at: float


def follow(
    path: str | Path,
    position: Position | None,
    *,
    most: int = MOST,
    within: Iterable[str] | None = None,
    to_its_end: bool = False,
) -> Added | None:
    """Reads what was added to a log; None where nothing was, at the cost of one stat.

    Args:
        path: the log.
        position: that of the last time; None: it was never read.
        most: bytes to read at once.
        within: as for `open_log`.
        to_its_end: nobody writes to it any more: a last line without its newline is read too.

    Raises:
        NoLogError: it cannot be read now.
    """
    try:
        status = Path(path).stat()
    except (OSError, ValueError) as error:
        raise in_words(path, error if isinstance(error, OSError) else FileNotFoundError()) from error
    if not stat.S_ISREG(status.st_mode):
        raise no_file(path, status.st_mode)
    if position and _seen(status) == position[:4] and not (to_its_end and position.offset < status.st_size):
        return None
    descriptor = open_log(path, within)
    try:
        status = os.fstat(descriptor)
        start = _start(descriptor, status, position)
        rotated = _rest_of_rotated(path, position, most) if position and start is not position else None
        reading = _Reading(descriptor, start, to_its_end=to_its_end)
        pieces = (*(rotated or ()), *reading.read(status.st_size, most))
        reached = reading.position._replace(size=status.st_size, changed=status.st_mtime_ns)
    except OSError as error:
        raise in_words(path, error) from error
    finally:
        os.close(descriptor)
    is_anew = position is not None and start is not position and rotated is None
    return Added(pieces, reached, is_anew, status.st_mtime)


def _seen(status: os.stat_result) -> tuple[int, int, int, int]:
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def _start(descriptor: int, status: os.stat_result, position: Position | None) -> Position:
    """Where to go on: the same position, or the beginning of what is another file or was cut and written anew."""
    if (
        position is not None
        and (status.st_dev, status.st_ino) == position[:2]
        and status.st_size >= position.offset
        and _mark(descriptor, position.offset) == position.mark
    ):
        return position
    return Position(*_seen(status))


def _mark(descriptor: int, offset: int) -> int:
    start = max(0, offset - _MARK)
    return crc32(os.pread(descriptor, offset - start, start))


def _rest_of_rotated(path: str | Path, position: Position, most: int) -> tuple[Piece, ...] | None:
    """What was not read yet of a log that has another name now, beside the new one: `log.1`, `log-20261112`.

    None where there is none.
    """
    name = Path(path)
    try:
        with os.scandir(name.parent) as entries:
            siblings = (entry for entry, _ in zip(entries, range(_MOST_SIBLINGS), strict=False))
            moved = [e.path for e in siblings if e.inode() == position.inode and e.name.startswith(name.name)]
        for other in moved:
            descriptor = open_log(other, ())
            try:
                status = os.fstat(descriptor)
                if _start(descriptor, status, position) is position:
                    return tuple(_Reading(descriptor, position, to_its_end=True).read(status.st_size, most))
            finally:
                os.close(descriptor)
    except (OSError, NoLogError):
        return None  # what is gone is gone
    return None


class _Reading:
    """One bite from a file; `position` is how far it has come."""

    def __init__(self, descriptor: int, position: Position, *, to_its_end: bool) -> None:
        self._descriptor = descriptor
        self._to_its_end = to_its_end
        self.position = position

    def read(self, size: int, most: int) -> Iterator[Piece]:
        """The pieces up to a size: of what is more than so many bytes the last ones, and the beginning of a new log."""
        if size - self.position.offset > most:
            if self.position.offset == 0:
                yield from self._bite(0, min(_BEGINNING, most // 2))
            if size - self.position.offset > most:
                self._leap(size - most)
        yield from self._bite(self.position.offset, size)

    def _leap(self, offset: int) -> None:
        """Goes on at the first line, or update of a progress bar, that begins after an offset."""
        self.position = self.position._replace(offset=offset, number=1, inside=True)

    def _bite(self, start: int, end: int) -> Iterator[Piece]:
        """Whole lines or updates; where there is only the beginning of a very long one, that."""
        data = os.pread(self._descriptor, end - start, start)
        first = (_first_end(data) or len(data)) if self.position.inside else 0
        last = len(data) if self._to_its_end else max(first, _last_end(data))
        inside = self.position.inside and first == len(data) and not data.endswith((b"\n", b"\r"))
        told = data[first:last]
        if not told and len(data) - first > _LONGEST:
            told, last, inside = data[first : first + _LONGEST], len(data), True
        number = self.position.number + data.count(b"\n", 0, first)
        if told:
            yield Piece(number, told)
        self.position = self.position._replace(
            offset=start + last,
            number=number + data.count(b"\n", first, last),
            mark=_mark(self._descriptor, start + last),
            inside=inside,
        )


def _first_end(data: bytes) -> int:
    """The offset after the first newline or carriage return; 0 where there is none."""
    return min((end for end in (data.find(b"\n"), data.find(b"\r")) if end >= 0), default=-1) + 1


def _last_end(data: bytes) -> int:
    """The offset after the last newline or carriage return; 0 where there is none."""
    return max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
