"""The end of the selected job's log, read in a thread of its own: a filesystem that hangs holds up no key."""

import os
import threading
from collections.abc import Sequence
from pathlib import Path

from journal.capture.file_end import read_end
from journal.errors import JournalError
from journal.live.news import Broken, Inbox, Written
from journal.live.panel import Tail

_LINES = 60
_BYTES = 64 * 1024
_SECONDS = 2.0  # between two looks; a look at what has not changed is one stat for each file

_Sight = tuple[str, tuple[tuple[int, int, int] | None, ...]]


class Tailing:
    """Looks at the files of one job at a time, and tells of their end when it is another than before.

    Args:
        inbox: where news go.
    """

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._wanted: tuple[str, tuple[str, ...]] | None = None
        self._changed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)

    def start(self) -> None:
        """Begins; returns at once."""
        self._thread.start()

    def look_at(self, key: str, paths: Sequence[str]) -> None:
        """From now on looks at these files, of the row with that key."""
        wanted = (key, tuple(paths))
        if wanted != self._wanted:
            self._wanted = wanted
            self._changed.set()

    def _run(self) -> None:
        try:
            before: _Sight | None = None
            while True:
                self._changed.wait(_SECONDS)
                self._changed.clear()
                if self._wanted is not None:
                    before = self._look(*self._wanted, before)
        except BaseException as error:  # noqa: BLE001  (the screen's thread raises it)
            self._inbox.put(Broken(error))

    def _look(self, key: str, paths: tuple[str, ...], before: _Sight | None) -> _Sight:
        sight = (key, tuple(map(_stat, paths)))
        if sight != before:
            self._inbox.put(Written(key, read_tail(newest_first(paths))))
        return sight


def _stat(path: str) -> tuple[int, int, int] | None:
    """What changes when a file is written to; None where it is not there."""
    try:
        status = os.stat(path)  # noqa: PTH116  (three numbers of it)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def newest_first(paths: Sequence[str]) -> list[str]:
    """The files that are there, the last written first; all of them where none is."""
    seen = {path: found for path in paths if (found := _stat(path))}
    return sorted(seen, key=lambda path: -seen[path][2]) or list(paths)


def read_tail(paths: Sequence[str]) -> Tail:
    """The end of the first of some files that holds anything."""
    tail = Tail("", problem="where it writes is not known")
    for path in paths:
        try:
            lines = read_end(Path(path), _LINES, _BYTES).lines
        except JournalError as error:
            tail = Tail(path, problem=str(error))
            continue
        if lines:
            return Tail(path, tuple(lines))
        tail = Tail(path, problem="nothing written yet")
    return tail
