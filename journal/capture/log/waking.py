"""Waking when logs grow: told by the filesystem where that tells, by looking elsewhere.

Which of the two is found out. A network filesystem is never trusted to tell, since it is deaf to what other machines
write; and a directory that was trusted, whose logs are seen to have grown without a word, is looked at from then on.
"""

import os
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from watchdog.events import FileClosedNoWriteEvent, FileOpenedEvent, FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import ObservedWatch

from journal.capture.filesystem import filesystem_of

_DEAF_AFTER_SECONDS = 2.0  # what the kernel tells, it tells at once


class _Bell(FileSystemEventHandler):
    """Rings for the logs alone, however much else is written beside them; knows which have rung."""

    def __init__(self) -> None:
        self.rung = threading.Event()
        self.logs: frozenset[str] = frozenset()
        self.heard: dict[str, float] = {}

    def on_any_event(self, event: FileSystemEvent) -> None:
        if isinstance(event, FileOpenedEvent | FileClosedNoWriteEvent):  # our own reading changes nothing
            return
        for path in {os.fsdecode(event.src_path), os.fsdecode(event.dest_path)} & self.logs:
            self.heard[path] = time.monotonic()
            self.rung.set()


class LogAlarm:
    """Wakes whoever waits for some logs to grow."""

    def __init__(self) -> None:
        self._bell = _Bell()
        self._observer = Observer()
        self._watches: dict[str, ObservedWatch | None] = {}  # directory → None where it tells nothing
        self._seen: dict[str, _Look] = {}

    def __enter__(self) -> Self:
        self._observer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._observer.stop()
        self._observer.join()

    def listen_to(self, logs: Iterable[str | Path]) -> None:
        """From now on waits for these logs and no others; they need not exist yet."""
        paths = frozenset(os.path.realpath(log) for log in logs)
        directories = {_directory(path) for path in paths}
        for gone in self._watches.keys() - directories:
            self._ignore(gone)
        for directory in directories - self._watches.keys():
            if os.path.isdir(directory):  # noqa: PTH112  (text, by the thousand)
                self._watches[directory] = self._listening(directory)
        self._bell.logs = paths
        self._seen = {path: self._seen.get(path) or _look_at(path) for path in paths}

    def _listening(self, directory: str) -> ObservedWatch | None:
        if filesystem_of(Path(directory)).network:
            return None
        try:
            return self._observer.schedule(self._bell, directory, recursive=False)
        except OSError:
            return None  # there are too many watches on this machine (fs.inotify.max_user_watches)

    def _ignore(self, directory: str) -> None:
        watch = self._watches.pop(directory)
        if watch is not None:
            self._observer.unschedule(watch)

    def is_told(self, log: str | Path) -> bool:
        """Whether the filesystem tells when this log grows, as far as is known."""
        return self._watches.get(_directory(os.path.realpath(log))) is not None

    def ring(self) -> None:
        """Ends a wait as if a log had changed, from any thread."""
        self._bell.rung.set()

    def wait(self, seconds: float, poll_seconds: float) -> bool:
        """Returns True as soon as a log is known to have changed, False after so many seconds.

        Args:
            seconds: the longest wait.
            poll_seconds: between two looks at all logs; those that the filesystem tells of need none.
        """
        deadline = time.monotonic() + seconds
        while True:
            left = deadline - time.monotonic()
            is_told = self._bell.rung.wait(max(0.0, min(left, poll_seconds)))
            self._bell.rung.clear()
            if self._look() or is_told:
                return True
            if left <= poll_seconds:
                return False

    def _look(self) -> bool:
        """Looks at every log: whether one has changed, and whether those that are told of really are."""
        has_changed = False
        for path, before in self._seen.items():
            now = _look_at(path)
            if now[:2] == before[:2]:
                continue
            has_changed = True
            is_unheard = self._bell.heard.get(path, 0.0) < before.at
            # Two changes without a word, some time apart: of a single one the word may be under way.
            if is_unheard and before.unheard_since and now.at - before.unheard_since > _DEAF_AFTER_SECONDS:
                self._give_up(_directory(path))
            self._seen[path] = now._replace(unheard_since=(before.unheard_since or now.at) if is_unheard else 0.0)
        return has_changed

    def _give_up(self, directory: str) -> None:
        if self._watches.get(directory) is not None:
            self._ignore(directory)
            self._watches[directory] = None


class _Look(NamedTuple):
    """What a log looked like.

    Attributes:
        size, changed: bytes, and nanoseconds since 1970; -1 where it is not there.
        at: when it was looked at, by the monotonic clock.
        unheard_since: when it was first seen to have changed without a word; 0 where it was told of.
    """

    size: int
    changed: int
    at: float
    unheard_since: float = 0.0


def _look_at(path: str) -> _Look:
    try:
        status = Path(path).stat()
    except OSError:
        return _Look(-1, -1, time.monotonic())
    return _Look(status.st_size, status.st_mtime_ns, time.monotonic())


def _directory(path: str) -> str:
    return os.path.dirname(path)  # noqa: PTH120  (text, by the thousand)
