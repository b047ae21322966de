"""The code that is kept of a job: where its snapshot is, and why there is none."""

import os
import sqlite3
from pathlib import Path
from typing import NamedTuple

from journal.capture.git.repository import Repository, find_repository
from journal.capture.git.trees import commit_message, has_commit
from journal.capture.slurm.snapshot import paths_left_out
from journal.derive.job import Job
from journal.errors import JournalError


class KeptCode(NamedTuple):
    """The snapshot of a job.

    Attributes:
        repository: the clone that has it, seen from the worktree it was taken of where that is still there.
        commit: the snapshot.
        base: the commit that it was taken on; None where there was none.
        root: the worktree it was taken of, there or not.
    """

    repository: Repository
    commit: str
    base: str | None
    root: Path | None


def kept_code(connection: sqlite3.Connection, job: Job) -> KeptCode:
    """The snapshot of a job.

    Raises:
        JournalError: there is none, or it is not on this machine.
    """
    fact = job.submitted
    commit = fact.get("snapshot")
    if not commit:
        raise JournalError(f"no code was kept of job {job.job_id}", _why_none(job))
    root = Path(fact["root"]) if fact.get("root") else None
    for repository in _clones(connection, job, root):
        if has_commit(repository.git_dir, commit):
            return KeptCode(repository, commit, fact.get("commit"), root)
    raise JournalError(
        f"the snapshot {commit[:12]} of job {job.job_id} is in no clone on this machine",
        "it was pruned (snapshot_days in the configuration), or its clone was removed",
    )


def files_left_out(connection: sqlite3.Connection, job: Job) -> list[str]:
    """The files that a job's snapshot lacks, sorted: the first hundred of them; none where the snapshot is gone."""
    if not job.submitted.get("left_out"):
        return []
    try:
        code = kept_code(connection, job)
        message = commit_message(code.repository.git_dir, code.commit)
    except JournalError:
        return []
    return sorted(map(os.fsdecode, paths_left_out(message)))


def _why_none(job: Job) -> str:
    fact = job.submitted
    if fact.get("problem"):
        return f"{fact['problem']}"
    if fact.get("commit"):
        return f"it was found after its end; HEAD was {fact['commit'][:12]}, and what was uncommitted is not known"
    return "nothing saw it being submitted; `journal doctor` says whether the shim of sbatch is in place"


def _clones(connection: sqlite3.Connection, job: Job, root: Path | None) -> list[Repository]:
    """The worktree that the job was submitted from, and every clone of its project."""
    paths = [path for (path,) in connection.execute("SELECT path FROM clone WHERE project IS ?", (job.project,))]
    found: list[Repository] = []
    for path in [*([root] if root else []), *map(Path, paths)]:
        try:
            found.append(find_repository(path))
        except JournalError:
            continue  # moved or removed
    return found
