"""Taking snapshots: what the script says, read; and the script itself."""

import os
from pathlib import Path

import pytest

from journal.capture.slurm.snapshot import Snapshot, paths_left_out, read_answer, take_snapshot
from tests.git_repo import GitRepo

SHA = "a" * 40


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("", Snapshot(None, None, 0, None)),
        (f"snapshot {SHA}\n", Snapshot(None, SHA, 0, None)),
        (f"base {SHA}\nsnapshot {SHA}\nleft_out 9 a b\nleft_out_more 40\nproblem x y\n", Snapshot(SHA, SHA, 41, "x y")),
        ("problem /x is in no git work tree\n", Snapshot(None, None, 0, "/x is in no git work tree")),
        ("snapshot --upload-pack=x\n", Snapshot(None, None, 0, None)),
    ],
)
def test_what_the_script_says_is_read(said: str, told: Snapshot) -> None:
    assert read_answer(said.encode()) == told


def test_a_snapshot_holds_what_is_uncommitted(repo: GitRepo) -> None:
    base = repo.commit("One", **{"a.py": "1\n"})
    assert take_snapshot(repo.path)[:2] == (base, base)
    repo.write("b.py", "2\n")
    taken = take_snapshot(repo.path)
    assert taken.base == base
    assert repo.git("show", f"{taken.commit}:b.py") == "2"


def test_outside_of_a_work_tree_there_is_a_problem(tmp_path: Path) -> None:
    assert "no git work tree" in (take_snapshot(tmp_path).problem or "")
    assert take_snapshot(tmp_path / "gone").problem


def test_the_files_left_out_are_read_from_the_commit(repo: GitRepo) -> None:
    repo.commit("One")
    names = ["plain big.bin", 'odd"\n\t\\.bin', "ü.bin"]
    for name in names:
        with repo.write(name, "").open("wb") as file:
            file.truncate(11 << 20)
    repo.write("small", "x")
    taken = take_snapshot(repo.path)
    message = repo.git("log", "-1", "--format=%B", str(taken.commit))
    assert paths_left_out(message) == {os.fsencode(name) for name in names}
    assert taken.left_out == len(names)
