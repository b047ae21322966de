"""How the diary writes days, times and ids, and sums them up. English, whatever the locale."""

from collections.abc import Sequence
from datetime import date, tzinfo

from journal.derive.amounts import counted, counted_tokens
from journal.moments import to_datetime

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def day_words(day: str, *, year: bool = False) -> str:
    """`2026-11-12` as "Thu 12 Nov", or "Thu 12 Nov 2026"."""
    date_ = date.fromisoformat(day)
    words = f"{_WEEKDAYS[date_.weekday()]} {date_.day} {_MONTHS[date_.month - 1]}"
    return f"{words} {date_.year}" if year else words


def months_words(year: int, first: int, last: int) -> str:
    """Months of a year, 1 to 12: "Nov 2026", "Jan to Mar 2026", "2026"."""
    if (first, last) == (1, 12):
        return str(year)
    return f"{_MONTHS[last - 1]} {year}" if first == last else f"{_MONTHS[first - 1]} to {_MONTHS[last - 1]} {year}"


def clock(stored: str, zone: tzinfo) -> str:
    """The local time of a stored moment: "09:14"."""
    try:
        return f"{to_datetime(stored).astimezone(zone):%H:%M}"
    except OverflowError:
        return stored[11:16]


def short_id(event: str) -> str:
    """An event's id as the documents show it: `[3f2a91c]`."""
    return f"[{event[:7]}]"


def tally(commits: int, jobs: Sequence[str], sessions: int, tokens: int) -> list[str]:
    """What there was, in words; what there was none of is left out. Of jobs the words are given."""
    words = [counted(commits, "commit")] if commits else []
    words += jobs
    words += [counted(sessions, "session")] if sessions else []
    return words + ([counted_tokens(tokens)] if tokens else [])
