import sqlite3
from collections.abc import Iterator
from datetime import UTC, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Any

import pytest

from journal.derive.token_cost import parse_prices
from journal.store.token_queries import By, token_report

SCHEMA = (Path(__file__).parents[2] / "schema/0001_events.sql").read_text()
PRICES = parse_prices(
    """
    date = "2026-01-01"
    source = "a test"
    [models]
    cheap = { input = 1, output = 1, cache_write_5m = 1, cache_write_1h = 1, cache_read = 1 }
    [models.long]
    input = 1
    output = 1
    cache_write_5m = 1
    cache_write_1h = 1
    cache_read = 1
    long = { over = 100, input = 5, output = 5, cache_write_5m = 5, cache_write_1h = 5, cache_read = 5 }
    """
)
FIELDS = ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read")


class Usage:
    """A store's usage table, to which replies are added."""

    def __init__(self) -> None:
        self.connection = sqlite3.connect(":memory:")
        self.connection.executescript(SCHEMA)
        self.count = 0

    def add(self, at: str = "2026-11-12T09:14:03.000Z", **fields: Any) -> None:
        self.count += 1
        row = {
            "session": "s",
            "project": "p",
            "model": "cheap",
            "branch": None,
            "agent": None,
            **dict.fromkeys(FIELDS, 0),
        }
        row |= {"message": f"m{self.count}", "at": at, **fields}
        names = ", ".join(row)
        self.connection.execute(
            f"INSERT INTO usage ({names}) VALUES ({', '.join('?' * len(row))})",  # noqa: S608 # names from above
            [*row.values()],
        )

    def report(
        self,
        by: By = "model",
        project: str | None = None,
        since: str | None = None,
        until: str | None = None,
        zone: tzinfo = UTC,
    ) -> dict[str, Any]:
        return token_report(self.connection, by=by, project=project, since=since, until=until, zone=zone, prices=PRICES)


@pytest.fixture
def usage() -> Iterator[Usage]:
    usage = Usage()
    yield usage
    usage.connection.close()


def keys(report: dict[str, Any]) -> list[str | None]:
    return [row["key"] for row in report["rows"]]


def test_the_whole_document(usage: Usage) -> None:
    usage.add(input=1_000_000, output=2)
    usage.add(cache_write_5m=3, cache_write_1h=4, cache_read=5)
    counts = {"input": 1_000_000, "output": 2, "cache_write_5m": 3, "cache_write_1h": 4, "cache_read": 5}
    line = {**counts, "cost_usd": pytest.approx(1.000014), "unknown_models": [], "messages": 2}
    assert usage.report() == {
        "total": line,
        "rows": [{"key": "cheap", **line}],
        "limits": {"five_hour": None, "seven_day": None},
        "prices": {"date": "2026-01-01"},
    }


def test_nothing_used_costs_nothing(usage: Usage) -> None:
    report = usage.report()
    assert report["rows"] == []
    assert (report["total"]["cost_usd"], report["total"]["messages"]) == (0, 0)


def test_an_unknown_models_part_is_left_out_and_named(usage: Usage) -> None:
    usage.add(input=1_000_000)
    usage.add(input=1_000_000, model="new")
    report = usage.report()
    assert (report["total"]["cost_usd"], report["total"]["unknown_models"]) == (1.0, ["new"])
    assert [(row["key"], row["cost_usd"]) for row in report["rows"]] == [("cheap", 1.0), ("new", None)]


def test_long_prompts_are_priced_reply_by_reply(usage: Usage) -> None:
    usage.add(model="long", input=60, cache_read=40)
    usage.add(model="long", input=60, cache_read=41)
    usage.add(model="cheap", input=1000)
    assert usage.report(by="session")["total"]["cost_usd"] == pytest.approx((100 + 101 * 5 + 1000) / 1e6)


def test_days_begin_where_the_reader_lives_and_come_newest_first(usage: Usage) -> None:
    usage.add(at="2026-11-12T18:14:59.999Z")
    usage.add(at="2026-11-12T18:15:00.000Z")
    usage.add(at="2026-11-10T00:00:00.000Z")
    assert keys(usage.report(by="day")) == ["2026-11-12", "2026-11-10"]
    kathmandu = timezone(timedelta(hours=5, minutes=45))
    report = usage.report(by="day", zone=kathmandu)
    assert [(row["key"], row["messages"]) for row in report["rows"]] == [
        ("2026-11-13", 1),
        ("2026-11-12", 1),
        ("2026-11-10", 1),
    ]


def test_it_can_be_narrowed(usage: Usage) -> None:
    for day in (11, 12, 13):
        usage.add(at=f"2026-11-{day}T00:00:00.000Z", project=f"p{day}")
    edge = "2026-11-12T00:00:00.000Z"
    assert usage.report(since=edge)["total"]["messages"] == 2
    assert usage.report(until=edge)["total"]["messages"] == 2
    assert usage.report(since=edge, until=edge)["total"]["messages"] == 1
    assert keys(usage.report(by="project", project="p13")) == ["p13"]


def test_the_dearest_comes_first(usage: Usage) -> None:
    usage.add(branch="a", output=1)
    usage.add(branch="b", output=3)
    usage.add(branch=None, output=2)
    assert keys(usage.report(by="branch")) == ["b", None, "a"]


def test_sessions_have_the_best_title_they_ever_got(usage: Usage) -> None:
    titles = [
        ("named", 3, "2026-11-11", "old name", "e1"),
        ("named", 3, "2026-11-12", "new name", "e2"),
        ("named", 2, "2026-11-13", "guess", "e3"),
        ("guessed", 1, "2026-11-13", "summary", "e4"),
        ("guessed", 2, "2026-11-12", "guess", "e5"),
    ]
    prompts = [
        ("e6", "named", "2026-11-10", "typed"),
        ("e7", "typed", "2026-11-11", "/clear"),
        ("e8", "typed", "2026-11-12", "first line\nsecond"),
        ("e9", "typed", "2026-11-13", "later"),
        ("e0", "command", "2026-11-13", "/compact"),
    ]
    usage.connection.executemany("INSERT INTO session_title VALUES (?, ?, ?, ?, ?)", titles)
    usage.connection.executemany("INSERT INTO prompt (event, session, at, text) VALUES (?, ?, ?, ?)", prompts)
    for session in ("named", "guessed", "typed", "command", "mute"):
        usage.add(session=session)
    assert {row["key"]: row["title"] for row in usage.report(by="session")["rows"]} == {
        "named": "new name",
        "guessed": "guess",
        "typed": "first line",
        "command": "/compact",
        "mute": None,
    }


def test_projects_have_their_clones_name(usage: Usage) -> None:
    clones = [("w1", "p", "old", "2026-11-11"), ("w2", "p", "new", "2026-11-12")]
    usage.connection.executemany(
        "INSERT INTO clone (writer, project, name, path, git_dir, seen_at) VALUES (?, ?, ?, '', '', ?)", clones
    )
    usage.add(project="p")
    usage.add(project=None, output=1)
    assert [(row["key"], row["title"]) for row in usage.report(by="project")["rows"]] == [(None, None), ("p", "new")]
