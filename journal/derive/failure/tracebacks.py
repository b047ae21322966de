"""Python tracebacks in a log: what was raised, in which code, after what, in several processes at once."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from journal.derive.log.lines import LogLine, without_rank

HEADER = "Traceback (most recent call last)"
FRAME = '", line '
NAMES = ("Error", "Exception")  # in the name of almost any exception
_DURING = "During handling of the above exception, another exception occurred"
_CAUSED = "The above exception was the direct cause of the following exception"

_FILE = re.compile(r'[\s|+│]*File "([^"]{1,1000})", line \d+(?:, in .*)?$')
_CARETS = re.compile(r"[\s~^]*$")
_INSIDE = re.compile(r"[ \t|+│╭╰]")  # how a line within a traceback begins
# `KeyError: 'x'`, `torch.cuda.OutOfMemoryError`, `ray.exceptions.RayTaskError(ValueError): …`; what two processes
# wrote at once (`ImportErrorImportError: : …`) passes too.
_RAISED = re.compile(
    r"(?P<name>(?:[A-Za-z_]\w{0,80}\.){0,8}[A-Za-z_]\w{0,120})(?:\([\w. ]{1,80}\))?(?P<said>:(?:\s.*)?)?$"
)
_KNOWN = re.compile(
    r"(?:Error|Exception|Interrupt|Exit|Warning|Failure|Fault|Abort|Expired|Timeout|Empty|Stop\w*|Iteration|Group)\d*$"
)
_AFTER = 60  # lines after the last sign of a traceback in which its exception is looked for


class Raised(NamedTuple):
    """An exception that a traceback ended with.

    Attributes:
        at: index of its line.
        text: that line without a rank and what a logger wrote before it.
        rank: as a launcher wrote it.
        code: the last line of code of the traceback, "" where it shows none.
        file: the last file.
        chained: whether Python says that it came of the one before it, in the same chain.
        aside: whether the program went on: it was raised where exceptions are ignored.
    """

    at: int
    text: str
    rank: int | None
    code: str
    file: str
    chained: bool
    aside: bool

    @property
    def said(self) -> bool:
        """Whether it says more than its class."""
        return bool(self.text.partition(":")[2].strip())


class _Stream:
    """What one process writes, as far as it is a traceback."""

    def __init__(self) -> None:
        self.open = False
        self.prefix: re.Pattern[str] | None = None
        self.code = self.file = ""
        self.frames = False
        self.linked = False
        self.aside = False
        self.touched = 0

    def begin(self, index: int, before: str) -> None:
        """A traceback begins, with what a logger wrote before it."""
        self.open, self.frames, self.touched = True, False, index
        self.code = self.file = ""
        self.prefix = re.compile(_shape(before)) if before and len(before) < 200 else None


def _shape(before: str) -> str:
    """What a logger writes before each line, whatever its numbers are; or how far all is indented."""
    if not before.strip():
        return re.escape(before)
    return re.sub(r"\d+", r"\\d+", re.escape(before.rstrip())) + " ?"


def raised_in(lines: Sequence[LogLine], hot: Iterable[int]) -> list[Raised]:
    """The exceptions that tracebacks ended with, in order.

    Args:
        lines: a log.
        hot: indices of the lines that hold HEADER or FRAME, ascending.
    """
    return list(_walk(lines, sorted(hot)))


def _walk(lines: Sequence[LogLine], hot: Sequence[int]) -> Iterator[Raised]:
    streams: dict[int | None, _Stream] = {}
    next_hot, index = 0, 0
    while next_hot < len(hot) or any(stream.open for stream in streams.values()):
        if not any(stream.open or stream.touched + _AFTER > index for stream in streams.values()):
            if next_hot >= len(hot):
                return
            index = max(index, hot[next_hot] - 1)  # the line before may say that the exception is ignored
        if index >= len(lines):
            return
        while next_hot < len(hot) and hot[next_hot] <= index:
            next_hot += 1
        rank, body = without_rank(lines[index].text)
        stream = streams.setdefault(rank, _Stream())
        found = _read(stream, index, rank, body)
        if found:
            yield found
        index += 1


def _read(stream: _Stream, index: int, rank: int | None, body: str) -> Raised | None:
    """Takes one line of a stream; an exception where it ends a traceback."""
    if HEADER in body:
        stream.begin(index, body.partition(HEADER)[0].removesuffix("Original ").rstrip("╭─+"))
        stream.linked = stream.linked or "Original Traceback" in body
        return None
    if stream.open and stream.prefix and (found := stream.prefix.match(body)):
        body = body[found.end() :]
    if found := _FILE.match(body):
        if not stream.open:
            stream.begin(index, "")
        stream.frames, stream.file, stream.touched, stream.code = True, found[1], index, ""
        return None
    if stream.open:
        return _within(stream, index, rank, body)
    if _DURING in body or _CAUSED in body:
        stream.linked = True
    elif "Exception ignored in" in body:
        stream.aside, stream.touched = True, index
    return None


def _within(stream: _Stream, index: int, rank: int | None, body: str) -> Raised | None:
    if not body or _INSIDE.match(body):
        if stream.frames and body.strip() and not _CARETS.match(body):
            stream.code, stream.touched = stream.code or body.strip(), index
        return None
    if index - stream.touched > _AFTER:
        stream.open = False
        return None
    found = _RAISED.match(body)
    if not found or not _is_exception(found, adjacent=stream.frames and index - stream.touched <= 2):
        return None
    raised = Raised(index, body.strip(), rank, stream.code, stream.file, stream.linked, stream.aside)
    stream.open = stream.linked = stream.aside = False
    stream.touched = index
    return raised


def _is_exception(found: re.Match[str], *, adjacent: bool) -> bool:
    """Whether a line names an exception and is not of another process that writes in between."""
    name = found["name"]
    last = name.rpartition(".")[2]
    if _KNOWN.search(last):
        return True
    return adjacent and (last[:1].isupper() and (bool(found["said"]) or "." in name))


def chains(raised: Sequence[Raised]) -> list[list[Raised]]:
    """Exceptions by chain, each in the order of the log; a chain is of one process."""
    made: list[list[Raised]] = []
    last: dict[int | None, list[Raised]] = {}
    for one in raised:
        if one.chained and one.rank in last:
            last[one.rank].append(one)
        else:
            last[one.rank] = [one]
            made.append(last[one.rank])
    return made
