"""The spool: whole records are read in order, torn ones wait and are then set aside."""

import os
import time
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from journal.spool import parse_record, read_spool

RECORD = b"journal-spool 1\nsource git\nevent post-commit\ncwd /home/u/point diff\nsession \n--\n.\n"


def _leave(spool: Path, name: str, content: bytes, age_seconds: float = 0) -> Path:
    path = spool / "new" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    moment = time.time() - age_seconds
    os.utime(path, (moment, moment))
    return path


def test_a_record_has_its_fields_and_body() -> None:
    assert parse_record(RECORD) == (
        {"source": "git", "event": "post-commit", "cwd": "/home/u/point diff", "session": ""},
        "",
    )
    whole = RECORD.replace(b"--\n.\n", b"--\nold new\n--\n.\nolder newer\n.\n")
    parsed = parse_record(whole)
    assert parsed is not None
    assert parsed[1] == "old new\n--\n.\nolder newer"


def test_a_value_may_end_like_the_separator() -> None:
    parsed = parse_record(b"journal-spool 1\ncwd /home/u/x--\nargs \x0b y\n--\n.\n")
    assert parsed == ({"cwd": "/home/u/x--", "args": "\x0b y"}, "")


@given(st.integers(min_value=0, max_value=len(RECORD) - 1))
def test_no_beginning_of_a_record_is_a_record(length: int) -> None:
    assert parse_record(RECORD[:length]) is None


@given(st.binary())
def test_any_bytes_are_a_record_or_none(content: bytes) -> None:
    parsed = parse_record(b"journal-spool 1\n" + content)
    assert parsed is None or isinstance(parsed[1], str)


def test_records_come_oldest_first(tmp_path: Path) -> None:
    _leave(tmp_path, "b", RECORD, age_seconds=5)
    _leave(tmp_path, "a", RECORD, age_seconds=1)
    assert [record.path.name for record in read_spool(tmp_path)] == ["b", "a"]


def test_a_torn_record_waits_a_minute_and_is_then_set_aside(tmp_path: Path) -> None:
    fresh = _leave(tmp_path, "fresh", RECORD[:-2])
    _leave(tmp_path, "old", RECORD[:-2], age_seconds=3600)
    assert list(read_spool(tmp_path)) == []
    assert fresh.exists()
    assert [path.name for path in (tmp_path / "bad").iterdir()] == ["old"]


def test_no_spool_is_an_empty_spool(tmp_path: Path) -> None:
    assert list(read_spool(tmp_path)) == []
