"""Waking when logs grow."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from journal.capture.filesystem import FilesystemType
from journal.capture.log import waking
from journal.capture.log.waking import LogAlarm


def _soon(work: Callable[[], object]) -> None:
    threading.Timer(0.2, work).start()


def _append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"step\n")


def test_the_filesystem_wakes_where_it_tells(tmp_path: Path) -> None:
    with LogAlarm() as alarm:
        alarm.listen_to([tmp_path / "log"])  # not there yet
        assert alarm.is_told(tmp_path / "log")
        _soon(lambda: _append(tmp_path / "log"))
        started = time.monotonic()
        assert alarm.wait(30, poll_seconds=30)
        assert time.monotonic() - started < 20


def test_other_files_beside_a_log_wake_nobody(tmp_path: Path) -> None:
    with LogAlarm() as alarm:
        alarm.listen_to([tmp_path / "log"])
        _append(tmp_path / "checkpoint.pt")
        assert not alarm.wait(0.5, poll_seconds=0.1)


def test_a_look_wakes_where_the_filesystem_tells_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waking, "filesystem_of", lambda _: FilesystemType("lustre", network=True))
    with LogAlarm() as alarm:
        alarm.listen_to([tmp_path / "log"])
        assert not alarm.is_told(tmp_path / "log")
        assert not alarm.wait(0.1, poll_seconds=0.05)
        _soon(lambda: _append(tmp_path / "log"))
        assert alarm.wait(30, poll_seconds=0.1)
        assert not alarm.wait(0.1, poll_seconds=0.05)


def test_a_directory_that_proves_deaf_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waking, "_DEAF_AFTER_SECONDS", 0.0)
    monkeypatch.setattr(waking._Bell, "on_any_event", lambda *_: None)  # as if another machine wrote
    with LogAlarm() as alarm:
        alarm.listen_to([tmp_path / "log"])
        for _ in range(3):
            assert alarm.is_told(tmp_path / "log") == (_ < 2)
            _append(tmp_path / "log")
            assert alarm.wait(10, poll_seconds=0.05)
        alarm.listen_to([tmp_path / "log"])
        assert not alarm.is_told(tmp_path / "log")


def test_a_directory_that_tells_is_not_taken_for_deaf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waking, "_DEAF_AFTER_SECONDS", 0.0)
    with LogAlarm() as alarm:
        alarm.listen_to([tmp_path / "log"])
        for _ in range(4):
            _soon(lambda: _append(tmp_path / "log"))
            assert alarm.wait(10, poll_seconds=10)
        assert alarm.is_told(tmp_path / "log")


def test_directories_come_and_go(tmp_path: Path) -> None:
    with LogAlarm() as alarm:
        alarm.listen_to([tmp_path / "later/log"])
        assert not alarm.is_told(tmp_path / "later/log")
        (tmp_path / "later").mkdir()
        alarm.listen_to([tmp_path / "later/log"])
        assert alarm.is_told(tmp_path / "later/log")
        alarm.listen_to([])
        assert not alarm.is_told(tmp_path / "later/log")
