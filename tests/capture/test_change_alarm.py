"""Waking when files change."""

import threading
import time
from pathlib import Path

import pytest

from journal.capture import change_alarm
from journal.capture.change_alarm import ChangeAlarm
from journal.capture.filesystem import FilesystemType


def test_a_change_wakes_before_the_time_is_over(tmp_path: Path) -> None:
    with ChangeAlarm() as alarm:
        alarm.listen_to([tmp_path])
        threading.Timer(0.2, (tmp_path / "new").touch).start()
        started = time.monotonic()
        alarm.wait(30)
        assert time.monotonic() - started < 10


def test_without_a_change_the_clock_wakes(tmp_path: Path) -> None:
    with ChangeAlarm() as alarm:
        alarm.listen_to([tmp_path])
        alarm.wait(0.1)


def test_a_network_filesystem_is_not_listened_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(change_alarm, "filesystem_of", lambda _: FilesystemType("lustre", network=True))
    with ChangeAlarm() as alarm:
        alarm.listen_to([tmp_path])
        threading.Timer(0.1, (tmp_path / "new").touch).start()
        started = time.monotonic()
        alarm.wait(0.6)
        assert time.monotonic() - started >= 0.5
