"""Text for a terminal: nothing in it that came from outside can move the cursor, colour only where it is seen."""

import os
import re
import shutil
import sys

from journal.derive.terminal_text import line as line
from journal.derive.terminal_text import plain as plain

_ACTED_ON = re.compile("[\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # what json leaves unescaped
_COLOURS = {
    "dim": "2",
    "bold": "1",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
}


def escaped(document: str) -> str:
    """A JSON document with the characters that a terminal acts on written as escapes."""
    return _ACTED_ON.sub(lambda found: f"\\u{ord(found[0]):04x}", document)


_NOT_STARTED = (126, 127)  # what a shell ends with when it cannot start a command: no `less` on a compute node


def coloured() -> bool:
    """Whether standard output is a terminal that shows colour and the person wants it (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def paint(text: str, colour: str, on: bool) -> str:
    """Colours our own text, where colour is on."""
    return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if on else text


def width() -> int:
    """Columns to fill; plenty when not on a terminal, where nothing is cut."""
    return shutil.get_terminal_size((100, 24)).columns if sys.stdout.isatty() else 100_000


def cut(text: str, columns: int) -> str:
    """Text that fits so many columns, cut with an ellipsis."""
    return text if len(text) <= columns else text[: max(0, columns - 1)] + "…"


def show(text: str) -> None:
    """Prints text; what is longer than the terminal goes through a pager, as git does it."""
    chosen = (os.environ.get(name) for name in ("JOURNAL_PAGER", "GIT_PAGER", "PAGER"))
    pager = next(filter(None, chosen), None) or ("less" if shutil.which("less") else "cat")
    lines = text.count("\n")
    if not sys.stdout.isatty() or pager == "cat" or lines < shutil.get_terminal_size().lines:
        sys.stdout.write(text)
        return
    import subprocess

    environment = {"LESS": "FRX", "LV": "-c", **os.environ}
    shell = ["sh", "-c", pager]  # a command line, as git takes it
    paged = subprocess.run(shell, input=text.encode("utf-8", "replace"), env=environment, check=False)
    if paged.returncode in _NOT_STARTED:
        sys.stdout.write(text)
