from hypothesis import given, settings
from hypothesis import strategies as st

from journal.documents.blocks import Block, render, strip
from journal.marked_text import begin_marker, read_marked

HEAD = Block("head", "## Where\n- one\n- two\n- three")
DAY = Block("day=2026-11-12", "## Thu 12 Nov\n- commit a\n- commit b")


def written(text: str, *blocks: Block) -> tuple[str, dict[str, str]]:
    rendered = render(text, blocks, {})
    return rendered.text, rendered.base


def test_a_new_document_holds_the_blocks_in_order_with_blank_lines_between() -> None:
    text, _ = written("# SCRATCH\n", HEAD, DAY)
    assert text == (
        f"# SCRATCH\n\n{begin_marker('head', HEAD.body + chr(10))}\n{HEAD.body}\n<!-- journal:end head -->\n"
        f"\n{begin_marker(DAY.name, DAY.body + chr(10))}\n{DAY.body}\n<!-- journal:end {DAY.name} -->\n"
    )


def test_a_new_day_goes_before_the_older_and_notes_between_stay() -> None:
    text, base = written("# S\n", HEAD, DAY)
    text = text.replace("<!-- journal:end head -->\n", "<!-- journal:end head -->\n\nMy notes.\n")
    newer = Block("day=2026-11-13", "## Fri")
    after = render(text, [HEAD, newer, DAY], base).text
    assert after.index("My notes.") < after.index("## Fri") < after.index("## Thu")
    assert (
        after.replace(
            f"\n{begin_marker(newer.name, '## Fri' + chr(10))}\n## Fri\n<!-- journal:end {newer.name} -->\n", ""
        )
        == text
    )


def test_edits_inside_a_block_survive_and_deletions_last_while_unchanged() -> None:
    text, base = written("# S\n", HEAD)
    text = text.replace("- one\n", "- one\nMINE\n").replace("- three\n", "")
    again = render(text, [HEAD], base)
    assert again.text == text
    changed = render(text, [Block("head", "## Where\n- one\n- 2\n- three\n- four")], again.base)
    assert "- one\nMINE\n- 2\n- four\n" in changed.text
    assert "three" not in changed.text


def test_a_rewritten_line_wins_over_its_successor_and_a_new_line_beside_it_appears() -> None:
    text, base = written("", Block("d", "## Day, 1 commit\n- last commit here"))
    text = text.replace("- last commit here", "- last commit here, it broke everything")
    after = render(text, [Block("d", "## Day, 2 commits\n- last commit here\n- a quite new line")], base)
    assert "## Day, 2 commits\n- last commit here, it broke everything\n- a quite new line\n<!--" in after.text


def test_without_a_base_the_digest_decides() -> None:
    text, _ = written("# S\n", HEAD, DAY)
    edited = text.replace("- two", "- two, edited")
    new_day = Block(DAY.name, "## Thu\n- commit c")
    after = render(edited, [Block("head", "other"), new_day], {})
    assert "- two, edited" in after.text
    assert "other" not in after.text
    assert "- commit c" in after.text
    assert after.problems == ("block head was edited in another clone and is kept as it is; delete it to renew it",)


def test_blocks_no_longer_generated_go_unless_edited() -> None:
    text, base = written("# S\n\nmine\n", HEAD, DAY)
    assert render(text, [HEAD], base).text == written("# S\n\nmine\n", HEAD)[0]
    edited = text.replace("- commit a", "- commit a!")
    after = render(edited, [HEAD], base)
    assert after.text == edited
    assert not after.problems


def test_a_block_taken_out_stays_out_until_it_changes() -> None:
    text, base = written("# S\n", HEAD, DAY)
    without_day = render(text, [HEAD], {}).text
    again = render(without_day, [HEAD, DAY], base)
    assert again.text == without_day
    back = render(again.text, [HEAD, Block(DAY.name, "## Thu, more")], again.base)
    assert "## Thu, more" in back.text


def test_line_ends_bom_and_a_missing_final_newline_stay() -> None:
    for original in ("\ufeff# T\r\n\r\nmine\r\n", "no end", "\ufeff", "", "\n\n", "a\r\nb", "# T", "x\n\n\n"):
        text, base = written(original, HEAD, DAY)
        assert "\r\n" not in original or "\n" not in text.replace("\r\n", "")
        assert strip(text) == original
        assert render(text, [HEAD, DAY], base).text == text
        assert strip(render(text, [HEAD], base).text) == original


