"""Numbers, times and sizes as programs print them."""

import re

# What multiplies a number: `1.06k` and `246M` of a progress bar (SI), `63.48GiB` of a memory report (binary).
_PREFIXES = {"": 0, "k": 1, "K": 1, "M": 2, "G": 3, "T": 4, "P": 5}
_SIZE = re.compile(r"(\d[\d,]*\.?\d*|\.\d+)\s?([kKMGTP]?)(i?)(?:B|b|ytes)?")
_CLOCK = re.compile(r"(?:(\d+)\s?(?:days?|d|-),?\s*)?(?:(\d+):)?(\d+):(\d\d(?:\.\d+)?)")
_UNITS = re.compile(r"(\d+(?:\.\d+)?)\s?(d|h|m(?!s)|s|ms|us)(?:ays?|ours?|rs?|in(?:ute)?s?|ec(?:ond)?s?)?(?![A-Za-z])")
_SECONDS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6}

NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)?(?:(?<=\d)\.\d*|\.\d+)?(?<=[\d.])(?:[eE][-+]?\d+)?"


def number(text: str) -> float:
    """`3.4255`, `7,865`, `1e-05`, `nan`, `-inf` as a number.

    Raises:
        ValueError: it is none.
    """
    return float(text.replace(",", ""))


def whole(text: str) -> int:
    """`3,000`, `0012` as a whole number.

    Raises:
        ValueError: it is none.
    """
    return int(text.replace(",", ""))


def magnitude(text: str, base: int = 1000) -> float | None:
    """`246M`, `1.06k`, `63.48GiB` as a number; None where it is none.

    Args:
        text: as printed.
        base: what one prefix more multiplies by where the unit does not say so itself (`GiB` is binary).
    """
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        return None
    base = 1024 if found[3] else base
    return float(round(number(found[1]) * base ** _PREFIXES[found[2]], 6))


def seconds(text: str) -> float | None:
    """`20:42`, `1:18:21`, `1 day, 2:03:04`, `2-03:00:00`, `1h 5m`, `306s` in seconds; None where it says no time."""
    text = text.strip()
    if found := _CLOCK.fullmatch(text):
        days, hours, minutes, rest = found.groups()
        return int(days or 0) * 86400 + int(hours or 0) * 3600 + int(minutes) * 60 + float(rest)
    parts = _UNITS.findall(text)
    if not parts or _UNITS.sub("", text).strip(" ,"):
        return None
    return float(sum(float(count) * _SECONDS[unit] for count, unit in parts))
