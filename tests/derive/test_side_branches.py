"""Branches of old history, as merges tell of them."""

from journal.derive.side_branches import Ancestry, side_branches


def history(*lines: str) -> list[Ancestry]:
    """`sha: parents: subject`, oldest first."""
    parts = [line.split(": ", 2) for line in lines]
    return [Ancestry(sha, tuple(parents.split()), subject) for sha, parents, subject in parts]


def test_a_merge_names_what_it_brought_in() -> None:
    (side,) = side_branches(
        history("a: : begin", "x: a: one", "b: a: on the trunk", "y: x: two", "m: b y: Merge branch 'idea' into main")
    )
    assert side == ("idea", "m", ("y", "x"), None)


def test_pull_requests_remotes_and_bitbucket_are_understood() -> None:
    for subject, name in {
        "Merge pull request #12 from alice/fix/loader": "fix/loader",
        "Merge remote-tracking branch 'origin/idea'": "idea",
        "Merged in idea (pull request #3)": "idea",
    }.items():
        (side,) = side_branches(history("a: : a", "x: a: x", f"m: a x: {subject}"))
        assert side.name == name


def test_a_side_of_a_side_goes_into_it() -> None:
    sides = side_branches(
        history(
            "a: : a", "x: a: x", "p: x: p", "n: x p: Merge branch 'inner' into outer", "m: a n: Merge branch 'outer'"
        )
    )
    assert [(side.name, side.commits, side.into) for side in sides] == [
        ("outer", ("n", "x"), None),
        ("inner", ("p",), "outer"),
    ]


def test_what_two_merges_reach_belongs_to_the_first() -> None:
    sides = side_branches(
        history("a: : a", "x: a: x", "m: a x: Merge branch 'one'", "y: x: y", "n: m y: Merge branch 'one'")
    )
    assert [(side.name, side.commits) for side in sides] == [("one", ("x",)), ("one (2)", ("y",))]


def test_trunks_pulls_and_unnamed_merges_make_no_branch() -> None:
    for subject in (
        "Merge branch 'main' of example.org:x",
        "Merge branch 'main' into idea",
        "Bring it in",
        "Merge commit 'abc'",
    ):
        assert side_branches(history("a: : a", "x: a: x", f"m: a x: {subject}")) == []
    assert side_branches([]) == []


def test_missing_parents_are_survived() -> None:
    assert side_branches(history("m: gone lost: Merge branch 'idea'")) == []
