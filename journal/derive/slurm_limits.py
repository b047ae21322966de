"""Slurm's way to write limits and ranges of nodes, as slurm.conf(5) has them."""

import re
from collections.abc import Iterator

_LIMIT = re.compile(r"(?:(?P<days>\d+)-)?(?P<first>\d+)(?::(?P<second>\d+))?(?::(?P<third>\d+))?")
_MOST_NODES = 20_000


def limit_minutes(limit: str) -> float | None:
    """A time limit (`30`, `30:00`, `03:00:00`, `2-0`, `2-00:00:00`) in minutes; None for UNLIMITED and the like."""
    found = _LIMIT.fullmatch(limit.strip())
    if not found or len(limit) > 40:
        return None
    first, second, third = (int(found[part] or 0) for part in ("first", "second", "third"))
    if found["days"]:
        return int(found["days"]) * 1440 + first * 60 + second + third / 60
    if found["third"]:
        return first * 60 + second + third / 60
    return first + second / 60


def limit_words(limit: str) -> str:
    """A time limit as a person says it: `2 d`, `1 d 12 h`, `30 min`; what is no such limit in small letters."""
    minutes = limit_minutes(limit)
    if minutes is None or minutes != int(minutes) or not minutes:
        return limit.lower()
    days, rest = divmod(int(minutes), 1440)
    parts = ((days, "d"), (rest // 60, "h"), (rest % 60, "min"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number)


def node_names(ranges: str) -> frozenset[str]:
    """The nodes of a list of ranges, `n1,gpu-[1-3,07]-x`; of very long ones the first 20,000."""
    names: set[str] = set()
    for name in _expanded(ranges):
        if len(names) >= _MOST_NODES:
            break
        names.add(name)
    return frozenset(names)


def _expanded(ranges: str) -> Iterator[str]:
    for part in re.findall(r"(?:\[[^\[\]]*\]|[^,\[\]])+", ranges):
        yield from _of_part(part)


def _of_part(part: str) -> Iterator[str]:
    before, bracket, rest = part.partition("[")
    if not bracket:
        yield part
        return
    inside, _, after = rest.partition("]")
    for numbers in inside.split(","):
        first, _, last = numbers.partition("-")
        if not first.isdecimal() or (last and not last.isdecimal()):
            continue
        for number in range(int(first), min(int(last or first), int(first) + _MOST_NODES) + 1):
            for tail in _of_part(after):
                yield f"{before}{number:0{len(first)}d}{tail}"
