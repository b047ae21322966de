"""Keys, from the bytes that a terminal sends for them."""

import codecs
from typing import NamedTuple

_NAMED = {
    b"\r": "enter", b"\n": "enter", b"\t": "tab", b"\x7f": "backspace", b"\x08": "backspace", b"\x1b": "escape",
    b"\x03": "ctrl-c", b"\x04": "ctrl-d", b"\x0c": "ctrl-l", b"\x15": "ctrl-u", b"\x17": "ctrl-w", b"\x1a": "ctrl-z",
}  # fmt: skip
# What follows ESC [ or ESC O, of xterm and all that speak as it does (tmux, screen, the Linux console).
_SEQUENCES = {
    "A": "up", "B": "down", "C": "right", "D": "left", "H": "home", "F": "end", "1~": "home", "7~": "home",
    "4~": "end", "8~": "end", "5~": "page up", "6~": "page down", "3~": "delete",
}  # fmt: skip
_LONGEST = 32  # bytes: no key's sequence is longer


class Typed(NamedTuple):
    """What some bytes meant.

    Attributes:
        keys: names as above, or the one character that was typed; what is not known is left out.
        rest: bytes that begin a key whose end has not come.
    """

    keys: tuple[str, ...]
    rest: bytes


def typed(data: bytes, *, more_may_come: bool = True) -> Typed:
    """The keys that some bytes stand for.

    Args:
        data: as they were read, with the `rest` of the time before in front.
        more_may_come: False once nothing followed: an ESC at the end is then the key of that name, and not the
            beginning of an arrow.
    """
    keys: list[str] = []
    at = 0
    while at < len(data):
        length, key = _first_key(data[at:], more_may_come=more_may_come)
        if not length:
            return Typed(tuple(keys), data[at:])
        at += length
        if key:
            keys.append(key)
    return Typed(tuple(keys), b"")


def _first_key(data: bytes, *, more_may_come: bool) -> tuple[int, str]:
    """How many bytes the first key takes (0: it is not whole), and its name, empty where it means nothing."""
    if data[:1] == b"\x1b":
        return _escape(data, more_may_come=more_may_come)
    if data[0] < 0x20 or data[0] == 0x7F:
        return 1, _NAMED.get(data[:1], "")
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    for length in range(1, min(len(data), 4) + 1):
        if character := decoder.decode(data[length - 1 : length]):
            return length, character[0] if character[0].isprintable() else ""
    return (0, "") if more_may_come else (len(data), "")


def _escape(data: bytes, *, more_may_come: bool) -> tuple[int, str]:
    if len(data) == 1:
        return (0, "") if more_may_come else (1, "escape")
    if data[1:2] not in (b"[", b"O"):
        return 1, "escape"
    for at in range(2, min(len(data), _LONGEST)):
        if 0x40 <= data[at] <= 0x7E:
            return at + 1, _SEQUENCES.get(_without_modifiers(data[2 : at + 1].decode("latin-1")), "")
        if not 0x20 <= data[at] <= 0x3F:
            return at, ""  # no sequence after all: what is not one of its bytes is looked at anew
    return (0, "") if more_may_come and len(data) < _LONGEST else (len(data), "")


def _without_modifiers(sequence: str) -> str:
    """`1;5A`, an arrow with Ctrl held, as `A`; `5;2~` as `5~`."""
    numbers, last = sequence[:-1], sequence[-1]
    first = numbers.partition(";")[0]
    return first + last if last == "~" else last if numbers[:2] in ("", "1;") else sequence
