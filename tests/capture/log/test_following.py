"""Following a log that grows."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journal.capture.log import following
from journal.capture.log.following import Added, Position, follow
from journal.capture.log.opening import NoLogError


class Follower:
    """Follows one log, and what it was told of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.position: Position | None = None
        self.text = b""
        self.anew = 0

    def look(self, most: int = following.MOST, *, to_its_end: bool = False) -> Added | None:
        added = follow(self.path, self.position, most=most, to_its_end=to_its_end)
        if added:
            self.text = (b"" if added.is_anew else self.text) + b"".join(piece.data for piece in added.pieces)
            self.anew += added.is_anew
            self.position = Position.from_json(json.loads(json.dumps(added.position.to_json())))
        return added


@pytest.fixture
def log(tmp_path: Path) -> Follower:
    return Follower(tmp_path / "log")


def _append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


@given(
    parts=st.lists(st.sampled_from([b"a", b"bc\n", b"\r", b"\n", b"de\r\n", b"\x00\xff", b"f" * 40]), max_size=40),
    looks=st.sets(st.integers(0, 40)),
)
def test_everything_is_told_once_in_whole_lines(
    parts: list[bytes], looks: set[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    log = Follower(tmp_path_factory.mktemp("log") / "log")
    log.path.touch()
    for number, part in enumerate(parts):
        _append(log.path, part)
        if number in looks:
            added = log.look()
            assert all(piece.data.endswith((b"\n", b"\r")) for piece in (added.pieces if added else ()))
    log.look(to_its_end=True)
    whole = b"".join(parts)
    assert log.text == whole
    assert log.position is None or log.position.number == whole.count(b"\n") + 1
    assert log.look(to_its_end=True) is None


def test_nothing_new_is_one_stat(log: Follower) -> None:
    _append(log.path, b"one\n")
    assert log.look() is not None
    assert log.look() is None
    _append(log.path, b"tw")  # half a line
    added = log.look()
    assert added is not None
    assert added.pieces == ()
    assert log.look() is None
    _append(log.path, b"o\n")
    added = log.look()
    assert added is not None
    assert [tuple(piece) for piece in added.pieces] == [(2, b"two\n")]


def test_of_too_much_the_beginning_and_the_newest_are_read(log: Follower, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "_BEGINNING", 100)
    _append(log.path, b"".join(b"step %04d\n" % number for number in range(1000)))
    added = log.look(most=300)
    assert added is not None
    first, last = added.pieces
    assert first.data.startswith(b"step 0000\n")
    assert last.data.startswith(b"step 0971\n")
    assert last.data.endswith(b"step 0999\n")
    _append(log.path, b"".join(b"step %04d\n" % number for number in range(1000, 2000)))
    added = log.look(most=300)
    assert added is not None
    (only,) = added.pieces
    assert only.data.startswith(b"step 1971\n")


def test_a_log_cut_or_written_anew_is_read_from_its_beginning(log: Follower) -> None:
    _append(log.path, b"step 1\nstep 2\n")
    log.look()
    log.path.write_bytes(b"new\n")
    assert log.look().is_anew  # type: ignore[union-attr]
    assert log.text == b"new\n"
    log.path.write_bytes(b"longer than what was there\n")
    log.look()
    assert log.text == b"longer than what was there\n"
    assert log.anew == 2


def test_a_hole_left_by_a_cut_is_no_end(log: Follower) -> None:
    with log.path.open("wb", buffering=0) as file:  # as Slurm writes without O_APPEND
        file.write(b"step 1\n" * 1000)
        log.look()
        os.truncate(log.path, 0)
        file.write(b"step 2\n")
        log.look()
    assert log.text.lstrip(b"\0") == b"step 2\n"
    assert log.anew == 1


def test_a_log_that_was_rotated_is_read_to_its_end_first(log: Follower) -> None:
    _append(log.path, b"step 1\n")
    log.look()
    _append(log.path, b"step 2\nstep 3")
    log.path.rename(f"{log.path}.1")
    _append(log.path, b"step 4\n")
    added = log.look()
    assert added is not None
    assert not added.is_anew
    assert [piece.data for piece in added.pieces] == [b"step 2\nstep 3", b"step 4\n"]


def test_a_log_that_was_replaced_begins_anew(log: Follower, tmp_path: Path) -> None:
    _append(log.path, b"step 1\n")
    log.look()
    (tmp_path / "other").write_bytes(b"step 1\nstep 2\n")
    (tmp_path / "other").rename(log.path)
    assert log.look().is_anew  # type: ignore[union-attr]
    assert log.text == b"step 1\nstep 2\n"


def test_a_log_that_is_gone_is_told_and_found_again(log: Follower) -> None:
    _append(log.path, b"step 1\n")
    log.look()
    aside = log.path.with_name("aside")
    log.path.rename(aside)
    with pytest.raises(NoLogError, match="is not there"):
        log.look()
    aside.rename(log.path)
    _append(log.path, b"step 2\n")
    log.look()
    assert log.text == b"step 1\nstep 2\n"


def test_of_a_line_without_an_end_the_beginning_is_told(log: Follower, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "_LONGEST", 10)
    _append(log.path, b"ok\n" + b"x" * 50)
    log.look()
    assert log.text == b"ok\n"  # it may still end
    for _ in range(3):
        _append(log.path, b"z" * 20)
        log.look()
    _append(log.path, b"end\nnext\n")
    log.look()
    assert log.text == b"ok\nxxxxxxxxxxnext\n"
    assert log.position is not None
    assert log.position.number == 4


def test_a_pipe_or_a_directory_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path):
        with pytest.raises(NoLogError):
            follow(path, None)


@pytest.mark.parametrize("cursor", [None, [], [1, 2], "x", {"offset": 1}])
def test_a_cursor_of_another_form_is_no_position(cursor: object) -> None:
    assert Position.from_json(cursor) is None
