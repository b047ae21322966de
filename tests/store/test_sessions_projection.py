import random
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journal.store.projections.sessions import PROJECTIONS
from journal.store.stored_event import StoredEvent

SCHEMA = (Path(__file__).parents[2] / "schema/0001_events.sql").read_text()
TABLES = ("session", "session_title", "prompt", "usage")

few = st.sampled_from
maybe = few([None, "", "a", "b"])
at = few(["2026-11-12T09:14:03.000Z", "2026-11-13T09:14:03.000Z"])
data: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "session": st.fixed_dictionaries(
        {"session_id": few("st"), "agent": st.just("claude-code"), "version": maybe, "cwd": maybe, "branch": maybe}
    ),
    "title": st.fixed_dictionaries(
        {"session_id": few("st"), "title": few("xy"), "by": few(["person", "agent", "summary", "from the future"])}
    ),
    "prompt": st.fixed_dictionaries({"session_id": few("st"), "text": few("xy"), "branch": maybe, "cwd": maybe}),
    "usage": st.fixed_dictionaries(
        {
            "session_id": few("st"),
            "message_id": few("mn"),
            "model": few("xy"),
            "agent_id": maybe,
            "branch": maybe,
            **{
                name: st.integers(0, 9)
                for name in ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read")
            },
        }
    ),
}


@st.composite
def stored_events(draw: st.DrawFn) -> list[StoredEvent]:
    kinds = draw(st.lists(few(sorted(data)), max_size=12))
    return [
        StoredEvent(seq, f"{seq:032x}", kind, draw(at), draw(maybe), "w", "claude-code", draw(data[kind]))
        for seq, kind in enumerate(kinds)
    ]


def projected(events: list[StoredEvent], pieces: int = 1) -> dict[str, list[Any]]:
    connection = sqlite3.connect(":memory:")
    connection.executescript(SCHEMA)
    size = max(1, len(events) // pieces)
    for start in range(0, len(events), size):
        for kind, project in PROJECTIONS.items():
            project(connection, [event for event in events[start : start + size] if event.kind == kind])
    tables = {table: connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4").fetchall() for table in TABLES}  # noqa: S608 # names from above
    connection.close()
    return tables


@given(events=stored_events(), seed=st.integers(), pieces=st.integers(1, 4))
def test_the_tables_are_the_same_in_whatever_order_events_come(
    events: list[StoredEvent], seed: int, pieces: int
) -> None:
    expected = projected(events)
    shuffled = events * 2
    random.Random(seed).shuffle(shuffled)  # noqa: S311 # no secret
    assert projected(shuffled, pieces) == expected


def usage(
    at: str = "2026-11-12T09:14:03.000Z", session: str = "s", agent: str | None = None, **counts: int
) -> StoredEvent:
    zero = dict.fromkeys(("input", "output", "cache_write_5m", "cache_write_1h", "cache_read"), 0)
    fact = {"session_id": session, "message_id": "m", "model": "x", "agent_id": agent, "branch": None, **zero, **counts}
    return StoredEvent(1, "e", "usage", at, "p", "w", "claude-code", fact)


@pytest.mark.parametrize(
    ("events", "session"),
    [
        ([usage(session="late", at="2026-11-13T00:00:00.000Z"), usage(session="soon")], "soon"),
        ([usage(session="b"), usage(session="a")], "a"),
        ([usage(session="a", agent="x"), usage(session="b", at="2027-01-01T00:00:00.000Z")], "b"),
    ],
)
def test_a_reply_told_twice_belongs_to_one_session(events: list[StoredEvent], session: str) -> None:
    ((message, told, *_),) = projected(events)["usage"]
    assert (message, told) == ("m", session)


def test_of_each_count_the_most_is_kept() -> None:
    (row,) = projected([usage(input=5, output=1), usage(input=3, output=9)])["usage"]
    assert row[-5:] == (5, 9, 0, 0, 0)
