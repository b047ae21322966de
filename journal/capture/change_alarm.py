"""Waking when files change, on filesystems that tell; elsewhere only the clock wakes."""

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from watchdog.events import FileClosedNoWriteEvent, FileOpenedEvent, FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from journal.capture.filesystem import filesystem_of

_SETTLE_SECONDS = 0.3  # a git command or a reply changes many files within this time; one turn serves them all


class _Bell(FileSystemEventHandler):
    def __init__(self, heard: Callable[[], None]) -> None:
        self.rung = threading.Event()
        self._heard = heard

    def on_any_event(self, event: FileSystemEvent) -> None:
        if not isinstance(event, FileOpenedEvent | FileClosedNoWriteEvent):  # our own reading changes nothing
            self.ring()

    def ring(self) -> None:
        self.rung.set()
        self._heard()


class ChangeAlarm:
    """Listens to directories and wakes whoever waits.

    Args:
        heard: called whenever something has changed, from another thread.
    """

    def __init__(self, heard: Callable[[], None] = lambda: None) -> None:
        self._bell = _Bell(heard)
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
        self._bell.ring()

    def wait(self, seconds: float) -> bool:
        """Returns True soon after something changed, False after so many seconds."""
        has_changed = self._bell.rung.wait(seconds)
        if has_changed:
            threading.Event().wait(_SETTLE_SECONDS)
        self._bell.rung.clear()
        return has_changed
