"""Renders our blocks into a person's document: theirs stays byte for byte, ours is brought up to date.

Three texts meet in each block: the base (what we generated last), the body as it stands (which a person may have
edited) and what is generated now. How they are merged is in `journal.documents.merge`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from journal.documents.merge import merge_lines
from journal.marked_text import (
    BOM,
    MarkedBlock,
    begin_marker,
    digest_of,
    end_marker,
    read_marked,
    split_lines,
    without_markers,
)

_LONE_RETURN = re.compile(r"\r(?=\r|\Z)")


class Block(NamedTuple):
    """A block as it should stand now.

    Attributes:
        name: letters, digits and `_.=-`, unique in its document: `head`, `day=2026-11-12`.
        body: Markdown; how it ends and what ends its lines does not matter.
    """

    name: str
    body: str


class Rendered(NamedTuple):
    """A document after rendering.

    Attributes:
        text: the whole document.
        base: name → what was generated, for the next rendering.
        problems: what could not be brought up to date until the person mends it, each as a sentence.
    """

    text: str
    base: dict[str, str]
    problems: tuple[str, ...]


def render(text: str, blocks: Sequence[Block], base: Mapping[str, str]) -> Rendered:
    """Brings our blocks in a document up to date; all else keeps its bytes.

    An unedited block is replaced, an edited one merged so that every line of the person survives. A block that is
    no longer generated goes if unedited and stays if edited. A block that the person took out stays out until its
    content changes, unless they took out all. A new block goes before the block that follows it in `blocks`, else
    after the one before it, else after the document's title, else to the end.

    Args:
        text: the document.
        blocks: in the order in which they should stand.
        base: name → body as last generated; {} where that is not known (a fresh clone of a tracked document): then
            the digest in a block's marker tells whether it was edited, and an edited one is kept as it is.
    """
    wanted = {block.name: _normal(block.body) for block in blocks}
    marked = read_marked(text)
    newline = _newline(text)
    new_base: dict[str, str] = {}
    problems = [
        f"line {damage.line}: the marker of block {damage.name} is {damage.what}; the text there was left as it is"
        for damage in marked.damage
    ]
    for block in reversed(marked.blocks):
        known = _known_base(text, block, base)
        if block.name not in wanted:
            if is_unedited(text, block, known):
                text = _without(text, block)
            elif known is not None:
                new_base[block.name] = known
            continue
        generated = wanted[block.name]
        if known is None and not is_unedited(text, block, None):
            problems.append(
                f"block {block.name} was edited in another clone and is kept as it is; delete it to renew it"
            )
            continue
        new_base[block.name] = generated
        text = _updated(text, block, known, generated, newline)
    untouched = not marked.blocks and not marked.damage
    for index in reversed(range(len(blocks))):
        name = blocks[index].name
        generated = wanted[name]
        if marked.find(name) is not None:
            continue
        if not untouched and base.get(name) == generated:
            new_base[name] = generated  # the person took this block out
            continue
        inserted = _inserted(text, [block.name for block in blocks], index, generated, newline)
        if read_marked(inserted).find(name) is None:
            problems.append(f"block {name} has no place: the text around it hides its markers")
            continue
        text = inserted
        new_base[name] = generated
    return Rendered(text, new_base, tuple(problems))


def strip(text: str) -> str:
    """The document without our unedited blocks: for one that nobody edited, the bytes that it had before us."""
    for block in reversed(read_marked(text).blocks):
        if is_unedited(text, block, None):
            text = _without(text, block)
    return text


def is_unedited(text: str, block: MarkedBlock, base: str | None) -> bool:
    """Whether a block's body is what we generated: equal to `base`, or of the digest that its marker tells."""
    body = text[block.body_start : block.body_end]
    return digest_of(body) == block.digest or (base is not None and body.replace("\r\n", "\n") == base)


def _known_base(text: str, block: MarkedBlock, base: Mapping[str, str]) -> str | None:
    """What we generated when this block was written, if that is known: a marker may be of another clone's making."""
    known = base.get(block.name)
    if known is not None and block.digest in (None, digest_of(known)):
        return known
    body = text[block.body_start : block.body_end]
    return body.replace("\r\n", "\n") if digest_of(body) == block.digest else None


def _updated(text: str, block: MarkedBlock, known: str | None, generated: str, newline: str) -> str:
    body = split_lines(text[block.body_start : block.body_end])
    new = [line.removesuffix("\n") + newline for line in split_lines(generated)]
    if known is None or is_unedited(text, block, known):
        merged = body if _bare(body) == _bare(new) else new
    else:
        merged = merge_lines(split_lines(known), body, new)
    marker = text[block.start : block.body_start]
    if block.digest != digest_of(generated):
        marker = begin_marker(block.name, generated) + newline
    return text[: block.start] + marker + "".join(merged) + text[block.body_end :]


def _bare(lines: list[str]) -> list[str]:
    return [line.rstrip("\r\n") for line in lines]


def _without(text: str, block: MarkedBlock) -> str:
    """The document without a block and the blank line that was put before it (after it, at the very start)."""
    before, after = text[: block.start], text[block.end :]
    if before in ("", BOM):
        return before + _cut_newline(_cut_newline(after))
    for _ in range(2):
        before = before.removesuffix("\r\n") if before.endswith("\r\n") else before.removesuffix("\n")
    if before in ("", BOM):
        after = _cut_newline(_cut_newline(after))
    return before + after


def _cut_newline(text: str) -> str:
    return text[2:] if text.startswith("\r\n") else text.removeprefix("\n")


def _inserted(text: str, names: Sequence[str], index: int, generated: str, newline: str) -> str:
    """The document with a new block, a blank line before it, and what followed its place still following."""
    at = _place(text, names, index)
    name = names[index]
    whole = begin_marker(name, generated) + newline + generated.replace("\n", newline) + end_marker(name)
    before, after = text[:at], text[at:]
    if before in ("", BOM):
        return before + whole + newline + (newline if after else "") + after
    return before + newline + newline + whole + after


def _place(text: str, names: Sequence[str], index: int) -> int:
    """Where a new block's blank line begins: always at the end of a line's words, or at the start of the text."""
    marked = read_marked(text)
    for name in names[index + 1 :]:
        if following := marked.find(name):
            return _end_of_words(text, following.start, most=2)
    for name in reversed(names[:index]):
        if previous := marked.find(name):
            return previous.end
    start = len(BOM) if text.startswith(BOM) else 0
    if text.startswith("# ", start):
        line_end = text.find("\n", start)
        return _end_of_words(text, line_end + 1, most=1) if line_end >= 0 else len(text)
    return _end_of_words(text, len(text), most=len(text))


def _end_of_words(text: str, at: int, most: int) -> int:
    """The offset before the line ends (at most so many) that stand before `at`."""
    start = len(BOM) if text.startswith(BOM) else 0
    while most and at > start and text[at - 1] == "\n":
        at -= 2 if at - 1 > start and text[at - 2] == "\r" else 1
        most -= 1
    return at


def _newline(text: str) -> str:
    """What ends the document's lines, as its first line does.

    After a lone return at a paragraph's end it is `\\r\\n`: a plain `\\n` of ours would join with the return.
    """
    first = text.find("\n")
    return "\r\n" if (first > 0 and text[first - 1] == "\r") or _LONE_RETURN.search(text) else "\n"


def _normal(body: str) -> str:
    """A generated body in the form that is kept as base: `\\n` after each line, none of our markers."""
    lines = without_markers(body.replace("\r\n", "\n")).rstrip("\n")
    return lines + "\n" if lines else ""
