"""Waking when files change, on filesystems that tell; elsewhere only the clock wakes."""

import threading
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from watchdog.events import FileClosedNoWriteEvent, FileOpenedEvent, FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from journal.capture.filesystem import filesystem_of

_SETTLE_SECONDS = 0.3  # a git command or a reply changes many files within this time; one turn serves them all


class _Bell(FileSystemEventHandler):
    def __init__(self) -> None:
        self.rung = threading.Event()

    def on_any_event(self, event: FileSystemEvent) -> None:
        if not isinstance(event, FileOpenedEvent | FileClosedNoWriteEvent):  # our own reading changes nothing
            self.rung.set()


class ChangeAlarm:
    """Listens to directories and wakes whoever waits."""

    def __init__(self) -> None:
        self._bell = _Bell()
        self._observer = Observer()
        self._heard: set[Path] = set()

    def __enter__(self) -> Self:
        self._observer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._observer.stop()
        self._observer.join()

    def listen_to(self, directories: Iterable[Path]) -> None:
        """Listens to these directories and all below them, save those on network filesystems."""
        for directory in directories:
            if directory in self._heard or filesystem_of(directory).network:
                continue
            try:
                self._observer.schedule(self._bell, str(directory), recursive=True)
            except OSError:
                continue  # too many watches on this machine (fs.inotify.max_user_watches): the clock serves
            self._heard.add(directory)

    def ring(self) -> None:
        """Wakes whoever waits, from any thread."""
        self._bell.rung.set()

    def wait(self, seconds: float) -> None:
        """Returns soon after something changed, or after so many seconds."""
        if self._bell.rung.wait(seconds):
            threading.Event().wait(_SETTLE_SECONDS)
        self._bell.rung.clear()
