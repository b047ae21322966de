"""The machine's time zone."""

from datetime import datetime, timedelta

import pytest

from journal.capture.local_zone import local_zone


def test_summer_and_winter_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Oslo")
    zone = local_zone()
    assert datetime(2026, 7, 1, tzinfo=zone).utcoffset() == timedelta(hours=2)
    assert datetime(2026, 1, 1, tzinfo=zone).utcoffset() == timedelta(hours=1)


@pytest.mark.parametrize("name", ["no/such/zone", "../../etc/passwd", "x" * 5000])
def test_a_zone_that_does_not_exist_is_utc(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("TZ", name)
    assert datetime(2026, 7, 1, tzinfo=local_zone()).utcoffset() == timedelta(0)


def test_the_machine_s_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TZ")
    assert datetime(2026, 7, 1, tzinfo=local_zone()).utcoffset() is not None
