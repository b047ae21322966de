"""Moments: the stored form, and what people write for a time."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journal.errors import JournalError
from journal.moments import from_datetime, from_epoch, from_rfc3339, local_day, parse_moment, to_datetime

NOW = datetime(2026, 11, 12, 15, 30, tzinfo=timezone(timedelta(hours=2)))


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_text_order_is_time_order(one: datetime, other: datetime) -> None:
    one, other = (moment.replace(microsecond=moment.microsecond // 1000 * 1000) for moment in (one, other))
    assert (from_datetime(one) < from_datetime(other)) == (one < other)
    assert to_datetime(from_datetime(one)) == one


@given(st.integers(min_value=-(2**70), max_value=2**70))
def test_any_number_of_seconds_has_a_stored_form(seconds: int) -> None:
    assert len(from_epoch(seconds)) == len("2026-11-12T09:14:03.000Z")


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("2026-11-12T10:14:03+01:00", "2026-11-12T09:14:03.000Z"),
        ("2026-11-23T16:38:59.798Z", "2026-11-23T16:38:59.798Z"),
        ("2026-11-12T10:14:03", None),
        ("yesterday", None),
    ],
)
def test_rfc_3339(text: str, stored: str | None) -> None:
    assert from_rfc3339(text) == stored


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("now", "2026-11-12T13:30:00.000Z"),
        ("today", "2026-11-11T22:00:00.000Z"),
        ("Yesterday", "2026-11-10T22:00:00.000Z"),
        ("2 days ago", "2026-11-10T13:30:00.000Z"),
        ("an hour ago", "2026-11-12T12:30:00.000Z"),
        ("2026-11-01", "2026-10-31T22:00:00.000Z"),
        ("2026-11-01 12:00", "2026-11-01T10:00:00.000Z"),
        ("2026-11-01T12:00:00Z", "2026-11-01T12:00:00.000Z"),
    ],
)
def test_what_people_write(text: str, stored: str) -> None:
    assert parse_moment(text, NOW) == stored


def test_until_a_date_includes_that_day() -> None:
    assert parse_moment("2026-11-01", NOW, end_of_day=True) == "2026-11-01T21:59:59.999Z"
    assert parse_moment("today", NOW, end_of_day=True) == "2026-11-12T21:59:59.999Z"


@pytest.mark.parametrize("text", ["", "soon", "2 parsecs ago", "x days ago", "2026-13-01", "99999999999 years ago"])
def test_what_is_no_time_is_said_to_be_none(text: str) -> None:
    with pytest.raises(JournalError, match="is not a time"):
        parse_moment(text, NOW)


def test_a_day_is_the_local_one() -> None:
    assert local_day("2026-11-11T23:30:00.000Z", timezone(timedelta(hours=2))) == "2026-11-12"
    assert local_day("9999-12-31T23:59:59.999Z", timezone(timedelta(hours=2))) == "9999-12-31"
