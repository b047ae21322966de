"""Waking for changes, and dealing with logs that grow."""

import threading
import time
from pathlib import Path

from journal.live.alarm import Alarm


def test_a_log_that_grows_is_dealt_with_and_the_wait_goes_on(tmp_path: Path) -> None:
    log, grown = tmp_path / "log", threading.Event()
    log.write_text("")
    with Alarm(lambda: [str(log)], grown.set) as alarm:
        writer = threading.Timer(0.3, lambda: log.write_text("a line\n"))
        waker = threading.Thread(target=lambda: grown.wait(30) and alarm.ring())
        writer.start()
        waker.start()
        assert alarm.wait(60)
    assert grown.is_set()


def test_a_change_ends_the_wait(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    with Alarm(list, lambda: None) as alarm:
        alarm.listen_to([tmp_path / "logs"])
        threading.Timer(0.3, (tmp_path / "logs/new").touch).start()
        assert alarm.wait(60)


def test_without_either_the_clock_does() -> None:
    began = time.monotonic()
    with Alarm(list, lambda: None) as alarm:
        assert not alarm.wait(0.2)
    assert time.monotonic() - began >= 0.2
