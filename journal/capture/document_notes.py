"""What a person writes in our documents: their paragraphs between our blocks, their lines inside them."""

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import NamedTuple

from journal.capture.document_bases import Bases, bases_of
from journal.events import Event, make_event
from journal.marked_text import BOM, digest_of, is_marker, read_marked

_LONGEST_NOTE = 20_000  # characters; what is longer was pasted, and stands in the document


class Origin(NamedTuple):
    """Where a note was read.

    Attributes:
        document: the document's name: "SCRATCH.md".
        at: when it was last written, in stored form.
        project: the project's id, or None.
        branch: the branch that was checked out, if known.
    """

    document: str
    at: str
    project: str | None
    branch: str | None = None


def notes_in(text: str, bases: Bases, origin: Origin) -> list[Event]:
    """The notes in a document: each paragraph outside of our blocks, and each run of lines put into one.

    A paragraph read again is the same event. The title line that we wrote is no note. Of a block whose base is not
    known no line can be told to be the person's.
    """
    notes = [*_paragraphs(_outside(text), bases.title), *_inserted(text, bases_of(text, bases))]
    return [_note(note, origin) for note in dict.fromkeys(notes)]


def _note(text: str, origin: Origin) -> Event:
    fact = {"text": text, "origin": origin.document, "branch": origin.branch}
    return make_event("note", origin.at, origin.project, "document", (origin.document, text), fact)


def _outside(text: str) -> str:
    """The document without our blocks, a blank line in the place of each."""
    pieces: list[str] = []
    at = 0
    for block in read_marked(text).blocks:
        pieces.append(text[at : block.start])
        at = block.end
    return "\n\n".join([*pieces, text[at:]])


def _paragraphs(text: str, title: str | None) -> Iterator[str]:
    """Runs of lines between blank ones; a code fence is not cut at a blank line in it."""
    paragraph: list[str] = []
    fence = ""
    for line in [*text.removeprefix(BOM).replace("\r\n", "\n").split("\n"), ""]:
        stripped = line.strip()
        if fence:
            fence = "" if stripped and not stripped.strip(fence[0]) and stripped.startswith(fence) else fence
        elif stripped.startswith(("```", "~~~")):
            fence = stripped[: len(stripped) - len(stripped.lstrip(stripped[0]))]
        elif not stripped:
            yield from _worth_noting(paragraph)
            paragraph = []
            continue
        if line != title and not is_marker(line):
            paragraph.append(line)
    yield from _worth_noting(paragraph)


def _inserted(text: str, bases: Mapping[str, str]) -> Iterator[str]:
    """Lines that a person put into our blocks, or wrote in the place of ours."""
    for block in read_marked(text).blocks:
        base = bases.get(block.name)
        body = text[block.body_start : block.body_end].replace("\r\n", "\n")
        if base is None or body == base or block.digest not in (None, digest_of(base)):
            continue
        ours, theirs = base.split("\n"), body.split("\n")
        for kind, _, _, start, end in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
            if kind in ("insert", "replace"):
                yield from _worth_noting(theirs[start:end])


def _worth_noting(lines: list[str]) -> Iterator[str]:
    """The lines as one text, unless there is not a word in them."""
    text = "\n".join(lines).strip()
    if any(character.isalnum() for character in text):
        yield text[:_LONGEST_NOTE]
