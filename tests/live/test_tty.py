"""The terminal is given back as it was, however the screen ends."""

import os
import pty
import signal
import termios
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import pytest

from journal.live.tty import Ended, Tty


class Ends(NamedTuple):
    """Both ends of a pseudo-terminal: the one that a person has, and the program's."""

    person: int
    program: int

    def modes(self) -> list[Any]:
        """How the terminal is set."""
        return termios.tcgetattr(self.program)

    def shown(self) -> bytes:
        """All that was written since."""
        os.set_blocking(self.person, False)
        read = b""
        with suppress(BlockingIOError):
            while piece := os.read(self.person, 4096):
                read += piece
        return read


@pytest.fixture
def ends() -> Iterator[Ends]:
    made = Ends(*pty.openpty())
    yield made
    for end in made:
        with suppress(OSError):
            os.close(end)


class BoomError(Exception):
    """Something that nobody foresaw."""


def ended_by(tty: Tty, deed: Callable[[], None]) -> int:
    """The signal that ends the screen after something was done."""
    try:
        with tty.taken():
            deed()
            while True:
                tty.wait(None)
    except Ended as ended:
        return ended.number


def test_it_is_given_back_after_an_exception(ends: Ends) -> None:
    before = ends.modes()
    tty = Tty(ends.program, ends.program)
    taken: list[Any] = []

    def show() -> None:
        with tty.taken():
            taken.extend(ends.modes())
            raise BoomError

    with pytest.raises(BoomError):
        show()
    assert not taken[3] & (termios.ECHO | termios.ICANON | termios.ISIG)
    assert ends.modes() == before
    shown = ends.shown()
    assert shown.index(b"\x1b[?1049h") < shown.index(b"\x1b[?1049l")
    assert shown.index(b"\x1b[?25l") < shown.index(b"\x1b[?25h")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT])
def test_a_signal_ends_the_wait_and_the_block(ends: Ends, number: int) -> None:
    before, handler = ends.modes(), signal.getsignal(number)
    tty = Tty(ends.program, ends.program)
    assert ended_by(tty, lambda: os.kill(os.getpid(), number)) == number
    assert ends.modes() == before
    assert signal.getsignal(number) is handler


def test_a_new_size_means_drawing_anew(ends: Ends) -> None:
    tty = Tty(ends.program, ends.program)
    with tty.taken():
        termios.tcsetwinsize(ends.program, (40, 132))
        os.kill(os.getpid(), signal.SIGWINCH)
        assert tty.wait(None).redraw
        assert tty.size() == (132, 40)


def test_keys_come_as_they_are_typed(ends: Ends) -> None:
    tty = Tty(ends.program, ends.program)
    with tty.taken():
        os.write(ends.person, b"\x03\x1a\rj")
        assert tty.wait(None) == (b"\x03\x1a\rj", False)
        assert tty.wait(0.0) == (b"", False)


def test_other_threads_end_a_wait(ends: Ends) -> None:
    tty = Tty(ends.program, ends.program)
    with tty.taken():
        threading.Thread(target=tty.wake).start()
        assert tty.wait(None) == (b"", False)


def test_a_terminal_that_is_gone_ends_it(ends: Ends) -> None:
    tty = Tty(ends.program, ends.program)
    assert ended_by(tty, lambda: os.close(ends.person)) == signal.SIGHUP


def test_what_it_is_lent_to_finds_it_as_it_was(ends: Ends) -> None:
    before = ends.modes()
    tty = Tty(ends.program, ends.program)
    with tty.taken():
        with tty.lent():
            assert ends.modes() == before
            assert signal.getsignal(signal.SIGTSTP) is signal.SIG_DFL
            os.kill(os.getpid(), signal.SIGINT)  # of the other program
        assert ends.modes() != before
        assert tty.wait(0.0) == (b"", False)


def test_a_signal_ends_it_also_while_it_is_lent(ends: Ends) -> None:
    before = ends.modes()
    tty = Tty(ends.program, ends.program)
    with pytest.raises(Ended), tty.taken(), tty.lent():
        os.kill(os.getpid(), signal.SIGTERM)
    assert ends.modes() == before


def test_what_others_write_to_standard_error_is_told_afterwards(ends: Ends) -> None:
    errors = os.dup(ends.program)
    tty = Tty(ends.program, ends.program, errors)
    with tty.taken():
        os.write(errors, b"a warning")
        with tty.lent():
            os.write(errors, b"of the pager, ")
        os.write(errors, b", and another")
        assert b"warning" not in ends.shown()
    assert ends.shown().endswith(b"\x1b[?1049la warning, and another")
    os.close(errors)
