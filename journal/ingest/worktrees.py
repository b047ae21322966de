"""The worktrees of a clone as they are now: whose code it is that a job ran, and one snapshot of each for a cycle."""

import os
from pathlib import Path

from journal.capture.clone_source import main_root
from journal.capture.git.head_before import HeadMoves, head_before, head_moves
from journal.capture.git.repository import Repository, find_repository
from journal.capture.git.state import worktree_roots
from journal.capture.git.trees import changed_between
from journal.capture.place import Place
from journal.capture.slurm.snapshot import Snapshot, take_snapshot
from journal.errors import JournalError
from journal.facts import ChangedFile


class Worktrees:
    """The worktrees of one clone, looked at once however many jobs they have."""

    def __init__(self, place: Place) -> None:
        roots = [main_root(place.repository), *worktree_roots(place.repository.common_dir)]
        self._roots = {os.path.realpath(root) for root in roots}
        self._repositories: dict[str, Repository | None] = {}
        self._snapshots: dict[Path, Snapshot] = {}
        self._changed: dict[str, list[ChangedFile] | None] = {}
        self._moves: dict[Path, HeadMoves] = {}

    def around(self, directory: str | None) -> Repository | None:
        """The worktree of this clone that a directory lies in; None where it lies in none, or is gone."""
        if directory is None:
            return None
        if directory not in self._repositories:
            self._repositories[directory] = self._found(directory)
        return self._repositories[directory]

    def _found(self, directory: str) -> Repository | None:
        try:
            repository = find_repository(Path(directory))
        except JournalError:
            return None
        if repository.root is None or os.path.realpath(repository.root) not in self._roots:
            return None
        # What lies in .git is no code of the worktree: there `journal rerun` writes the code of old jobs.
        inside = os.path.realpath(directory)
        return None if f"{inside}/".startswith(f"{repository.common_dir}/") else repository

    def snapshot(self, root: Path) -> Snapshot:
        """The code of a worktree now; taken once."""
        if root not in self._snapshots:
            self._snapshots[root] = take_snapshot(root)
        return self._snapshots[root]

    def changed(self, repository: Repository, snapshot: Snapshot) -> list[ChangedFile] | None:
        """The files in which a snapshot differs from the commit it was taken on; None where there is none."""
        if snapshot.commit is None:
            return None
        if snapshot.commit not in self._changed:
            self._changed[snapshot.commit] = changed_between(repository.git_dir, snapshot.base, snapshot.commit)
        return self._changed[snapshot.commit]

    def head_before(self, repository: Repository, moment: str) -> str | None:
        """The commit that HEAD of a worktree was on, where that is certain."""
        if repository.git_dir not in self._moves:
            self._moves[repository.git_dir] = head_moves(repository)
        return head_before(self._moves[repository.git_dir], moment)
