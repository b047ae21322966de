"""Marked blocks: the parts of a person's document that are ours.

    <!-- journal:begin head 3f2a91c0 -->
    ## Where things stand
    <!-- journal:end head -->

The eight digits are the digest of the body as it was generated: a body with another digest was edited. Marker
lines start in the first column. Whatever is broken, doubled, nested or shown inside a code fence is a person's
text and no block. Reading is pure and total: any text is a document.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from hashlib import blake2b
from typing import Literal, NamedTuple

BOM = "\ufeff"
_MARKER = re.compile(r"<!-- journal:(begin|end) ([\w.=-]+)(?: ([0-9a-f]{8}))? -->[ \t]*\r?\n?")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})([^\r\n]*)\r?\n?")


class MarkedBlock(NamedTuple):
    """A whole block. Offsets count characters of the text it was read from.

    Attributes:
        name: `head`, `day=2026-11-12`, …
        digest: of the body as generated, as the begin marker says; None where it says nothing.
        start: of the begin marker.
        body_start: after the begin marker's line.
        body_end: of the end marker; the body is `text[body_start:body_end]`.
        end: after the end marker, before its line's end.
    """

    name: str
    digest: str | None
    start: int
    body_start: int
    body_end: int
    end: int


class Damage(NamedTuple):
    """Marker text that is no block of ours any more: left as it stands.

    Attributes:
        name: the block that it speaks of.
        what: in what way it is damaged.
        line: where, counted from 1.
    """

    name: str
    what: Literal["unclosed", "unopened", "nested", "doubled"]
    line: int


class Marked(NamedTuple):
    """What of a document is ours: blocks in the order of the text, each name once; the rest is the person's."""

    blocks: tuple[MarkedBlock, ...]
    damage: tuple[Damage, ...]

    def find(self, name: str) -> MarkedBlock | None:
        """The block of that name, or None."""
        return next((block for block in self.blocks if block.name == name), None)


class _Line(NamedTuple):
    start: int
    end: int
    mark: Literal["begin", "end"] | None
    name: str
    digest: str | None
    content_end: int
    fence: str  # the run of backticks or tildes that the line starts with
    info: str  # what follows the run


def read_marked(text: str) -> Marked:
    """Finds our blocks in a document. Reads each line once or twice, however damaged the text is."""
    lines = list(_lines(text))
    partner = _partners(lines)
    closings = _Closings(lines)
    blocks: list[MarkedBlock] = []
    damage: list[Damage] = []
    names: set[str] = set()
    at = 0
    while at < len(lines):
        line = lines[at]
        if line.fence:
            at = _after_fence(lines, at, partner, closings) + 1
            continue
        if line.mark is None:
            at += 1
            continue
        close = partner.get(at)
        if line.mark == "end":
            damage.append(Damage(line.name, "unopened", at + 1))
        elif close is None:
            damage.append(Damage(line.name, "unclosed", at + 1))
        elif any(inner.mark for inner in lines[at + 1 : close]):
            damage.append(Damage(line.name, "nested", at + 1))
            at = close
        else:
            if line.name in names:
                damage.append(Damage(line.name, "doubled", at + 1))
            else:
                names.add(line.name)
                end = lines[close]
                blocks.append(MarkedBlock(line.name, line.digest, line.start, line.end, end.start, end.content_end))
            at = close
        at += 1
    return Marked(tuple(blocks), tuple(damage))


def digest_of(body: str) -> str:
    """The eight digits of a body; line ends count as `\\n`, so that git's autocrlf is no edit."""
    return blake2b(body.replace("\r\n", "\n").encode("utf-8", "replace"), digest_size=4).hexdigest()


def begin_marker(name: str, body: str) -> str:
    """The line before a generated body, without its end."""
    return f"<!-- journal:begin {name} {digest_of(body)} -->"


def end_marker(name: str) -> str:
    """The line after a body, without its end."""
    return f"<!-- journal:end {name} -->"


def without_markers(body: str) -> str:
    """A generated body in which nothing can be read as a marker of ours."""
    return body.replace("<!-- journal:", "&lt;!-- journal:")


def is_marker(line: str) -> bool:
    """Whether a line is a marker, of a whole block or a damaged one."""
    return _MARKER.fullmatch(line) is not None


def split_lines(text: str) -> list[str]:
    """Lines with their ends, cut at `\\n` alone: a form feed or U+2028 inside a line stays inside it."""
    return [line for line in re.split(r"(?<=\n)", text) if line]


def _lines(text: str) -> Iterator[_Line]:
    start = len(BOM) if text.startswith(BOM) else 0
    for content in split_lines(text[start:]):
        end = start + len(content)
        if marker := _MARKER.fullmatch(content):
            mark: Literal["begin", "end"] = "begin" if marker[1] == "begin" else "end"
            yield _Line(start, end, mark, marker[2], marker[3], start + len(content.rstrip("\r\n")), "", "")
        elif fence := _FENCE.fullmatch(content):
            backtick_info = fence[1][0] == "`" and "`" in fence[2]
            yield _Line(start, end, None, "", None, end, "" if backtick_info else fence[1], fence[2].strip())
        else:
            yield _Line(start, end, None, "", None, end, "", "")
        start = end


def _partners(lines: list[_Line]) -> dict[int, int]:
    """begin marker's line → its end marker's: the next marker of that name, where that is an end."""
    partner: dict[int, int] = {}
    opened: dict[str, int] = {}
    for number, line in enumerate(lines):
        if line.mark == "begin":
            opened[line.name] = number
        elif line.mark == "end" and line.name in opened:
            partner[opened.pop(line.name)] = number
    return partner


class _Closings:
    """Lines that can close a fence, by its character, for a search that does not read the text again."""

    def __init__(self, lines: list[_Line]) -> None:
        self._by_run: dict[tuple[str, int], list[int]] = {}
        for number, line in enumerate(lines):
            if line.fence and not line.info:
                self._by_run.setdefault((line.fence[0], len(line.fence)), []).append(number)

    def after(self, number: int, fence: str) -> int | None:
        """The first line after `number` that closes a fence opened with this run."""
        found: list[int] = []
        for (character, length), numbers in self._by_run.items():
            if character == fence[0] and length >= len(fence):
                found += numbers[bisect_right(numbers, number) :][:1]
        return min(found, default=None)


def _after_fence(lines: list[_Line], opening: int, partner: dict[int, int], closings: _Closings) -> int:
    """The last line of a person's code fence; its first where it is none that hides a block of ours whole.

    A fence that nobody closed would swallow the blocks after it, or be closed by a fence inside one of them: a
    person's slip must not make us write every block again.
    """
    close = closings.after(opening, lines[opening].fence)
    if close is None:
        return opening
    for number in range(opening + 1, close):
        if lines[number].mark == "begin" and partner.get(number, number) > close:
            return opening
    return close
