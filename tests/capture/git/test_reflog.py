"""Reflog lines: read back as they were written, whatever stands in them."""

from hypothesis import given
from hypothesis import strategies as st

from journal.capture.git.moves import head_story
from journal.capture.git.reflog import branches_around, parse_reflog

SHA = st.text("0123456789abcdef", min_size=40, max_size=40)
TEXT = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=40)
LINES = st.lists(st.tuples(SHA, SHA, TEXT.filter(lambda t: "\t" not in t), st.integers(0, 2**33), TEXT), max_size=8)


def _format(lines: list[tuple[str, str, str, int, str]]) -> bytes:
    return "".join(f"{old} {new} {who} <{who}> {at} +0100\t{said}\n" for old, new, who, at, said in lines).encode()


@given(LINES)
def test_what_is_formatted_is_parsed(lines: list[tuple[str, str, str, int, str]]) -> None:
    entries, bad = parse_reflog(_format(lines))
    assert bad == 0
    assert [(entry.old, entry.new, entry.message) for entry in entries] == [
        (old, new, m) for old, new, _, _, m in lines
    ]
    assert len({(entry.key, entry.start) for entry in entries}) == len(lines)


@given(LINES, st.integers(0, 10_000))
def test_a_reflog_cut_anywhere_gives_the_lines_before_the_cut(
    lines: list[tuple[str, str, str, int, str]], cut: int
) -> None:
    content = _format(lines)
    whole, _ = parse_reflog(content)
    part, bad = parse_reflog(content[:cut])
    assert bad == 0
    assert part == whole[: len(part)]


@given(st.binary(max_size=300))
def test_anything_is_survived(content: bytes) -> None:
    entries, bad = parse_reflog(content)
    assert len(entries) + bad == content.count(b"\n")
    head_story(entries, content, None, "main", "", "w", "p")


def test_lines_that_are_none_are_counted() -> None:
    assert parse_reflog(b"garbage\n\n")[1] == 2


def _moves(*messages: str) -> bytes:
    return "".join(f"{i:040x} {i + 1:040x} A <a@b> {i} +0000\t{m}\n" for i, m in enumerate(messages, 1)).encode()


def test_the_branch_at_each_move() -> None:
    entries, _ = parse_reflog(
        _moves(
            "commit: a",
            "checkout: moving from main to v1.0",
            f"checkout: moving from {'a' * 40} to topic",
            "commit: b",
            "rebase (start): checkout main",
            "rebase (pick): b",
            "rebase (finish): returning to refs/heads/topic",
            "Branch: renamed refs/heads/topic to refs/heads/other",
            "commit: c",
        )
    )
    befores, afters = branches_around(entries, None, "other")
    assert befores == ["main", "main", None, "topic", "topic", None, None, "topic", "other"]
    assert afters == ["main", None, "topic", "topic", None, None, "topic", "other", "other"]
