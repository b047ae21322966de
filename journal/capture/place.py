"""The clone that a path lies in, with the writer and the project that the journal gave it. Reads files only."""

from pathlib import Path
from typing import NamedTuple

from journal.capture.clone_file import Clone, read_clone, write_clone
from journal.capture.git.repository import Repository, find_repository
from journal.errors import JournalError


class Place(NamedTuple):
    """A clone that the journal was set up in, seen from one of its worktrees."""

    repository: Repository
    writer: str
    project: str


def place_at(path: Path) -> Place | None:
    """The clone around a path, or None where the journal was not set up or nothing was committed yet.

    Raises:
        JournalError: the path is not in a git repository.
    """
    repository = find_repository(path)
    clone = read_clone(repository.common_dir)
    if clone is None:
        return None
    project = clone.project or _settle_project(repository, clone)
    return Place(repository, clone.writer, project) if project else None


def expect_place(path: Path) -> Place:
    """The clone around a path.

    Raises:
        JournalError: the path is not in a git repository, or in one that has no journal, or no commit yet.
    """
    place = place_at(path)
    if place is not None:
        return place
    repository = find_repository(path)
    where = repository.root or repository.git_dir
    if read_clone(repository.common_dir) is None:
        raise JournalError(f"{where} has no journal", "run `journal init` there")
    raise JournalError(f"{where} has no commit yet", "its journal begins with the first one: `git commit`")


def place_around(path: Path) -> Place | None:
    """The clone around a path, None outside of any repository.

    Raises:
        JournalError: a repository that has no journal, or no commit yet.
    """
    try:
        find_repository(path)
    except JournalError:
        return None
    return expect_place(path)


def _settle_project(repository: Repository, clone: Clone) -> str | None:
    """Gives a clone that had no commit yet its project, once there is one."""
    from journal.capture.git.identity import read_identity

    project = read_identity(repository).project
    if project:
        write_clone(repository.common_dir, clone._replace(project=project))
    return project
