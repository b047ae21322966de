"""Reading a log as far as it matters."""

import os
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journal.capture.log import reading
from journal.capture.log.reading import LogText, read_log

TRIGGERS = [b"Traceback", b"Error", b"killed"]


def _numbered(text: LogText) -> list[tuple[int, bytes]]:
    """(number, line) of what was read."""
    return [
        (number, line) for piece in text.pieces for number, line in enumerate(piece.data.split(b"\n"), piece.number)
    ]


def test_a_small_log_is_read_whole(tmp_path: Path) -> None:
    data = b"\x00\xff one\r two\n\x1b[31mred"
    (tmp_path / "log").write_bytes(data)
    text = read_log(tmp_path / "log", TRIGGERS)
    assert (text.whole, text.size, text.looked_at) == (True, len(data), 0)
    assert [tuple(piece) for piece in text.pieces] == [(1, data)]
    assert text.is_written
    os.utime(tmp_path / "log", (0, 0))
    assert not read_log(tmp_path / "log", TRIGGERS).is_written


def test_an_empty_log_has_no_pieces(tmp_path: Path) -> None:
    (tmp_path / "log").touch()
    assert read_log(tmp_path / "log", TRIGGERS).pieces == ()


def _small_windows(patch: pytest.MonkeyPatch) -> None:
    for name, size in {
        "WHOLE": 400,
        "_BEGINNING": 60,
        "_END": 90,
        "_BEFORE": 50,
        "_AFTER": 40,
        "_AROUND_NEAR": 300,
        "_AROUND_ALL": 400,
    }.items():
        patch.setattr(reading, name, size)


@given(
    lines=st.lists(
        st.sampled_from([b"", b"step 1", b"step 2\rstep 3", b"ValueError: x", b"\x00\xff", b"y" * 130, b"killed"]),
        min_size=40,
        max_size=300,
    ),
    reach=st.none() | st.integers(100, 3000),
    ends=st.booleans(),
)
def test_every_line_that_is_read_has_its_number(
    lines: list[bytes], reach: int | None, ends: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("log") / "log"
    path.write_bytes(b"\n".join(lines) + b"\n" * ends)
    with pytest.MonkeyPatch.context() as patch:
        _small_windows(patch)
        text = read_log(path, TRIGGERS, reach=reach)
    assert text.numbered
    read = _numbered(text)
    for number, line in read:
        assert line in (lines[number - 1] if number <= len(lines) else b"")
    assert [number for number, _ in read] == sorted(number for number, _ in read)
    last = read[-2] if ends else read[-1]
    assert last[0] == len(lines)
    assert lines[-1].endswith(last[1])


def test_what_stands_in_the_middle_is_found_when_all_is_looked_through(tmp_path: Path) -> None:
    lines = [b"step %d loss 0.1" % number for number in range(1, 400_001)]
    lines[200_000] = b"RuntimeError: here"
    (tmp_path / "log").write_bytes(b"\n".join(lines) + b"\n")
    near = read_log(tmp_path / "log", TRIGGERS, reach=1 << 20)
    assert near.looked_at > 0
    assert b"RuntimeError: here" not in b"".join(piece.data for piece in near.pieces)
    whole = read_log(tmp_path / "log", TRIGGERS, reach=None)
    assert whole.looked_at == 0
    assert (200_001, b"RuntimeError: here") in _numbered(whole)
    for text in (near, whole):
        assert text.pieces[0].number == 1
        assert _numbered(text)[-2] == (400_000, lines[-1])
        assert not text.whole


def test_memory_is_bounded_whatever_the_log(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as file:
        for _ in range(60):
            file.write(b"x" * (1 << 20) + b" Error Error\r")  # one line of 60 MB, of progress that is overwritten
    tracemalloc.start()
    text = read_log(tmp_path / "log", TRIGGERS, reach=None)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 24 << 20
    assert {piece.number for piece in text.pieces} == {1}


def test_a_hole_is_read_like_any_other_text(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as file:  # as a writer leaves it whose file was cut under it
        file.seek(40 << 20)
        file.write(b"\nValueError: after the hole\n")
    text = read_log(tmp_path / "log", TRIGGERS)
    assert (2, b"ValueError: after the hole") in _numbered(text)
