"""Where a repository is: every form in which git keeps one."""

import subprocess
import sys
from pathlib import Path

import pytest

from journal.capture.git.repository import find_repository, worktrees
from journal.errors import JournalError
from tests.git_repo import GitRepo


def test_from_a_directory_below(repo: GitRepo) -> None:
    below = repo.path / "a/b"
    below.mkdir(parents=True)
    found = find_repository(below)
    assert found == (repo.path, repo.path / ".git", repo.path / ".git", "")


def test_a_linked_worktree(repo: GitRepo, tmp_path: Path) -> None:
    repo.commit("one")
    repo.git("worktree", "add", "-q", tmp_path / "linked", "-b", "side")
    found = find_repository(tmp_path / "linked")
    common_dir, git_dir = repo.path / ".git", repo.path / ".git/worktrees/linked"
    assert found == (tmp_path / "linked", git_dir, common_dir, "linked")
    assert find_repository(git_dir) == found
    assert worktrees(common_dir) == [("", common_dir), ("linked", git_dir)]


def test_a_submodule(repo: GitRepo, tmp_path: Path) -> None:
    inner = GitRepo.create(tmp_path / "inner")
    inner.commit("inside", file="x")
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.path, "sub")
    found = find_repository(repo.path / "sub")
    git_dir = repo.path / ".git/modules/sub"
    assert found == (repo.path / "sub", git_dir, git_dir, "")
    assert find_repository(git_dir) == found


def test_a_bare_repository(repo: GitRepo, tmp_path: Path) -> None:
    repo.git("clone", "-q", "--bare", repo.path, tmp_path / "bare.git")
    assert find_repository(tmp_path / "bare.git" / "refs") == (None, tmp_path / "bare.git", tmp_path / "bare.git", "")


def test_a_separate_git_dir_through_a_symbolic_link(tmp_path: Path) -> None:
    work = GitRepo.create(tmp_path / "work")
    work.git("init", "-q", "--separate-git-dir", tmp_path / "elsewhere")
    (tmp_path / "alias").symlink_to(work.path)
    assert find_repository(tmp_path / "alias") == (work.path, tmp_path / "elsewhere", tmp_path / "elsewhere", "")


def test_git_variables_do_not_lead_astray(repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = GitRepo.create(tmp_path / "other")
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    assert find_repository(repo.path).root == repo.path


def test_no_repository(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="not in a git repository"):
        find_repository(tmp_path)
    with pytest.raises(JournalError, match="cannot be reached"):
        find_repository(tmp_path / "missing")


def test_a_broken_git_file_is_passed_over(repo: GitRepo) -> None:
    (repo.path / "sub").mkdir()
    (repo.path / "sub/.git").write_text("gitdir: ../gone\n")
    assert find_repository(repo.path / "sub").root == repo.path


def test_finding_loads_nothing_heavy(repo: GitRepo) -> None:
    script = (
        "import sys, pathlib, journal.capture.git.repository as r, journal.capture.git.source as s\n"
        f"found = r.find_repository(pathlib.Path({str(repo.path)!r}))\n"
        "heavy = {'git', 'subprocess', 'dataclasses', 'inspect', 'tempfile', 'threading'} & set(sys.modules)\n"
        "print(sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() in ("[]", "['threading']")
