"""The terminal while the screen has it: keys come one by one, and whatever happens it is given back as it was."""

import contextlib
import os
import select
import signal
import termios
from collections.abc import Generator
from types import FrameType
from typing import Any, NamedTuple

from journal.live.screen import Size
from journal.live.stray import Stray

_ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l"  # the other screen, no cursor, no wrapping of lines
_LEAVE = "\x1b[?7h\x1b[?25h\x1b[0m\x1b[?1049l"
_ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
_OF_JOB_CONTROL = (signal.SIGTSTP, signal.SIGCONT)
_READ = 4096


class Ended(BaseException):
    """A signal asked the process to end, or the terminal is gone; `number` is that signal's."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Woken(NamedTuple):
    """Why a wait is over: what was typed, and whether all must be drawn anew."""

    data: bytes
    redraw: bool


class Tty:
    """A terminal that is taken with `taken` and given back at the end of its block.

    Args:
        keys: the file descriptor that keys are read from.
        screen: the one that is written to.
        errors: that of standard error, of which nothing is let onto the screen meanwhile.
    """

    def __init__(self, keys: int, screen: int, errors: int = 2) -> None:
        self._keys = keys
        self._screen = screen
        self._before: list[Any] = []
        self._wake_read, self._wake_write = os.pipe()
        for end in (self._wake_read, self._wake_write):
            os.set_blocking(end, False)
        self._signalled: list[int] = []
        self._is_taken = False
        self._is_lent = False
        self._stray = Stray(errors)

    @contextlib.contextmanager
    def taken(self) -> Generator[None]:
        """The terminal is the screen's; at the end of the block it is as it was. For the main thread alone."""
        told = (*_ENDING, *_OF_JOB_CONTROL, signal.SIGWINCH)
        handlers = {number: signal.signal(number, self._told) for number in told}
        try:
            self._take()
            yield
        finally:
            self._give_back()
            with contextlib.suppress(OSError):  # the terminal may be gone
                self._stray.tell()
            for number, handler in handlers.items():
                signal.signal(number, handler)

    @contextlib.contextmanager
    def lent(self) -> Generator[None]:
        """Another program has the terminal during the block: Ctrl-C there is its own, Ctrl-Z stops it and us.

        Raises:
            Ended: in the middle of the block, where a signal asks the process to end.
        """
        self._give_back()
        self._is_lent = True
        handlers = {number: signal.signal(number, signal.SIG_DFL) for number in _OF_JOB_CONTROL}
        try:
            yield
        finally:
            self._is_lent = False
            for number, handler in handlers.items():
                signal.signal(number, handler)
        self._take()

    def suspend(self) -> None:
        """To the shell, with all of the process's group as Ctrl-Z does it, until it is brought to the front again."""
        self._give_back()
        handler = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(0, signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, handler)
        self._take()

    def _take(self) -> None:
        try:
            before = termios.tcgetattr(self._keys)
            mode = termios.tcgetattr(self._keys)
            mode[0] &= ~(termios.IXON | termios.ICRNL | termios.INLCR | termios.IGNCR)
            mode[3] &= ~(termios.ICANON | termios.ECHO | termios.ISIG | termios.IEXTEN)
            mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
            termios.tcsetattr(self._keys, termios.TCSADRAIN, mode)
        except termios.error:
            raise Ended(signal.SIGHUP) from None
        if not self._is_taken:
            self._before, self._is_taken = before, True
        self._stray.set_aside()
        self.write(_ENTER)

    def _give_back(self) -> None:
        if not self._is_taken:
            return
        self._is_taken = False
        self._stray.give_back()
        with contextlib.suppress(Ended, termios.error):  # it may be gone
            self.write(_LEAVE)
            termios.tcsetattr(self._keys, termios.TCSADRAIN, self._before)

    def write(self, text: str) -> None:
        """Writes all of a text.

        Raises:
            Ended: the terminal is gone.
        """
        data = text.encode("utf-8", "replace")
        while data:
            try:
                data = data[os.write(self._screen, data) :]
            except BlockingIOError:  # a program before us left it so
                select.select([], [self._screen], [])
            except OSError:
                raise Ended(signal.SIGHUP) from None

    def size(self) -> Size:
        """Its size now; where the terminal does not tell, 80 × 24."""
        try:
            columns, lines = os.get_terminal_size(self._screen)
        except OSError:
            return Size(80, 24)
        return Size(columns or 80, lines or 24)

    def wake(self) -> None:
        """Ends a `wait`, from any thread."""
        with contextlib.suppress(BlockingIOError):  # it is full of wakes already
            os.write(self._wake_write, b"w")

    def _told(self, number: int, _frame: FrameType | None) -> None:
        if self._is_lent and number in (signal.SIGINT, signal.SIGQUIT):
            return
        if self._is_lent and number in _ENDING:
            raise Ended(number)
        self._signalled.append(number)
        self.wake()

    def wait(self, seconds: float | None) -> Woken:
        """Waits for keys, for a wake, for a signal, or for so many seconds.

        Raises:
            Ended: a signal asks the process to end, or the terminal is gone.
        """
        ready = select.select([self._keys, self._wake_read], [], [], seconds)[0]
        if self._wake_read in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(self._wake_read, _READ)
        if self._obeyed():  # a shell may have read the keys since
            return Woken(b"", redraw=True)
        return Woken(self._typed() if self._keys in ready else b"", redraw=False)

    def _typed(self) -> bytes:
        try:
            read = os.read(self._keys, _READ)
        except BlockingIOError:
            return b""
        except OSError:
            read = b""
        if not read:
            raise Ended(signal.SIGHUP)
        return read

    def _obeyed(self) -> bool:
        """Does what signals asked for; whether all must be drawn anew."""
        signalled, self._signalled = self._signalled, []
        for number in signalled:
            if number in _ENDING:
                raise Ended(number)
            if number == signal.SIGTSTP:
                self.suspend()
            elif number == signal.SIGCONT:  # stopped without being asked (SIGSTOP): the shell had the terminal
                self._take()
        return bool(signalled)
