"""Which project a clone is of."""

from pathlib import Path

import pytest

from journal.capture.clone_file import Clone, clone_file, new_writer, read_clone, write_clone
from journal.capture.git.identity import normalise_remote, read_identity, without_credentials
from journal.capture.git.repository import find_repository
from journal.errors import JournalError
from tests.git_repo import GitRepo


def test_a_clone_is_the_same_project(repo: GitRepo, tmp_path: Path) -> None:
    root = repo.commit("one", a="1")
    repo.commit("two", a="2")
    repo.git("clone", "-q", repo.path, tmp_path / "clone")
    own, clone = (read_identity(find_repository(path)) for path in (repo.path, tmp_path / "clone"))
    assert own.project == clone.project
    assert (own.root_commit, own.name, own.remote, own.shallow) == (root, "repo", None, False)
    assert (clone.name, clone.remote) == ("repo", str(repo.path))


def test_the_default_branch_decides_not_the_one_checked_out(repo: GitRepo) -> None:
    root = repo.commit("one", a="1")
    repo.git("checkout", "-q", "--orphan", "pages")
    repo.commit("another root", b="1")
    assert read_identity(find_repository(repo.path)).root_commit == root


def test_a_second_root_merged_in_changes_nothing(repo: GitRepo) -> None:
    root = repo.commit("one", a="1")
    repo.git("checkout", "-q", "--orphan", "vendored")
    repo.commit("another root", b="1")
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--allow-unrelated-histories", "vendored", "-m", "vendor")
    assert read_identity(find_repository(repo.path)).root_commit == root


def test_no_commits(repo: GitRepo) -> None:
    assert read_identity(find_repository(repo.path)) == (None, "repo", None, None, False)


def test_a_shallow_clone_is_known_by_its_remote(repo: GitRepo, tmp_path: Path) -> None:
    for text in "123":
        repo.commit(text, a=text)
    for name in ("one", "two"):
        repo.git("clone", "-q", "--depth", "1", f"file://{repo.path}", tmp_path / name)
    first, second = (read_identity(find_repository(tmp_path / name)) for name in ("one", "two"))
    assert first.shallow
    assert first.root_commit is None
    assert first.project == second.project != read_identity(find_repository(repo.path)).project


def test_the_name_is_the_remote_s_and_credentials_are_left_out(repo: GitRepo) -> None:
    repo.commit("one", a="1")
    repo.git("remote", "add", "origin", "https://ada:secret@example.org/lab/pointdiff.git")
    found = read_identity(find_repository(repo.path))
    assert (found.name, found.remote) == ("pointdiff", "https://example.org/lab/pointdiff.git")


@pytest.mark.parametrize(
    "url",
    [
        "git@github.com:lab/pointdiff.git",
        "https://ada:secret@GitHub.com/lab/pointdiff",
        "ssh://git@github.com:22/lab/pointdiff.git/",
        "github.com:lab/pointdiff",
    ],
)
def test_one_remote_written_in_many_ways(url: str) -> None:
    assert normalise_remote(url) == "github.com/lab/pointdiff"
    assert "secret" not in without_credentials(url)


def test_the_clone_file_round_trips_and_is_private(repo: GitRepo) -> None:
    common = repo.path / ".git"
    assert read_clone(common) is None
    clone = Clone(new_writer(), "0" * 32)
    write_clone(common, clone)
    assert read_clone(common) == clone
    path = clone_file(common)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["clone.json"]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"writer": 3, "project": null}', '{"writer": "zz", "project": null}']
)
def test_a_damaged_clone_file_is_an_error(repo: GitRepo, text: str) -> None:
    write_clone(repo.path / ".git", Clone(new_writer(), None))
    clone_file(repo.path / ".git").write_text(text)
    with pytest.raises(JournalError, match="damaged"):
        read_clone(repo.path / ".git")
