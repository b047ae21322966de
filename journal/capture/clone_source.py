"""Where the clone lives: told once, and again whenever it has moved."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from journal.capture.git.repository import Repository
from journal.events import Batch, make_event


def main_root(repository: Repository) -> Path:
    """The main worktree of a clone, also when asked from a linked one."""
    if not repository.worktree and repository.root:
        return repository.root
    return repository.common_dir.parent if repository.common_dir.name == ".git" else repository.common_dir


class CloneSource:
    """Yields a `clone` event when the place of the clone differs from the last one told.

    Args:
        repository: the clone, seen from any of its worktrees.
        project: the project's id.
        writer: the clone's writer.
        now: the present, in stored form: a move is dated when it is noticed.
    """

    name = "clone"

    def __init__(self, repository: Repository, project: str, writer: str, now: str) -> None:
        self._repository = repository
        self._project = project
        self._writer = writer
        self._now = now

    def read(self, cursors: Mapping[str, Any]) -> Iterator[Batch]:
        place = {"path": str(main_root(self._repository)), "git_dir": str(self._repository.common_dir)}
        if cursors.get("place") == place:
            return
        from journal.capture.git.identity import read_identity

        identity = read_identity(self._repository)
        fact = {**place, "name": identity.name, "root_commit": identity.root_commit, "remote": identity.remote}
        key = (self._writer, place["path"], self._now)
        yield Batch([make_event("clone", self._now, self._project, "clone", key, fact)], {"place": place}, {})
