"""Moments in time: one text form in the store, and the ways people and tools write them.

The stored form is RFC 3339 in UTC with milliseconds, `2026-11-12T09:14:03.000Z`: fixed width, so that text
order is time order for the years 0001 to 9999.
"""

from datetime import UTC, datetime, timedelta, timezone, tzinfo

from journal.errors import JournalError

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  (UTC; without a zone sums are faster)
_EARLIEST = datetime(1, 1, 2, tzinfo=UTC)  # a day inside the calendar's ends: these have a local time in every zone
_LATEST = datetime(9999, 12, 30, 23, 59, 59, 999000, tzinfo=UTC)
_EARLIEST_SECONDS, _LATEST_SECONDS = _EARLIEST.timestamp(), _LATEST.timestamp()
_UNITS = {
    "second": 1,
    "minute": 60,
    "hour": 3600,
    "day": 86400,
    "week": 604800,
    "month": 30 * 86400,
    "year": 365 * 86400,
}


def from_epoch(seconds: float) -> str:
    """The stored form of seconds since 1970; what some zone's calendar cannot hold is clamped to what all can."""
    if not _EARLIEST_SECONDS <= seconds <= _LATEST_SECONDS:
        return from_datetime(_LATEST if seconds > 0 else _EARLIEST)
    return _stored(_EPOCH + timedelta(seconds=seconds))


def from_datetime(moment: datetime) -> str:
    """The stored form of an aware datetime."""
    return _stored(moment.astimezone(UTC).replace(tzinfo=None))


def _stored(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds") + "Z"


def _clamped(moment: datetime) -> str:
    return from_datetime(min(max(moment, _EARLIEST), _LATEST))


def from_rfc3339(text: str) -> str | None:
    """The stored form of any RFC 3339 time (with an offset or Z), clamped as above, or None where it is not one."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return _clamped(moment) if moment.tzinfo else None


def to_datetime(stored: str) -> datetime:
    """The aware datetime of a stored form."""
    return datetime.fromisoformat(stored)


def local_day(stored: str, zone: tzinfo) -> str:
    """The calendar day (`2026-11-12`) that a stored moment falls on in a time zone."""
    try:
        return to_datetime(stored).astimezone(zone).date().isoformat()
    except OverflowError:
        return stored[:10]


def offset_zone(minutes: int) -> timezone:
    """The time zone that lies so many minutes east of UTC."""
    return timezone(timedelta(minutes=minutes))


def parse_moment(text: str, now: datetime, *, end_of_day: bool = False) -> str:
    """What a person writes for a time, in stored form.

    Args:
        text: `2026-11-12`, `2026-11-12 14:30`, RFC 3339, `now`, `today`, `yesterday`, `2 days ago`, `90m`-free
            forms such as `an hour ago`.
        now: the present as an aware datetime, in the zone in which dates are meant.
        end_of_day: a bare date means its last moment (for `--until`) and not its first.

    Raises:
        JournalError: the text is none of these.
    """
    words = text.strip().lower().split()
    edge = timedelta(days=1) - timedelta(milliseconds=1) if end_of_day else timedelta()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if words == ["now"]:
        return from_datetime(now)
    if words == ["today"]:
        return from_datetime(midnight + edge)
    if words == ["yesterday"]:
        return from_datetime(midnight - timedelta(days=1) + edge)
    if len(words) == 3 and words[2] == "ago":
        return _before(now, _span(words[0], words[1], text))
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise _not_a_moment(text) from None
    if len(text.strip()) <= 10:
        moment += edge
    return _clamped(moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo))


def _before(now: datetime, span: timedelta) -> str:
    try:
        return _clamped(now - span)
    except OverflowError:
        return _clamped(_EARLIEST)


def _span(count: str, unit: str, text: str) -> timedelta:
    number = 1 if count in ("a", "an", "one") else int(count) if count.isdecimal() else None
    seconds = _UNITS.get(unit.removesuffix("s"))
    if number is None or seconds is None:
        raise _not_a_moment(text)
    try:
        return timedelta(seconds=number * seconds)
    except OverflowError:
        raise _not_a_moment(text) from None


def _not_a_moment(text: str) -> JournalError:
    return JournalError(f"{text!r} is not a time", "write 2026-11-12, '2026-11-12 14:30', today or '2 days ago'")
