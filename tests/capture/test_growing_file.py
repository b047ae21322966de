import io
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from journal.capture.growing_file import mark, read_lines


@given(
    lines=st.lists(st.binary(max_size=30).map(lambda text: text.replace(b"\n", b" "))),
    tail=st.binary(max_size=10).map(lambda text: text.replace(b"\n", b" ")),
    chunk=st.integers(1, 50),
)
def test_complete_lines_come_whole_whatever_the_chunk(lines: list[bytes], tail: bytes, chunk: int) -> None:
    text = b"".join(line + b"\n" for line in lines)
    read, end = [], 0
    for part in read_lines(io.BytesIO(text + tail), 0, chunk=chunk):
        read += part.lines
        end = part.end
    assert read == lines
    assert end == len(text)


@given(lines=st.lists(st.integers(0, 40), min_size=1), chunk=st.integers(1, 16), longest=st.integers(1, 20))
def test_a_line_too_long_is_passed_over_and_counted(lines: list[int], chunk: int, longest: int) -> None:
    text = b"".join(b"x" * length + b"\n" for length in lines)
    parts = list(read_lines(io.BytesIO(text), 0, chunk=chunk, longest=longest))
    kept = [len(line) for part in parts for line in part.lines]
    dropped = sum(part.too_long for part in parts)
    assert parts[-1].end == len(text)
    assert len(kept) + dropped == len(lines)
    assert all(length <= longest + 2 * chunk for length in kept)
    assert all(length in kept for length in lines if length <= longest)


def test_a_mark_tells_when_what_was_read_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"one\ntwo\n")
    with path.open("rb") as file:
        before = mark(file, 8)
    path.write_bytes(b"one\ntwo\nthree\n")
    with path.open("rb") as file:
        assert mark(file, 8) == before
        assert mark(file, 0) == 0
    path.write_bytes(b"one\nTWO\nthree\n")
    with path.open("rb") as file:
        assert mark(file, 8) != before
