"""The rows of a timeline: what stands, what replaced what, and what belongs to what."""

from itertools import permutations

import pytest

from journal.store import timeline_queries as read
from tests.publish.made_up_store import PROJECT, MadeUpStore

AT = "2026-11-05T09:{:02}:00.000Z"


@pytest.fixture
def store() -> MadeUpStore:
    return MadeUpStore()


def test_a_chain_of_amends_folds_into_its_last_with_its_links(store: MadeUpStore) -> None:
    store.session("s1", AT.format(0), AT.format(9), "Title")
    first = store.commit(AT.format(1), "a", branch="idea", session="s1")
    second, third = store.commit(AT.format(2), "b"), store.commit(AT.format(3), "c")
    store.rewrite(AT.format(2), first, second)
    store.rewrite(AT.format(3), second, third)
    ties = read.commit_ties(store.db, PROJECT)
    assert ties.gone == {first, second}
    assert ties.branch == {third: "idea"}
    assert ties.session == {third: "s1"}
    assert sorted(ties.replaces[third]) == sorted([first, second])


def test_a_squash_folds_many_into_one(store: MadeUpStore) -> None:
    old = [store.commit(AT.format(n), str(n)) for n in range(3)]
    new = store.commit(AT.format(9), "squashed")
    for sha in old:
        store.rewrite(AT.format(9), sha, new, "squash")
    assert read.commit_ties(store.db, PROJECT).gone == set(old)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_rewrites_of_one_second_fold_in_whatever_order_they_are_told(
    store: MadeUpStore, order: tuple[int, ...]
) -> None:
    shas = [store.commit(AT.format(n), str(n)) for n in range(4)]
    for n in order:
        store.rewrite(AT.format(5), shas[n], shas[n + 1])
    assert read.commit_ties(store.db, PROJECT).gone == set(shas[:3])


def test_a_commit_that_struck_again_stands(store: MadeUpStore) -> None:
    one, two = store.commit(AT.format(1), "one"), store.commit(AT.format(2), "two")
    store.rewrite(AT.format(2), one, two)
    store.rewrite(AT.format(3), two, one)
    ties = read.commit_ties(store.db, PROJECT)
    assert ties.gone == {two}


def test_a_rewrite_into_an_unknown_commit_hides_nothing(store: MadeUpStore) -> None:
    one = store.commit(AT.format(1), "one")
    store.rewrite(AT.format(2), one, "f" * 40)
    assert read.commit_ties(store.db, PROJECT).gone == frozenset()


def test_the_best_title_of_a_session_wins_and_tokens_add_up(store: MadeUpStore) -> None:
    store.session("s1", AT.format(0), AT.format(9), "By the agent", tokens=(1, 2, 3, 4, 5))
    store.db.execute("INSERT INTO session_title VALUES ('s1', 1, ?, 'By a summary', 'x')", (AT.format(8),))
    store.db.execute("INSERT INTO session_title VALUES ('s1', 3, ?, 'By the person', 'y')", (AT.format(1),))
    store.db.execute("INSERT INTO session_title VALUES ('s1', 3, ?, 'By the person, later', 'z')", (AT.format(2),))
    store.db.execute(
        "INSERT INTO usage VALUES ('m2', 's1', ?, ?, 'claude-x', NULL, 'agent', 10, 20, 30, 40, 50)",
        (PROJECT, AT.format(4)),
    )
    (session,) = read.sessions(store.db, PROJECT)
    assert session.title == "By the person, later"
    assert session.tokens == (11, 22, 33, 44, 55)
    assert session.ended_at == AT.format(9)


def test_a_branch_seen_in_two_clones_is_one_and_lives_while_one_has_it(store: MadeUpStore) -> None:
    store.branch("idea", AT.format(1), AT.format(5), start="main")
    store.db.execute(
        "INSERT INTO branch VALUES (?, 'w2', 'idea', ?, ?, ?, NULL)", (PROJECT, "0" * 40, AT.format(3), AT.format(3))
    )
    assert list(read.branches(store.db, PROJECT)) == [("idea", AT.format(1), None, "main")]


def test_scope_is_inclusive(store: MadeUpStore) -> None:
    for n in range(4):
        store.commit(AT.format(n), str(n))
    assert [row.subject for row in read.commits(store.db, PROJECT, AT.format(1), AT.format(2))] == ["1", "2"]
