import os
from pathlib import Path

from journal.capture.document_bases import Bases, read_bases
from journal.capture.document_notes import Origin, notes_in
from journal.capture.document_notes_source import DocumentNotesSource
from journal.documents.blocks import Block, render
from journal.documents.files import write_document

TITLE = "# SCRATCH · x"
ORIGIN = Origin("SCRATCH.md", "2026-11-12T09:14:03.000Z", "p", "main")
HEAD = Block("head", "## Where\n- one\n- two")


def texts(text: str, bases: Bases) -> list[str]:
    import json

    return [json.loads(event.data)["text"] for event in notes_in(text, bases, ORIGIN)]


def test_paragraphs_and_inserted_lines_are_notes_and_nothing_of_ours_is() -> None:
    rendered = render(f"{TITLE}\n", [HEAD, Block("d", "## Day\n- x")], {})
    bases = Bases(rendered.base, {}, TITLE)
    assert texts(rendered.text, bases) == []
    edited = rendered.text.replace("- one\n", "- one\n- because of numpy\n  and torch\n").replace("- x", "- x!")
    edited = edited.replace("end head -->\n", "end head -->\nRight below.\nStill it.\r\n\n---\n\n```\na\n\nb\n```\n")
    assert texts(edited, bases) == [
        "Right below.\nStill it.",
        "```\na\n\nb\n```",
        "- because of numpy\n  and torch",
        "- x!",
    ]


def test_a_note_read_again_is_the_same_event() -> None:
    first = notes_in("Mine.\n\nMine.", Bases({}, {}, None), ORIGIN)
    again = notes_in("New.\n\nMine.", Bases({}, {}, None), ORIGIN._replace(at="2027-01-01T00:00:00.000Z"))
    assert len(first) == 1
    assert first[0].id in [event.id for event in again]


def test_without_bases_no_line_of_a_block_is_taken_for_the_persons() -> None:
    text = render("", [HEAD], {}).text.replace("- one", "- edited")
    assert texts(text, Bases({}, {}, None)) == []


def test_the_source_reads_a_document_only_when_it_was_written(tmp_path: Path) -> None:
    document, base_file = tmp_path / "SCRATCH.md", tmp_path / "git" / "SCRATCH.md.json"
    source = DocumentNotesSource(document, base_file, "p")
    assert list(source.read({})) == []
    write_document(document, base_file, [HEAD], TITLE)
    (batch,) = source.read({})
    assert batch.events == []
    assert list(source.read(batch.cursors)) == []
    document.write_text(document.read_text() + "\nWhy is the seed 17?\n")
    os.utime(document, (1_800_000_000, 1_800_000_000))
    (batch,) = source.read(batch.cursors)
    assert [(event.kind, event.at[:10], event.source) for event in batch.events] == [("note", "2027-01-15", "document")]
    assert read_bases(base_file).title == TITLE
    document.write_bytes(b"\xff\xfe")
    (batch,) = source.read(batch.cursors)
    assert batch.skipped == {"SCRATCH.md is not UTF-8": 1}
