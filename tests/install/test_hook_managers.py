"""The journal beside pre-commit, husky and lefthook, the real ones, whichever came first."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.git_repo import GitRepo
from tests.install.hooked import Hooked, tree

pygit2 = pytest.importorskip("pygit2")
pytestmark = [pytest.mark.usefixtures("each_git"), pytest.mark.integration]
only_hook_files = pytest.mark.parametrize("each_git", ["git"], indirect=True)

PRE_COMMIT = """\
default_install_hook_types: [pre-commit, post-commit]
repos:
-   repo: local
    hooks:
    -   {id: one, name: one, language: system, entry: sh -c 'echo pre-commit >>LOG', always_run: true,
         stages: [pre-commit]}
    -   {id: two, name: two, language: system, entry: sh -c 'echo post-commit >>LOG', always_run: true,
         stages: [post-commit]}
"""
LEFTHOOK = """\
pre-commit:
  commands:
    one:
      run: echo pre-commit >>LOG
post-commit:
  commands:
    two:
      run: echo post-commit >>LOG
"""


class Manager:
    """A hook manager that is set to write each hook's name into a log.

    Args:
        repo: the repository that it works in, with its configuration committed.
        log: where its hooks write.
        program: how it is called.
        install, uninstall: the words that do so; None where it cannot.
    """

    def __init__(self, repo: GitRepo, log: Path, program: str, install: list[str], uninstall: list[str] | None) -> None:
        self.repo = repo
        self.log = log
        self.program = program
        self._install = install
        self._uninstall = uninstall

    def run(self, words: list[str]) -> str:
        done = subprocess.run([self.program, *words], cwd=self.repo.path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def install(self) -> str:
        return self.run(self._install)

    def uninstall(self) -> None:
        if self._uninstall is None:  # husky's own advice
            self.repo.git("config", "--unset", "core.hooksPath")
        else:
            self.run(self._uninstall)

    def ran(self) -> list[str]:
        """The hooks that ran since the last call."""
        names = self.log.read_text().split() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return names


def program(name: str) -> str:
    """The path of a tool, beside Python's own or on PATH."""
    found = shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if not found:
        pytest.skip(f"{name} is not installed")
    return found


def set_up_pre_commit(repo: GitRepo, log: Path) -> Manager:
    repo.commit("pre-commit", **{".pre-commit-config.yaml": PRE_COMMIT.replace("LOG", str(log))})
    words = ["install"]
    return Manager(repo, log, program("pre-commit"), words, ["uninstall"])


def set_up_lefthook(repo: GitRepo, log: Path) -> Manager:
    repo.commit("lefthook", **{"lefthook.yml": LEFTHOOK.replace("LOG", str(log))})
    return Manager(repo, log, program("lefthook"), ["install"], ["uninstall"])


def set_up_husky(repo: GitRepo, log: Path) -> Manager:
    hooks = {f".husky/{event}": f"echo {event} >>{log}\n" for event in ("pre-commit", "post-commit")}
    repo.commit("husky", **hooks)
    return Manager(repo, log, program("husky"), [], None)


SetUp = Callable[[GitRepo, Path], Manager]
each_manager = pytest.mark.parametrize("set_up", [set_up_pre_commit, set_up_lefthook, set_up_husky])


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where a manager's hooks write; its path has no space."""
    return tmp_path / "manager.log"


@each_manager
def test_installed_after_the_manager(repo: GitRepo, hooked: Hooked, log: Path, set_up: SetUp) -> None:
    manager = set_up(repo, log)
    manager.install()
    repo.write("x.txt", "")
    untouched = tree(repo.path)
    hooked.install()
    assert repo.git("status", "--porcelain") == "?? x.txt"
    repo.commit("x", **{"x.txt": "x"})
    repo.write("x.txt", "")
    assert manager.ran() == ["pre-commit", "post-commit"]
    assert hooked.events() == ["post-commit"]
    assert all(check.ok for check in hooked.check().values()), hooked.check()
    installed = tree(repo.path)
    hooked.install()
    assert tree(repo.path) == installed
    hooked.remove()
    assert tree(repo.path) == untouched
    repo.commit("y", **{"y.txt": "y"})
    assert (manager.ran(), hooked.events()) == (["pre-commit", "post-commit"], [])


@each_manager
def test_installed_before_the_manager(repo: GitRepo, hooked: Hooked, log: Path, set_up: SetUp) -> None:
    manager = set_up(repo, log)
    hooked.install()
    manager.install()
    hooked.install()  # husky and lefthook take over what they find; `journal init` again repairs
    repo.commit("x", **{"x.txt": "x"})
    assert manager.ran() == ["pre-commit", "post-commit"]
    assert hooked.events() == ["post-commit"]
    assert all(check.ok for check in hooked.check().values()), hooked.check()
    hooked.remove()
    repo.commit("y", **{"y.txt": "y"})
    assert (manager.ran(), hooked.events()) == (["pre-commit", "post-commit"], [])
    with_manager_only = tree(repo.path / ".git")
    manager.install()
    assert tree(repo.path / ".git") == with_manager_only


@each_manager
def test_a_manager_that_goes_leaves_the_journal(repo: GitRepo, hooked: Hooked, log: Path, set_up: SetUp) -> None:
    manager = set_up(repo, log)
    untouched = tree(repo.path / ".git")
    hooked.install()
    manager.install()
    hooked.install()
    manager.uninstall()
    hooked.install()
    repo.commit("x", **{"x.txt": "x"})
    assert hooked.events() == ["post-commit"]
    hooked.remove()
    left = tree(repo.path / ".git")
    assert left.keys() - untouched.keys() <= {"info/lefthook.checksum"}, left.keys() - untouched.keys()
    assert left["config"] == untouched["config"]


@only_hook_files
def test_pre_commit_can_be_uninstalled_first(repo: GitRepo, hooked: Hooked, log: Path) -> None:
    manager = set_up_pre_commit(repo, log)
    untouched = tree(repo.path / ".git")
    manager.install()
    hooked.install()
    manager.uninstall()
    repo.commit("x", **{"x.txt": "x"})
    assert (manager.ran(), hooked.events()) == ([], ["post-commit"])
    hooked.remove()
    assert tree(repo.path / ".git") == untouched


@only_hook_files
def test_a_takeover_is_told(repo: GitRepo, hooked: Hooked, log: Path) -> None:
    manager = set_up_lefthook(repo, log)
    hooked.install()
    manager.install()
    check = hooked.check()["post-commit"]
    assert (check.ok, check.fix) == (False, "journal init")
    assert hooked.check()["post-merge"].ok


def test_libgit2_runs_no_hooks(repo: GitRepo, hooked: Hooked) -> None:
    repo.commit("first")
    hooked.install()
    opened = pygit2.Repository(str(repo.path))
    person = pygit2.Signature("Ada", "ada@example.org")
    opened.create_commit("HEAD", person, person, "by a GUI", opened.head.peel().tree_id, [opened.head.target])
    assert hooked.events() == []  # `journal capture` finds it in the reflog
    assert "by a GUI" in repo.git("reflog", "-1", "HEAD") + repo.git("log", "-1", "--format=%s")
