"""Which days a diary tells in detail, and in numbers what was before them."""

import sqlite3
from datetime import UTC, date, datetime, tzinfo

from journal.derive.diary.story import Tally
from journal.moments import from_datetime, local_day
from journal.store.event_log import STORY

_FIRST_MOMENT = "0001-01-01T00:00:00.000Z"
_MONTHS_TOLD = 24

# The kinds that make a day worth telling.
_NEWEST_BEFORE = (
    f"SELECT max(at) FROM event WHERE project = ? AND at < ? AND {STORY}"  # noqa: S608  (our own text)
    " AND kind NOT IN ('checkout', 'fix', 'reset', 'rewrite')"
)
_NEWEST = _NEWEST_BEFORE.replace("AND at < ?", "AND at <= ?")

# A commit that took another's place was counted with that one, as in `journal.derive.diary.rewriting`.
_NUMBERS = """
SELECT
    (SELECT count(*) FROM git_commit c WHERE c.project = :project AND c.committed_at >= :start AND c.committed_at < :end
        AND NOT EXISTS (SELECT 1 FROM rewrite r WHERE r.project = c.project AND r.new = c.sha)),
    (SELECT count(*) FROM event
        WHERE kind = 'session' AND project = :project AND at >= :start AND at < :end),
    (SELECT coalesce(sum(input + output + cache_write_5m + cache_write_1h), 0) FROM usage
        WHERE project = :project AND at >= :start AND at < :end),
    (SELECT count(*) FROM job WHERE project = :project AND submitted_at >= :start AND submitted_at < :end)
"""


def first_moment_told(connection: sqlite3.Connection, project: str, zone: tzinfo, days: int) -> str | None:
    """The moment at which the newest so many active days begin; None where the store holds no older ones.

    A few index look-ups a day, whatever the size of the store.
    """
    before = "9999-12-31T23:59:59.999Z"
    query = _NEWEST
    for _ in range(days):
        newest = connection.execute(query, (project, before)).fetchone()[0]
        if newest is None:
            return None
        before, query = min(day_start(local_day(newest, zone), zone), newest), _NEWEST_BEFORE
    older = connection.execute(_NEWEST_BEFORE, (project, before)).fetchone()[0]
    return None if older is None else before


def day_start(day: str, zone: tzinfo) -> str:
    """The stored form of a local day's first moment."""
    midnight = date.fromisoformat(day)
    try:
        return from_datetime(datetime(midnight.year, midnight.month, midnight.day, tzinfo=zone))
    except OverflowError:
        return (
            _FIRST_MOMENT
            if midnight.year == 1
            else from_datetime(datetime(midnight.year, midnight.month, midnight.day, tzinfo=UTC))
        )


def tallies_before(connection: sqlite3.Connection, project: str, before: str, zone: tzinfo) -> list[Tally]:
    """What was before a moment, newest first: a line for each of the last 24 active months, then one a year."""
    tallies: list[Tally] = []
    while True:
        newest = connection.execute(_NEWEST_BEFORE, (project, before)).fetchone()[0]
        if newest is None:
            return tallies
        year, month = (int(part) for part in local_day(newest, zone).split("-")[:2])
        by_month = len(tallies) < _MONTHS_TOLD
        first = month if by_month else 1
        # At the calendar's first day a month may seem to begin after its own events.
        start = min(day_start(f"{year:04}-{first:02}-01", zone), newest)
        last = month if by_month or tallies[-1].year == year else 12
        span = {"project": project, "start": start, "end": before}
        numbers: tuple[int, int, int, int] = connection.execute(_NUMBERS, span).fetchone()
        if any(numbers):
            tallies.append(Tally(year, first, last, *numbers))
        before = start
