"""Reads the lines of a file that others append to, as far as they are complete, with bounded memory."""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple
from zlib import crc32

CHUNK = 1 << 20  # bytes read at once
LONGEST_LINE = 64 << 20  # bytes; a longer line is passed over
MARK = 256  # bytes that a mark vouches for


class Lines(NamedTuple):
    """Some consecutive lines.

    Attributes:
        lines: complete lines without their newlines.
        end: the offset after their last newline: where to go on.
        too_long: how many lines among them were passed over for their length.
    """

    lines: list[bytes]
    end: int
    too_long: int


def read_lines(file: BinaryIO, offset: int, chunk: int = CHUNK, longest: int = LONGEST_LINE) -> Iterator[Lines]:
    """The complete lines from an offset to the end; a last line without its newline is left for next time.

    Memory is bounded by twice `longest` plus a few times `chunk`, however large the file is.
    """
    file.seek(offset)
    read_to = offset
    held: list[bytes] = []
    held_bytes = 0
    dropping = False
    while data := file.read(chunk):
        read_to += len(data)
        last = data.rfind(b"\n")
        if last < 0:
            held_bytes += len(data)
            dropping = dropping or held_bytes > longest
            held = [] if dropping else [*held, data]
            continue
        rest = data[last + 1 :]
        if dropping:  # what comes before the first newline is the end of the line passed over
            first = data.find(b"\n")
            lines = data[first + 1 : last].split(b"\n") if first < last else []
        else:
            lines = b"".join([*held, data[:last]]).split(b"\n")
        yield Lines(lines, read_to - len(rest), int(dropping))
        held, held_bytes, dropping = [rest], len(rest), False


def mark(file: BinaryIO, offset: int) -> int:
    """A checksum of the last bytes before an offset: as long as it stays, what was read there has not changed."""
    start = max(0, offset - MARK)
    file.seek(start)
    return crc32(file.read(offset - start))
