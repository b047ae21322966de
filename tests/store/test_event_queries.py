"""Events found by shortened names, by words, and by what they are tied to."""

import sqlite3

import pytest

from journal.errors import JournalError
from journal.events import Batch, Event
from journal.store.event_log import STORY, append_batch
from journal.store.event_queries import Selection, find_event, read_log, search, successors, titles
from journal.store.link_queries import links_of
from tests.store.stories import PROJECT, WRITER, branch, commit, link, note, prompt, rewrite, session, sha, title


def _keep(store: sqlite3.Connection, *events: Event) -> None:
    append_batch(store, WRITER, "git", Batch(list(events), {}, {}))


def test_what_is_ambiguous_lists_what_it_could_be(store: sqlite3.Connection) -> None:
    _keep(store, note("one")._replace(id="abcd1" + "0" * 27), note("two")._replace(id="abcd2" + "0" * 27))
    with pytest.raises(JournalError, match=r"'abcd' could be 2 things: write more of it: abcd1.* note one; abcd2"):
        find_event(store, "abcd")
    found = find_event(store, "ABCD2")
    assert found
    assert found.data["text"] == "two"
    assert find_event(store, "abcd3") is None
    assert find_event(store, "abc") is None


def test_of_one_moment_the_last_to_arrive_comes_first(store: sqlite3.Connection) -> None:
    _keep(store, *(note(f"note {number}") for number in range(20)))
    assert [event.data["text"] for event in read_log(store, Selection(limit=3))] == ["note 19", "note 18", "note 17"]


def test_the_log_is_read_from_an_index(store: sqlite3.Connection) -> None:
    where = f"{STORY} AND project = ? ORDER BY at DESC, seq DESC LIMIT 20"
    query = f"EXPLAIN QUERY PLAN SELECT * FROM event WHERE {where}"  # noqa: S608  (our own text)
    plan = " ".join(row[3] for row in store.execute(query, (PROJECT,)))
    assert "event_story" in plan
    assert "TEMP B-TREE" not in plan


def test_a_session_is_told_by_its_best_title(store: sqlite3.Connection) -> None:
    _keep(store, session("5a1e"), prompt("5a1e", "/clear", 1), prompt("5a1e", "why is it nan?", 2))
    (event,) = read_log(store, Selection(kinds=("session",)))
    assert titles(store, [event])[event.id] == "why is it nan?"
    _keep(store, title("5a1e", "Nan hunt", "agent", 5))
    assert titles(store, [event])[event.id] == "Nan hunt"
    _keep(store, title("5a1e", "My nan hunt", "person", 3))
    assert titles(store, [event])[event.id] == "My nan hunt"


def test_a_link_survives_rewriting(store: sqlite3.Connection) -> None:
    _keep(
        store,
        session("5a1e"),
        *(commit(number) for number in (1, 2, 3)),
        link(f"commit:{sha(1)}", "made in", "session:5a1e"),
        rewrite(1, 2, "amend"),
        rewrite(2, 3, "rebase"),
    )
    newest = find_event(store, sha(3))
    assert newest
    assert ("made in", "session") in {(tie.how, tie.event.kind) for tie in links_of(store, newest)}
    (talk,) = read_log(store, Selection(kinds=("session",)))
    assert {tie.event.data["sha"] for tie in links_of(store, talk) if tie.how == "made"} == {sha(1), sha(2), sha(3)}
    oldest = find_event(store, sha(1))
    assert oldest
    assert [tie.event.data["sha"] for tie in links_of(store, oldest) if tie.how == "became"] == [sha(2), sha(3)]


def test_what_became_of_a_commit(store: sqlite3.Connection) -> None:
    _keep(store, rewrite(1, 2, "amend"), rewrite(2, 3, "rebase"), rewrite(5, 6))
    assert successors(store, [sha(1), sha(2), sha(3), sha(4)]) == {sha(1): sha(3), sha(2): sha(3)}


def test_rewrites_in_a_circle_end(store: sqlite3.Connection) -> None:
    _keep(store, commit(1), commit(2), rewrite(1, 2), rewrite(2, 1))
    assert successors(store, [sha(1)]) == {}
    found = find_event(store, sha(1))
    assert found
    assert {tie.how for tie in links_of(store, found)} <= {"was before", "became"}


def test_a_branch_is_found_by_its_name(store: sqlite3.Connection) -> None:
    _keep(store, branch("bf16", "created", 1), branch("bf16", "deleted", 2))
    found = find_event(store, "bf16")
    assert found
    assert found.data["action"] == "deleted"


def test_a_search_shows_the_words_around(store: sqlite3.Connection) -> None:
    _keep(store, commit(1, "Fix the seed\n\n" + "word " * 100 + "chamfer distance " + "word " * 100))
    (found,) = search(store, "chamf", Selection())
    assert "chamfer distance" in found.snippet
    assert found.snippet.startswith("…")
    assert search(store, "chamfer nothing", Selection()) == []
    assert search(store, "", Selection()) == []
