"""Days and months in words, the same in every locale. All times are UTC, as in the timeline."""

from datetime import UTC, date, datetime, timedelta

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def seconds(moment: str) -> float:
    """Seconds since 1970 of a stored moment."""
    return datetime.fromisoformat(moment).timestamp()


def moment_of(epoch: float) -> datetime:
    """The moment so many seconds after 1970."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=epoch)


def day_of(moment: str) -> date:
    """The day of a stored moment."""
    return date.fromisoformat(moment[:10])


def long_date(day: date) -> str:
    """`12 November 2026`."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def span_of_days(first: date, last: date) -> str:
    """`9–15 November 2026`, `30 November – 6 December 2026`, or both years where they differ."""
    if first == last:
        return long_date(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{long_date(last)}"
    if first.year == last.year:
        return f"{first.day} {MONTHS[first.month - 1]} – {long_date(last)}"
    return f"{long_date(first)} – {long_date(last)}"


def monday_of(day: date) -> date:
    """The first day of its week; the calendar's own first day where there is no Monday before it."""
    ordinal = max(1, day.toordinal() - day.weekday())
    return date.fromordinal(ordinal)
