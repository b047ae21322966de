"""A progress bar for what lasts longer than a second; silence otherwise."""

import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

_PATIENCE_SECONDS = 1.0


@contextmanager
def progress(label: str, total: Callable[[], int | None]) -> Generator[Callable[[int], None]]:
    """Yields a function that is called with each advance.

    Args:
        label: what is going on, in two or three words.
        total: how much there is to do, asked only when the bar is first shown; None if unknown.
    """
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    bar = _LateBar(label, total)
    try:
        yield bar.advance
    finally:
        bar.close()


class _LateBar:
    def __init__(self, label: str, total: Callable[[], int | None]) -> None:
        self._label = label
        self._total = total
        self._started = time.monotonic()
        self._done = 0
        self._close: Callable[[], None] | None = None
        self._show: Callable[[int], None] | None = None

    def advance(self, count: int) -> None:
        self._done += count
        if self._show is None and time.monotonic() - self._started > _PATIENCE_SECONDS:
            self._open()
        if self._show:
            self._show(self._done)

    def _open(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        task = bar.add_task(self._label, total=self._total())
        bar.start()
        self._show = lambda done: bar.update(task, completed=done)
        self._close = bar.stop

    def close(self) -> None:
        if self._close:
            self._close()
