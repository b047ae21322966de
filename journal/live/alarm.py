"""What wakes the captures behind the screen: changes that a capture would see; growing logs are dealt with between."""

import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from journal.capture.change_alarm import ChangeAlarm
from journal.capture.log.waking import LogAlarm

# Between two times that growing logs are dealt with, some of which are written by the line: at least so many seconds,
# and so many times as long as it took.
_PAUSE = 3.0
_PAUSES = 20


class Alarm:
    """Waits for changes; while it does, what logs have new is dealt with as they grow.

    Args:
        logs: the logs of the jobs that run, asked for anew before each wait.
        on_growth: called when one of them has grown, at most every few seconds.
    """

    def __init__(self, logs: Callable[[], Iterable[str]], on_growth: Callable[[], None]) -> None:
        self._logs_now = logs
        self._on_growth = on_growth
        self._logs = LogAlarm()
        self._changes = ChangeAlarm(self._logs.ring)
        self._open = ExitStack()

    def __enter__(self) -> Self:
        self._open.enter_context(self._logs)
        self._open.enter_context(self._changes)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def listen_to(self, directories: Iterable[Path]) -> None:
        """Listens to these directories and all below them, where the filesystem tells of changes."""
        self._changes.listen_to(directories)

    def ring(self) -> None:
        """Ends a wait, from any thread."""
        self._changes.ring()

    def wait(self, seconds: float) -> bool:
        """Returns True soon after something changed, or it was rung; False after so many seconds."""
        self._logs.listen_to(self._logs_now())
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if not self._logs.wait(left, seconds):
                continue
            if self._changes.wait(0.0):
                return True
            began = time.monotonic()
            self._on_growth()
            pause = max(_PAUSE, _PAUSES * (time.monotonic() - began))
            if self._changes.wait(max(0.0, min(pause, until - time.monotonic()))):
                return True
        return self._changes.wait(0.0)
