"""The lines of a log, whatever is in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journal.derive.log.lines import LONGEST, LogLine, split_lines, without_rank


def texts(data: bytes) -> list[str]:
    return [line.text for line in split_lines(data)]


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", []),
        (b"\n", [(1, "")]),
        (b"a\n\nb", [(1, "a"), (2, ""), (3, "b")]),
        (b"a\r\nb\r\n", [(1, "a"), (2, "b")]),
        (b"  0%\r 50%\r100%\nend\n", [(1, "  0%"), (1, " 50%"), (1, "100%"), (2, "end")]),
        (b"\r\r\n", [(1, "")]),
        (b"\x1b[0;31mOSError\x1b[0m: full\n", [(1, "OSError: full")]),
        (b"\x1b]0;title\x07loss 1\n", [(1, "loss 1")]),
        (b"\x1b[2K\x1b[1Gstep 3", [(1, "step 3")]),
        (b"a\x00b\x07c\x08\n", [(1, "abc")]),
        (b"\n\x00", [(1, ""), (2, "")]),
        (b"caf\xc3\xa9 \xff\xfe\n", [(1, "café ��")]),
        (b"cut \xc3", [(1, "cut �")]),
        ("\u0085x\u2028y\x0cz\n".encode(), [(1, "x\u2028yz")]),
    ],
)
def test_lines_are_numbered_by_newlines_and_free_of_controls(data: bytes, lines: list[tuple[int, str]]) -> None:
    assert list(split_lines(data)) == [LogLine(*line) for line in lines]


def test_the_first_number_can_be_given() -> None:
    assert [line.number for line in split_lines(b"x\ny\n", first_number=812)] == [812, 813]


def test_a_very_long_line_keeps_its_start_and_its_end() -> None:
    [line] = texts(b"begin" + b"x" * 3_000_000 + b"end")
    assert line.startswith("beginxxx")
    assert line.endswith("xxxend")
    assert len(line) < LONGEST + 100


def test_a_long_line_of_short_pieces_keeps_them_all() -> None:
    data = b"\r".join(b"%d%%" % number for number in range(100_000))
    assert len(texts(data)) == 100_000


@given(st.binary(max_size=400))
def test_any_bytes_are_lines_without_what_a_terminal_acts_on(data: bytes) -> None:
    lines = list(split_lines(data))
    assert not [line for line in lines if any(ord(letter) < 32 and letter != "\t" for letter in line.text)]
    assert {line.number for line in lines} == set(
        range(1, data.count(b"\n") + 1 + (not data.endswith(b"\n") and bool(data)))
    )


LINES = st.lists(st.text(alphabet="ab \t%é\r\x1b[0m", max_size=12).map(str.encode), max_size=8)


@given(LINES, LINES)
def test_a_log_read_in_two_pieces_is_the_same_log(first: list[bytes], second: list[bytes]) -> None:
    one, two = (b"".join(line + b"\n" for line in lines) for lines in (first, second))
    assert list(split_lines(one + two)) == [*split_lines(one), *split_lines(two, len(first) + 1)]


def test_blocks_meet_at_line_ends() -> None:
    data = b"".join(b"line %d\n\n" % number for number in range(300_000))
    lines = list(split_lines(data))
    assert len(lines) == 600_000
    assert lines[-2] == LogLine(599_999, "line 299999")


@pytest.mark.parametrize(
    ("text", "rank", "rest"),
    [
        ("[rank3]: Traceback", 3, "Traceback"),
        ("[rank3]:   File", 3, "  File"),
        ("[default12]:  what()", 12, " what()"),
        ("0: step 1", 0, "step 1"),
        (" 7: step 1", 7, "step 1"),
        ("3:Traceback", 3, "Traceback"),
        ("[0]:x", 0, "x"),
        ("[1,2]<stderr>:x", 2, "x"),
        ("0: [rank4]: x", 4, "x"),
        ("12:30:01 x", None, "12:30:01 x"),
        ("http://x", None, "http://x"),
        ("[n7:4021] x", None, "[n7:4021] x"),
        ("step 3: x", None, "step 3: x"),
        ("", None, ""),
    ],
)
def test_a_rank_is_told_from_other_beginnings(text: str, rank: int | None, rest: str) -> None:
    assert without_rank(text) == (rank, rest)
