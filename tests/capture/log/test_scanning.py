"""Looking through a log for telling words."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journal.capture.log import counting, scanning
from journal.capture.log.counting import LineCount, newlines_between
from journal.capture.log.scanning import Finder, scan

WORDS = [b"Error", b"Errors", b"oom", b"\x00k"]


@contextmanager
def descriptor_of(path: Path, data: bytes) -> Iterator[int]:
    path.write_bytes(data)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@given(
    parts=st.lists(st.sampled_from([*WORDS, b"\n", b"Err", b"o", b"x" * 20, b"\xff", b"\x00"]), max_size=60),
    start=st.integers(0, 40),
    chunk=st.integers(8, 60),
)
def test_nothing_is_missed_whatever_the_chunk(
    parts: list[bytes], start: int, chunk: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = b"".join(parts)
    start = min(start, len(data))
    with pytest.MonkeyPatch.context() as patch, descriptor_of(tmp_path_factory.mktemp("log") / "log", data) as log:
        patch.setattr(scanning, "CHUNK", chunk)
        patch.setattr(scanning, "_NEAR", -1)
        patch.setattr(scanning, "_KEPT", 1000)
        found = scan(log, start, len(data), Finder(WORDS))
        places = {place for places in found.first for place in places}
        for word in WORDS:
            at = data.find(word, start)
            while at >= 0:
                assert any(abs(at - place) < 8 for place in places)
                at = data.find(word, at + 1)
        for place in places:
            assert data.startswith(tuple(WORDS), place)
        assert found.newlines == data.count(b"\n", start)
        for offset in range(start, len(data), 7):
            assert found.newlines_to(log, offset) == data.count(b"\n", start, offset)


def test_of_what_is_frequent_the_first_and_the_last_are_kept(tmp_path: Path) -> None:
    rare = b"oom\n"
    noise = (b"Error: none\n" + b"." * 3000 + b"\n") * 300
    data = noise + rare + noise
    with descriptor_of(tmp_path / "log", data) as log:
        found = scan(log, 0, len(data), Finder(WORDS))
    assert found.first[2] == [len(noise)]
    places = list(found.places())
    assert len(places) <= 2 * scanning._KEPT + 1
    assert places[1] == 0
    assert max(places) > len(data) - 2 * 3012
    assert places[0] == len(noise)  # what is rare comes first


def test_lines_are_counted_before_a_place(tmp_path: Path) -> None:
    data = b"a\nb\n\n" * 1000
    with descriptor_of(tmp_path / "log", data) as log:
        with LineCount(log) as count:
            assert count.before(1000, (len(data), newlines_between(log, 1000, len(data)))) == 600
        with LineCount(log) as count:
            pass  # nobody asks: it is ended


def test_lines_are_counted_of_what_grows_and_not_of_what_is_cut(tmp_path: Path) -> None:
    data = b"a\n" * 100
    with descriptor_of(tmp_path / "log", data + b"b\n" * 7) as log:  # seven lines more than when its size was taken
        with LineCount(log) as count:
            assert count.before(20, (200, 90)) == 10
        os.truncate(tmp_path / "log", 100)
        with LineCount(log) as count:
            assert count.before(20, (200, 90)) is None


def test_without_wc_python_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(counting, "_CHUNK", 7)
    with descriptor_of(tmp_path / "log", b"a\n" * 100) as log, LineCount(log) as count:
        assert count.before(20, (200, 90)) == 10
