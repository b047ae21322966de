"""Text from outside on its way to a terminal: nothing in it can move the cursor, recolour, or turn text around."""

import re

_CONTROLS = re.compile(
    "(?:\x1b\\[|\x9b)[0-9;?]*[ -/]*[@-~]"  # ANSI sequences as a whole
    "|\x1b\\][^\x07\x1b]*(?:\x07|\x1b\\\\)?"  # operating system commands: titles, links
    "|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f]"  # controls, and marks that turn text around
)


def plain(text: str) -> str:
    """Text without anything that a terminal acts on, save newlines and tabs."""
    return _CONTROLS.sub("", text)


def line(text: str) -> str:
    """Text as one line, without anything that a terminal acts on."""
    return " ".join(plain(text).split())
