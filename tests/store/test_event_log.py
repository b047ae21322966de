"""Appending: together or not at all, twice as once, and every projection computed from the log alone."""

import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journal.events import Batch, Event
from journal.store.database import open_store
from journal.store.event_log import append_batch, cursors
from journal.store.projections import PROJECTED_TABLES
from journal.store.rebuild import forget_project, rebuild
from tests.store.stories import EVENTS, PROJECT, WRITER, commit, note, sha


def _fresh() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for schema in sorted((Path(__file__).parent.parent.parent / "schema").glob("*.sql")):
        connection.executescript(schema.read_text(encoding="utf-8"))
    return connection


def _append(connection: sqlite3.Connection, events: list[Event], size: int = 100) -> None:
    for start in range(0, len(events), size):
        append_batch(connection, WRITER, "git", Batch(events[start : start + size], {}, {}))


def _tables(connection: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    """The content of every projection, in the order of its rows' text."""
    rows = {
        table: connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608  (our own names)
        for table in PROJECTED_TABLES
    }
    words = "SELECT term, col, doc, cnt FROM event_words ORDER BY term, col"
    connection.execute("CREATE VIRTUAL TABLE IF NOT EXISTS event_words USING fts5vocab (event_text, col)")
    return {table: sorted(found, key=repr) for table, found in rows.items()} | {
        "event_text": connection.execute(words).fetchall()
    }


@given(st.lists(EVENTS, max_size=30), st.integers(min_value=1, max_value=7))
def test_rebuilding_gives_the_same_tables(events: list[Event], size: int) -> None:
    connection = _fresh()
    _append(connection, events, size)
    live = _tables(connection)
    rebuild(connection)
    assert _tables(connection) == live


@given(st.lists(EVENTS, max_size=30), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(events: list[Event], shuffling: random.Random) -> None:
    by_id = {event.id: event for event in events}  # a fact known by its id says the same wherever it is told
    one, other = _fresh(), _fresh()
    _append(one, list(by_id.values()))
    shuffled = list(by_id.values())
    shuffling.shuffle(shuffled)
    _append(other, shuffled, 3)
    assert _tables(one) == _tables(other)


@given(st.lists(EVENTS, max_size=20))
def test_appending_twice_is_appending_once(events: list[Event]) -> None:
    connection = _fresh()
    _append(connection, events)
    live, count = _tables(connection), connection.execute("SELECT count(*) FROM event").fetchone()
    _append(connection, events)
    assert _tables(connection) == live
    assert connection.execute("SELECT count(*) FROM event").fetchone() == count


def test_events_and_cursors_are_stored_together_or_not_at_all(store: sqlite3.Connection) -> None:
    broken = note("x")._replace(data="not json")
    with pytest.raises(ValueError, match="Expecting value"):
        append_batch(store, WRITER, "git", Batch([commit(1), broken], {"HEAD": 7}, {}))
    assert store.execute("SELECT count(*) FROM event").fetchone() == (0,)
    assert cursors(store, WRITER, "git") == {}
    append_batch(store, WRITER, "git", Batch([commit(1)], {"HEAD": 7, "gone": 1}, {}))
    append_batch(store, WRITER, "git", Batch([], {"gone": None}, {}))
    assert cursors(store, WRITER, "git") == {"HEAD": 7}
    assert cursors(store, "another", "git") == {}


def test_the_log_cannot_be_changed(store: sqlite3.Connection) -> None:
    append_batch(store, WRITER, "git", Batch([commit(1)], {}, {}))
    with pytest.raises(sqlite3.DatabaseError, match="append-only"):
        store.execute("UPDATE event SET kind = 'note'")


def test_forgetting_a_project_leaves_nothing_of_it(store: sqlite3.Connection) -> None:
    append_batch(store, WRITER, "git", Batch([commit(1), note("secret plan")], {}, {}))
    assert forget_project(store, PROJECT) == 2
    assert all(not rows for rows in _tables(store).values())


_KILLED = """
import sys
from pathlib import Path
from journal.events import Batch
from journal.store.database import open_store
from journal.store.event_log import append_batch
from tests.store.stories import WRITER, commit
connection = open_store(Path(sys.argv[1]))
for number in range(1_000_000):
    append_batch(connection, WRITER, "git", Batch([commit(number)], {"reached": number}, {}))
    print(number, flush=True)
"""


@pytest.mark.parametrize("patience", [0.05, 0.1, 0.2])
def test_killed_at_any_moment_the_store_is_whole(tmp_path: Path, patience: float) -> None:
    path = tmp_path / "journal.sqlite3"
    with subprocess.Popen([sys.executable, "-c", _KILLED, path], stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        time.sleep(patience)
        process.kill()
    with closing(open_store(path)) as connection:
        reached = cursors(connection, WRITER, "git")["reached"]
        (count,) = connection.execute("SELECT count(*) FROM event").fetchone()
        assert count == reached + 1
        assert connection.execute("SELECT 1 FROM git_commit WHERE sha = ?", (sha(reached),)).fetchone()
        live = _tables(connection)
        rebuild(connection)
        assert _tables(connection) == live
