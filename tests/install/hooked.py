"""A repository with the journal's hooks, and ways to look at what they left."""

import os
import stat
import time
from pathlib import Path

from journal.capture.git.repository import Repository, find_repository
from journal.install.check import HookCheck, check_hooks
from journal.install.hooks import install_hooks, remove_hooks
from journal.install.plan import HookChange
from journal.spool import Record, read_spool
from tests.git_repo import GitRepo

Tree = dict[str, tuple[int, bytes]]


def tree(directory: Path) -> Tree:
    """Every file, link and directory below one: its mode and its content (a link's target).

    Left out is what any git command writes (the index) and what a commit adds (objects, logs, refs).
    """
    found: Tree = {}
    for folder, folders, files in os.walk(directory):
        if Path(folder).name in {".git", "modules"} or (Path(folder) / "HEAD").exists():
            folders[:] = [name for name in folders if name not in {"objects", "logs", "refs"}]
            files = [name for name in files if name not in {"index", "COMMIT_EDITMSG", "ORIG_HEAD"}]  # noqa: PLW2901
        for name in [*folders, *files]:
            path = Path(folder, name)
            mode = path.lstat().st_mode
            if stat.S_ISLNK(mode):
                content = os.fsencode(path.readlink())
            else:
                content = path.read_bytes() if stat.S_ISREG(mode) else b""
            found[str(path.relative_to(directory))] = (mode, content)
    return found


class Hooked:
    """The journal's hooks in one repository.

    Args:
        path: a directory in the repository.
        data: the journal's data directory.
        command: the `journal` that hooks start.
    """

    def __init__(self, path: Path, data: Path, command: Path) -> None:
        self.path = path
        self.data = data
        self.command = command

    @property
    def repository(self) -> Repository:
        return find_repository(self.path)

    def install(self) -> list[HookChange]:
        return install_hooks(self.repository, self.data, self.command)

    def remove(self) -> list[HookChange]:
        return remove_hooks(self.repository)

    def check(self) -> dict[str, HookCheck]:
        return {check.event: check for check in check_hooks(self.repository, self.data)}

    def spooled(self) -> list[Record]:
        """What hooks have left since the last call."""
        records = list(read_spool(self.data / "spool"))
        for record in records:
            record.path.unlink()
        return records

    def events(self) -> list[str]:
        """The names of the events that hooks have left since the last call, in order."""
        return [record.fields["event"] for record in self.spooled()]


def hook(path: Path, text: str, mode: int = 0o755) -> Path:
    """Writes a hook file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def telling_hook(path: Path, log: Path, status: int = 0) -> Path:
    """A person's hook that writes down how it was called and what it was given, and ends with a status."""
    return hook(path, f"#!/bin/sh\n{{ echo \"$*\"; cat; }} >>'{log}'\nexit {status}\n")


def wait_for(path: Path, seconds: float = 10) -> str:
    """The content of a file that another process is about to write."""
    deadline = time.monotonic() + seconds
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < deadline, f"{path} was not written within {seconds} s"
        time.sleep(0.02)
    return path.read_text()


def repository_with_history(repo: GitRepo) -> GitRepo:
    """Two commits, so that there is something to amend, rebase and check out."""
    repo.commit("first", **{"a.txt": "1\n"})
    repo.commit("second", **{"a.txt": "2\n"})
    return repo
