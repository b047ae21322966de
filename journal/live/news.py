"""What other threads tell the screen, and how it gets there."""

from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from typing import NamedTuple

from journal.live.overview import Overview
from journal.live.panel import Tail
from journal.live.steering import Action


class Seen(NamedTuple):
    """The store was read.

    Attributes:
        overview: what it knows.
        branch: what is checked out where the screen was opened; None where nothing is.
    """

    overview: Overview
    branch: str | None


class Troubled(NamedTuple):
    """A capture failed and is tried again; in words."""

    words: str


class Written(NamedTuple):
    """The end of the log of the row with that key."""

    key: str
    tail: Tail


class Done(NamedTuple):
    """A command that an action asked for has ended.

    Attributes:
        action: what it was for.
        status: 0 where it did what it was asked.
        output: what it printed, errors last.
    """

    action: Action
    status: int
    output: str


class Broken(NamedTuple):
    """A thread met what nobody foresaw."""

    error: BaseException


News = Seen | Troubled | Written | Done | Broken


class Inbox:
    """Where any thread leaves news, and the screen's finds it.

    Args:
        wake: called after each.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._queue: SimpleQueue[News] = SimpleQueue()
        self._wake = wake

    def put(self, news: News) -> None:
        """Leaves news; from any thread."""
        self._queue.put(news)
        self._wake()

    def drain(self) -> Iterator[News]:
        """All that came since, oldest first."""
        while True:
            try:
                yield self._queue.get_nowait()
            except Empty:
                return
