"""Where the code of an old job is written for it to run again: inside the clone, on the filesystem of the worktree.

`<common git directory>/journal/code/<snapshot>`: compute nodes see it where they see the worktree, git and what reads
the worktree do not. What git ignores and a job may need (data, checkpoints, a virtual environment) becomes links.
"""

import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

from journal.capture.git.process import GitError, run_git
from journal.capture.git.repository import Repository, find_repository
from journal.capture.git.trees import commit_message, write_tree
from journal.capture.slurm.snapshot import paths_left_out
from journal.errors import JournalError
from journal.paths import private_dir
from journal.rerun.kept_code import KeptCode

_NOT_LINKED = re.compile(
    r"(?:.*/)?(?:__pycache__|\.(?:pytest|mypy|ruff)_cache|\.ipynb_checkpoints|[^/]*\.py[co]|[^/]*\.egg-info"
    r"|slurm-[^/]*\.(?:out|err)|\.journal-[^/]*|SCRATCH\.md|ENV\.md|REPO_MAP\.md)/?"
)
_MOST_LINKS = 200


class CodeDirectory(NamedTuple):
    """A directory for the code of a snapshot.

    Attributes:
        path: it.
        is_written: it is there already, with the snapshot's files unmodified.
        links: what of the worktree will be linked, by path below the top.
        files: the snapshot's files, by path below the top.
    """

    path: Path
    is_written: bool
    links: tuple[str, ...]
    files: frozenset[str]

    def holds(self, below: str) -> bool:
        """Whether a path will be there: a file, a directory, or something below a link."""
        inside = f"{below}/"
        return (
            below in self.files
            or any(inside.startswith(f"{link}/") for link in self.links)
            or any(file.startswith(inside) for file in self.files)
        )


def stands_in(root: Path, repository: Repository) -> bool:
    """Whether a directory is a worktree's top of that clone."""
    try:
        found = find_repository(root)
    except JournalError:
        return False
    return found.common_dir == repository.common_dir and found.root == root.resolve()


def code_directory(code: KeptCode) -> CodeDirectory:
    """The directory for a snapshot: the one that it was written to before, else a new one."""
    git_dir = code.repository.git_dir
    listed = run_git(git_dir, "ls-tree", "-r", "-z", "--name-only", "--full-tree", code.commit)
    files = frozenset(os.fsdecode(name) for name in listed.split(b"\0") if name)
    links = tuple(_links(code, files))
    parent = code.repository.common_dir / "journal/code"
    number = 1
    while True:
        path = parent / (code.commit[:12] if number == 1 else f"{code.commit[:12]}-{number}")
        if not os.path.lexists(path):
            return CodeDirectory(path, False, links, files)
        if _is_unmodified(git_dir, code.commit, path):
            return CodeDirectory(path, True, links, files)
        number += 1


def _is_unmodified(git_dir: Path, commit: str, directory: Path) -> bool:
    """Whether each file of a commit is there as it was."""
    with tempfile.TemporaryDirectory(prefix="journal-") as temporary:
        index = Path(temporary) / "index"
        at = ("-c", "core.sparseCheckout=false", f"--git-dir={git_dir}", f"--work-tree={directory}")
        run_git(git_dir, *at, "read-tree", commit, index=index)
        try:
            run_git(git_dir, *at, "update-index", "--ignore-submodules", "--refresh", index=index)
        except GitError:  # its way to say that a file is not as the index has it
            return False
    return True


def _links(code: KeptCode, files: frozenset[str]) -> list[str]:
    """What the worktree has beside the code: what git ignores, at its topmost, and what the snapshot left out."""
    if code.root is None or not stands_in(code.root, code.repository):
        return []
    git_dir = code.repository.git_dir
    at = (f"--git-dir={git_dir}", f"--work-tree={code.root}")
    # From the top, as ls-files lists what lies below where it stands.
    ignored = run_git(code.root, *at, "ls-files", "-o", "-i", "--exclude-standard", "--directory", "-z")
    names = [name for name in ignored.split(b"\0") if name]
    names += sorted(paths_left_out(commit_message(git_dir, code.commit)))
    found = dict.fromkeys(os.fsdecode(name).rstrip("/") for name in names)
    return [name for name in found if not _NOT_LINKED.fullmatch(name) and name not in files][:_MOST_LINKS]


def write_code(code: KeptCode, directory: CodeDirectory) -> list[str]:
    """Writes the code of a plan, whole or not at all, and its links.

    Returns:
        Submodules whose files could not be written.

    Raises:
        JournalError: git refuses the tree, or the clone cannot be written.
    """
    missing: list[str] = []
    try:
        if not directory.is_written:
            private_dir(directory.path.parent)
            with tempfile.TemporaryDirectory(prefix=".new-", dir=directory.path.parent) as temporary:
                new = Path(temporary) / "code"
                new.mkdir()
                missing = write_tree(code.root, code.repository.git_dir, code.commit, new)
                new.rename(directory.path)
        if code.root is not None:
            for link in directory.links:
                _link(directory.path, link, code.root)
    except OSError as error:
        raise JournalError(f"cannot write {directory.path} ({error.strerror})", "make its clone writable") from error
    return missing


def _link(top: Path, name: str, root: Path) -> None:
    """A link to something of the worktree, unless something is there; never through another link."""
    place = top / name
    if os.path.lexists(place) or place.parent.resolve() != top.resolve() / Path(name).parent:
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(root / name)


def copy_code(code: KeptCode, directory: Path) -> list[str]:
    """Writes the code of a job into a directory that is new or empty; returns as `write_code` does.

    Raises:
        JournalError: the directory holds something, or cannot be written; git refuses the tree.
    """
    was_there = os.path.lexists(directory)
    try:
        if was_there and (directory.is_symlink() or not directory.is_dir() or any(directory.iterdir())):
            raise JournalError(f"{directory} is not an empty directory", "name one that is new")
        directory.mkdir(parents=True, exist_ok=True)
        return write_tree(code.root, code.repository.git_dir, code.commit, directory.resolve())
    except OSError as error:
        raise JournalError(f"cannot write {directory} ({error.strerror})", "name one that you can write to") from error
    except GitError:
        if not was_there:
            shutil.rmtree(directory, ignore_errors=True)
        raise
