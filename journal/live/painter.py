"""Puts lines on a terminal, those alone that changed: over ssh a second's news is a hundred bytes and not a screen."""

import io
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.text import Text

from journal.live.marks import in_ascii

_CLEAR = "\x1b[2J"


class Painter:
    """What is on the terminal, and how to bring it up to date.

    Args:
        write: takes what the terminal is to get.
        colours: whether colour is wanted; what is bold, dim or turned around is so in any case.
        unicode: whether the terminal shows more than ASCII.
    """

    def __init__(self, write: Callable[[str], None], *, colours: bool, unicode: bool) -> None:
        self._write = write
        self._unicode = unicode
        self._console = Console(
            file=io.StringIO(),
            force_terminal=True,
            force_interactive=False,
            color_system="standard",  # the terminal's own sixteen, which the person chose to be able to read
            no_color=not colours,
            width=10_000,  # lines come cut to size
            legacy_windows=False,
            highlight=False,
            markup=False,
            emoji=False,
        )
        self._shown: list[Text] = []
        self._width = 0

    def forget(self) -> None:
        """The terminal no longer shows what was put there: the next time all of it is drawn."""
        self._shown = []

    def paint(self, lines: Sequence[Text], width: int) -> None:
        """Brings the terminal up to date.

        Args:
            lines: as many as it has, none wider than it.
            width: its width; another one than before means that all is drawn.
        """
        anew = len(lines) != len(self._shown) or width != self._width
        changes = [
            f"\x1b[{number + 1};1H{self._sequence(line)}{'' if line.cell_len >= width else _ERASE_REST}"
            for number, line in enumerate(lines)
            if anew or line != self._shown[number] or line.style != self._shown[number].style
        ]
        self._shown, self._width = list(lines), width
        if changes:
            self._write((_CLEAR if anew else "") + "".join(changes))

    def _sequence(self, line: Text) -> str:
        """A line as the terminal takes it."""
        with self._console.capture() as captured:
            self._console.print(line, end="", no_wrap=True, overflow="ignore", crop=False)
        text = captured.get()
        return text if self._unicode else in_ascii(text)


_ERASE_REST = "\x1b[K"
