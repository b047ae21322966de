from hypothesis import given
from hypothesis import strategies as st

from journal.derive.diary.rewriting import lasting_commits
from journal.derive.diary.story import Commit, Rewrite


def commit(sha: str, minute: int = 0, branch: str | None = None, session: str | None = None) -> Commit:
    return Commit(f"2026-11-12T09:{minute:02}:00.000Z", "e" + sha, sha, sha, "Ada", branch, session)


def test_an_amended_then_rebased_commit_is_one_with_the_links_of_all() -> None:
    commits = [commit("a", 1, session="s"), commit("b", 2, branch="old"), commit("c", 3, branch="new"), commit("x", 4)]
    folds = lasting_commits(commits, [Rewrite("a", "b", "amend"), Rewrite("b", "c", "rebase")])
    assert [(fold.commit.sha, fold.commit.branch, fold.commit.session) for fold in folds] == [
        ("c", "new", "s"),
        ("x", None, None),
    ]
    assert folds[0].made_at == commits[0].at
    assert folds[0].history == {"amend": 1, "rebase": 1}


def test_squashed_commits_are_one() -> None:
    commits = [commit("a", 1), commit("b", 2), commit("s", 3)]
    (fold,) = lasting_commits(commits, [Rewrite("a", "s", "squash"), Rewrite("b", "s", "squash")])
    assert (fold.commit.sha, fold.history) == ("s", {"squash": 2})


def test_what_replaced_a_commit_may_be_unknown() -> None:
    (fold,) = lasting_commits([commit("a")], [Rewrite("a", "gone", "amend"), Rewrite("never", "a", "amend")])
    assert (fold.commit.sha, fold.history) == ("a", {})


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20))
def test_any_rewriting_even_in_circles_loses_and_doubles_none(edges: list[tuple[int, int]]) -> None:
    commits = [commit(str(number), number) for number in range(8)]
    rewrites = [Rewrite(str(old), str(new), "rebase") for old, new in edges]
    folds = lasting_commits(commits, rewrites)
    shas = [fold.commit.sha for fold in folds]
    assert len(set(shas)) == len(shas)
    touched = {str(number) for edge in edges if edge[0] != edge[1] for number in edge}
    assert {str(number) for number in range(8)} - touched <= set(shas)
    assert lasting_commits(commits[::-1], rewrites[::-1]) == folds
