"""The lines of a log, whatever is in it: progress bars, colours, binary junk, one line of 100 MB."""

import re
from collections.abc import Iterator
from typing import NamedTuple

LONGEST = 64 << 10  # bytes of a line that are kept: as much of its start as of its end

_BLOCK = 1 << 20
# Of the control characters a log needs newlines, tabs, carriage returns (the line begins anew) and escapes (they
# lead a sequence, which goes as a whole).
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\x1b\x07")) + b"\x7f"
_SEQUENCES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,8}[@-~]?"  # ECMA-48 control sequences: colours, cursor, erase
    r"|\x1b[\]PX^_][^\x07\x1b\n\r]{0,4096}(?:\x07|\x1b\\)?"  # strings: titles, links
    r"|\x1b[ -/]{0,8}[0-~]?|[\x07\x80-\x9f]"
)


class LogLine(NamedTuple):
    """A line as a program wrote it.

    Attributes:
        number: 1-based, counting newlines. What a progress bar overwrote is a line of its own with the same number.
        text: without controls and colours; the prefix of a rank stays.
    """

    number: int
    text: str


def split_lines(data: bytes, first_number: int = 1) -> Iterator[LogLine]:
    """The lines of a log or of a piece of one; takes time linear in its length.

    Args:
        data: anything. Bytes that are no UTF-8 become U+FFFD; a line longer than LONGEST loses its middle.
        first_number: the number of the first line.
    """
    number, start = first_number, 0
    while start < len(data):
        newline = data.find(b"\n", start + _BLOCK)
        end = len(data) if newline < 0 else newline + 1
        for line in _texts(data[start:end]):
            if "\r" in line:
                for piece in [piece for piece in line.split("\r") if piece] or [""]:
                    yield LogLine(number, piece)
            else:
                yield LogLine(number, line)
            number += 1
        start = end


def _texts(block: bytes) -> list[str]:
    """The text of each line of a block, carriage returns still inside."""
    lines = block.translate(None, _CONTROLS).split(b"\n")
    if block.endswith(b"\n"):  # nothing is after the last newline
        lines.pop()
    if any(len(line) > LONGEST for line in lines):
        lines = [line if len(line) <= LONGEST else _shortened(line) for line in lines]
    text = b"\n".join(lines).decode("utf-8", "replace")
    if "\x1b" in text or "\x07" in text or not text.isascii():
        text = _SEQUENCES.sub("", text)
    return text.split("\n")


def _shortened(line: bytes) -> bytes:
    return b"\r".join(_cut(piece) for piece in line.split(b"\r"))


def _cut(piece: bytes) -> bytes:
    half = LONGEST // 2
    return piece if len(piece) <= LONGEST else piece[:half] + b" ... " + piece[-half:]


# `[rank3]:` and `[default0]:` of torch, `[0]:` and `[0]` of other launchers, `[1,3]<stderr>:` of Open MPI, `3: ` of
# `srun --label`, which pads with spaces.
_RANK = re.compile(
    r"[ \t]{0,8}(?:\[(?:rank[ _]?|default|gpu|Rank )?(\d{1,6})\]:|\[\d{1,6},(\d{1,6})\]<std(?:out|err)>:"
    r"|(\d{1,6}):(?!\d|//)) ?"
)


def without_rank(text: str) -> tuple[int | None, str]:
    """The rank that a launcher wrote before a line, if any, and the line without it.

    Of several (`0: [rank0]: …`) the innermost is the rank.
    """
    rank: int | None = None
    while found := _RANK.match(text):
        rank = int(found[1] or found[2] or found[3])
        text = text[found.end() :]
    return rank, text
