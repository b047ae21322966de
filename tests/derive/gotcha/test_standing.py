"""How gotchas stand: what counts of what was told, in whatever order."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journal.derive.gotcha.lessons import scope_of
from journal.derive.gotcha.standing import Sightings, ToldFix, Word, standing, standing_fixes, weight_of

SEEN = Sightings(2, 1, 1, "2026-11-12", "2026-11-13", "e1", "missing_module", "missing_module: einops")
UNSEEN = Sightings(0, 0, 0, None, None, None, None, None)


def _fix(failed: str, passed: str, weight: int = 2) -> ToldFix:
    """Jobs are named by one letter, which is their submission too."""
    return ToldFix(f"{failed}{passed}{weight}", (failed, failed), (passed, passed), weight)


def _word(action: str, at: str = "1", **more: Any) -> Word:
    return Word(f"{at}{action}", at, {"gotcha": "g", "action": action, "by": "person", "cluster": None, **more})


@pytest.mark.parametrize(
    ("fixes", "words", "status"),
    [
        ([], [], "candidate"),
        ([_fix("a", "b")], [], "learned"),
        ([_fix("a", "b", 1)], [], "overcome"),
        ([_fix("a", "b", 0)], [], "overcome"),
        ([_fix("a", "b", 1), _fix("c", "d", 2)], [], "learned"),
        ([], [_word("confirm")], "confirmed"),
        ([_fix("a", "b")], [_word("drop")], "dropped"),
        ([], [_word("drop", "2"), _word("confirm", "1")], "dropped"),
        ([], [_word("drop", "1"), _word("confirm", "2")], "confirmed"),
        ([_fix("a", "b")], [_word("edit", title="x")], "learned"),
        ([], [_word("drop"), _word("edit", "2")], "dropped"),
    ],
)
def test_the_status_follows_from_fixes_and_from_the_last_word(
    fixes: list[ToldFix], words: list[Word], status: str
) -> None:
    found = standing(SEEN, fixes, words)
    assert found
    assert found.status == status


def test_what_comes_and_goes_is_transient_where_nothing_was_changed() -> None:
    passing = SEEN._replace(label="port_in_use")
    told = [standing(passing, [_fix("a", "b", weight)], []) for weight in (0, 1, 2)]
    assert [found.status for found in told if found] == ["overcome", "transient", "learned"]


def test_of_what_was_said_the_last_counts_field_by_field() -> None:
    words = [_word("add", "1", title="old", advice="do"), _word("edit", "2", title="new", scope="general")]
    found = standing(SEEN, [], words)
    assert found
    assert (found.title, found.advice, found.scope) == ("new", "do", "general")


def test_what_teaches_nothing_is_no_gotcha_unless_somebody_says_so() -> None:
    limit = SEEN._replace(label="time_limit")
    assert standing(limit, [_fix("a", "b")], []) is None
    assert standing(UNSEEN, [], []) is None
    assert standing(limit, [], [_word("confirm")]) is not None
    found = standing(UNSEEN, [], [_word("add", title="Bind /dev/shm")])
    assert found
    assert (found.status, found.scope, found.fingerprint) == ("confirmed", "repo", None)


def test_the_fix_that_tells_most_is_shown_and_of_those_the_last() -> None:
    found = standing(SEEN, [_fix("a", "b"), _fix("c", "d"), _fix("e", "f", 1)], [])
    assert found
    assert found.fix == "cd2"


def test_a_fix_lies_between_the_last_failure_and_the_first_run_that_got_past() -> None:
    told = [_fix("a", "d"), _fix("b", "d"), _fix("b", "e"), _fix("f", "g")]
    assert [fix.event for fix in standing_fixes(told)] == ["bd2", "fg2"]


_jobs = st.sampled_from("abcd")


@given(st.lists(st.builds(_fix, _jobs, _jobs), max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_telling_does_not_matter(fixes: list[ToldFix], shuffling: random.Random) -> None:
    shuffled = list(fixes)
    shuffling.shuffle(shuffled)
    assert standing_fixes(fixes) == standing_fixes(shuffled)


def test_how_much_a_fix_tells() -> None:
    nothing: dict[str, Any] = {"changed": [], "commands": [], "environment": [], "compared": False}
    assert weight_of(nothing) == 0
    assert weight_of({**nothing, "compared": True}) == 1
    assert weight_of({**nothing, "commands": ["pip install einops"]}) == 2


@pytest.mark.parametrize(
    ("label", "projects", "clusters", "scope"),
    [
        ("missing_module", 1, 1, "repo"),
        ("missing_module", 1, 2, "repo"),
        ("missing_module", 2, 1, "cluster"),
        ("missing_module", 2, 2, "general"),
        ("rocm_hip", 1, 1, "cluster"),
        ("rocm_hip", 1, 2, "general"),
        (None, 0, 0, "repo"),
    ],
)
def test_scope_is_where_it_was_seen(label: str | None, projects: int, clusters: int, scope: str) -> None:
    assert scope_of(label, projects, clusters) == scope