def test_an_edited_block_with_crlf_keeps_each_line_end() -> None:
    text, base = written("# T\r\n", HEAD)
    text = text.replace("- one\r\n", "- one\r\nunix line\n")
    after = render(text, [Block("head", "## Where\n- one\n- zwei\n- three")], base).text
    assert "- one\r\nunix line\n- zwei\r\n- three\r\n" in after


def test_damaged_structure_is_never_destroyed() -> None:
    text, base = written("# S\nmine\n", HEAD, DAY)
    damaged = [
        text.replace("<!-- journal:end head -->\n", ""),
        text.replace(begin_marker("head", HEAD.body + "\n") + "\n", ""),
        text + text,
        "<!-- journal:begin head -->\nmine\n<!-- journal:begin day=2026-11-12 -->\nx\n<!-- journal:end head -->\n",
        "````md\n" + text + "````\nrest\n",
        "```\nunclosed\n" + text,
    ]
    for document in damaged:
        once = render(document, [Block("head", "new head"), DAY], base)
        lines = [line for line in document.splitlines() if "journal:" not in line and line not in HEAD.body]
        assert all(line in once.text.splitlines() for line in lines)
        assert "new head" in once.text
        twice = render(once.text, [Block("head", "new head"), DAY], once.base)
        assert twice.text == once.text


def test_markers_shown_in_a_code_fence_are_the_persons() -> None:
    shown = "# S\n```html\n<!-- journal:begin head 00000000 -->\nx\n<!-- journal:end head -->\n```\n"
    after = render(shown, [HEAD], {}).text
    assert strip(after) == shown
    assert len(read_marked(after).blocks) == 1


def test_a_generated_body_cannot_hold_a_marker() -> None:
    text, _ = written("", Block("head", "a\n<!-- journal:end head -->\n<!-- journal:begin x -->\nb"))
    assert strip(text) == ""


LINES = st.lists(st.sampled_from(["## H", "- a", "- b", "- c", "- d [3f2a]", "", "**x**"]), max_size=7)
GENERATIONS = st.lists(
    st.lists(st.tuples(st.sampled_from(["head", "d1", "d2", "d3"]), LINES), unique_by=lambda pair: pair[0], max_size=4),
    min_size=1,
    max_size=5,
)
EDITS = st.lists(
    st.lists(st.tuples(st.sampled_from(["insert", "delete", "replace"]), st.integers(0, 60)), max_size=4), max_size=5
)
ORIGINALS = st.lists(
    st.sampled_from(
        ["# T", "words", "", "```", "~~~", "<!-- journal:begin head -->", "<!-- journal:end head -->", "- x"]
    ),
    max_size=6,
)


@settings(max_examples=150, deadline=None)
@given(ORIGINALS, st.sampled_from(["\n", "\r\n"]), st.booleans(), GENERATIONS, EDITS, st.booleans())
def test_whatever_a_person_inserts_is_there_after_any_generations(
    original: list[str], newline: str, final: bool, generations: list, edits: list, keep_base: bool
) -> None:
    text = newline.join(original) + (newline if final else "")
    base: dict[str, str] = {}
    mine: set[str] = set()
    for number, generation in enumerate(generations):
        blocks = [Block(name, "\n".join(lines)) for name, lines in sorted(generation, reverse=True)]
        rendered = render(text, blocks, base if keep_base else {})
        assert mine <= set(rendered.text.splitlines())
        again = render(rendered.text, blocks, rendered.base if keep_base else {})
        assert again.text == rendered.text
        text, base = rendered.text, rendered.base
        lines = text.split("\n")
        for count, (edit, place) in enumerate(edits[number] if number < len(edits) else []):
            at = place % (len(lines) + 1)
            if edit != "insert" and at < len(lines):
                mine.discard(lines.pop(at).rstrip("\r"))
            if edit != "delete":
                line = f"mine {number} {count}"
                mine.add(line)
                lines.insert(at, line)
        text = "\n".join(lines)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="ab#`~ \n\r\ufeff<!->", max_size=30), GENERATIONS)
def test_strip_gives_back_what_was_there(original: str, generations: list) -> None:
    text, base = original, {}
    for generation in generations:
        rendered = render(text, [Block(name, "\n".join(lines)) for name, lines in generation], base)
        text, base = rendered.text, rendered.base
    assert strip(text) == original
