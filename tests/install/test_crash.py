"""Killed at any moment: init again repairs, uninstall restores, and the person's hook always runs."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.git_repo import GitRepo
from tests.install.hooked import Hooked, telling_hook, tree

pytestmark = [pytest.mark.usefixtures("each_git"), pytest.mark.slow]

# What changes a file system, as Python tells its audit hooks; "open" only where it is to write.
CHANGES = frozenset({"os.link", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod"})
KILLED = 9


def killed_at(step: int, hooked: Hooked, what: str) -> bool:
    """Runs "install" or "remove" in a process that ends before its n-th change; False where it had fewer."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            sys.addaudithook(countdown(step))
            hooked.install() if what == "install" else hooked.remove()
            status = 0
        finally:
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in {0, KILLED}
    return status == KILLED


def countdown(step: int) -> Callable[[str, tuple[object, ...]], None]:
    """An audit hook that ends the process, with no clean-up, before its n-th change."""
    left = step

    def hook(event: str, args: tuple[object, ...]) -> None:
        nonlocal left
        writes = event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR)
        if event in CHANGES or writes:
            left -= 1
            if left < 0:
                os._exit(KILLED)

    return hook


@pytest.fixture(params=["a hook", "no directory of hooks", "core.hooksPath"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def prepare(repo: GitRepo, log: Path, kind: str) -> None:
    if kind == "a hook":
        telling_hook(repo.path / ".git/hooks/post-commit", log)
    elif kind == "core.hooksPath":
        telling_hook(repo.path / ".githooks/post-commit", log)
        repo.git("config", "core.hooksPath", ".githooks")
    else:
        shutil.rmtree(repo.path / ".git/hooks", ignore_errors=True)


@pytest.mark.parametrize("what", ["install", "remove"])
def test_killed_before_any_change(repo: GitRepo, hooked: Hooked, tmp_path: Path, kind: str, what: str) -> None:
    prepare(repo, tmp_path / "log", kind)
    untouched = tree(repo.path)
    step = 0
    while True:
        if what == "remove":
            hooked.install()
        if not killed_at(step, hooked, what):
            break
        if kind != "no directory of hooks":
            repo.git("commit", "-q", "--allow-empty", "-m", "x")
            assert (tmp_path / "log").read_text() == "\n", f"the person's hook did not run once at step {step}"
            (tmp_path / "log").unlink()
        if step % 2:
            hooked.install()
            assert all(check.ok for check in hooked.check().values()), step
        hooked.remove()
        assert tree(repo.path) == untouched, step
        step += 1
    assert step > 5
