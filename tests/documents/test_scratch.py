"""SCRATCH.md as a whole, against a file that a person read and found worth reading.

After a wanted change: `python -m tests.documents.test_scratch` writes the file anew; read it before committing it.
"""

from datetime import UTC
from pathlib import Path

from journal.documents.blocks import render, strip
from journal.documents.scratch import scratch_blocks
from journal.moments import offset_zone
from tests.documents.pointdiff import pointdiff
from tests.story_store import PROJECT, StoryStore

GOLDEN = Path(__file__).parent / "SCRATCH.golden.md"
TITLE = "# SCRATCH · pointdiff\n"
ZONE = offset_zone(60)


def told(store: StoryStore) -> str:
    return render(TITLE, scratch_blocks(store.connection, PROJECT, ZONE), {}).text


def test_the_week_reads_as_it_was_found_good() -> None:
    assert told(pointdiff()) == GOLDEN.read_text(encoding="utf-8")


def test_an_unchanged_store_gives_unchanged_bytes_and_all_of_it_can_be_taken_out() -> None:
    store = pointdiff()
    blocks = scratch_blocks(store.connection, PROJECT, ZONE)
    first = render(TITLE, blocks, {})
    assert render(first.text, scratch_blocks(store.connection, PROJECT, ZONE), first.base).text == first.text
    assert strip(first.text) == TITLE


def test_hostile_words_are_shown_and_do_nothing() -> None:
    text = told(pointdiff())
    assert text.count("<!-- journal:end day=2026-11-11 -->") == 1
    assert not {"\x1b", "\u202e"} & set(text)
    assert "<script" not in text
    assert " @evil" not in text


def test_an_empty_project_says_so() -> None:
    blocks = scratch_blocks(StoryStore().connection, PROJECT, UTC)
    assert [block.name for block in blocks] == ["head"]
    assert "Nothing has been captured yet." in blocks[0].body


if __name__ == "__main__":
    GOLDEN.write_text(told(pointdiff()), encoding="utf-8")
