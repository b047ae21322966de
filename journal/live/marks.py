"""What is drawn with characters: bars and sparklines, and how all of it looks where there is no Unicode."""

import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from rich.cells import cell_len

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_LEVELS = "▁▂▃▄▅▆▇█"
_EMPTY = "·"
_MOST = 1e300  # the sum of some larger ones is infinite


def bar(part: float, width: int) -> str:
    """A bar of so many cells, filled up to a part between 0 and 1: `████▍·····`."""
    eighths = round(min(max(part, 0.0), 1.0) * width * 8)
    whole, rest = divmod(eighths, 8)
    filled = "█" * whole + (_EIGHTHS[rest] if rest else "")
    return filled + _EMPTY * (width - len(filled))


def sparkline(values: Sequence[float], width: int) -> str:
    """The course of some values, oldest first, in at most so many cells: `█▆▄▃▂▂▁▁`.

    More values than cells are averaged. Values that are no numbers are left out; of none, or of one alone, there is
    nothing to draw.
    """
    known = [value for value in values if abs(value) < _MOST]
    if len(known) < 2 or width < 2:
        return ""
    drawn = _averaged(known, width)
    low, high = min(drawn), max(drawn)
    if high == low:
        return _LEVELS[len(_LEVELS) // 2] * len(drawn)
    steepness = (len(_LEVELS) - 1) / (high - low)
    return "".join(_LEVELS[min(len(_LEVELS) - 1, round((value - low) * steepness))] for value in drawn)


def _averaged(values: Sequence[float], count: int) -> list[float]:
    if len(values) <= count:
        return list(values)
    edges = [number * len(values) // count for number in range(count + 1)]
    return [sum(values[start:end]) / (end - start) for start, end in pairwise(edges)]


_IN_ASCII = str.maketrans(
    {
        **dict(zip(_LEVELS, "_.,-~=+#", strict=True)),
        **dict(zip("▏▎▍▌▋▊▉", "...-###", strict=True)),
        "·": ".",
        "…": "~",
        "→": ">",
        "←": "<",
        "↑": "^",
        "↓": "v",
        "▸": ">",
        "‖": "=",
        "✓": "+",
        "✗": "x",
        "×": "x",
        "–": "-",
        "−": "-",
        "—": "-",
        "─": "-",
        "“": '"',
        "”": '"',
        "’": "'",
        "‘": "'",
        "≥": ">",
        "\N{NO-BREAK SPACE}": " ",
    }
)


def in_ascii(text: str) -> str:
    """Text for a terminal without Unicode: as many cells, each of an ASCII character that comes near."""
    text = text.replace(" · ", " - ").translate(_IN_ASCII)
    return text if text.isascii() else "".join(map(_ascii_character, text))


def _ascii_character(character: str) -> str:
    if character.isascii():
        return character
    base = unicodedata.normalize("NFKD", character)[:1]
    width = cell_len(character)
    return base if base.isascii() and width == 1 else "?" * width
