"""How the diary writes days, times, numbers and ids. English, whatever the locale."""

from datetime import date, tzinfo

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


def count(number: int, thing: str) -> str:
    """ "1 commit", "12,345 commits"."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def tokens_words(number: int) -> str:
    """ "950 tokens", "412k tokens", "1.9 M tokens", "2.3 B tokens"."""
    if number < 1000:
        return count(number, "token")
    if number < 999_500:
        return f"{(number + 500) // 1000}k tokens"
    scale, letter = (1e6, "M") if number < 999_950_000 else (1e9, "B")
    return f"{number / scale:.1f} {letter} tokens"


def tally(commits: int, sessions: int, tokens: int) -> list[str]:
    """What there was, in words; what there was none of is left out."""
    words = [count(number, thing) for number, thing in ((commits, "commit"), (sessions, "session")) if number]
    return words + ([tokens_words(tokens)] if tokens else [])
