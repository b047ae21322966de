"""One look at the code beside a job's snapshot: which files differ, and when they were edited.

Known is what lies there now and when it was last written. So a look soon after a job's start or end finds all that
was edited before; one that comes late misses what was edited once more since, and claims nothing of it (see
`journal.derive.edits`).
"""

import math
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from journal.capture.git.process import GitError
from journal.capture.git.repository import Repository
from journal.capture.git.trees import Difference, commit_message, deep_differences, has_commit
from journal.capture.place import Place
from journal.capture.slurm.snapshot import paths_left_out
from journal.derive.edits import Found, Run, edited_before, edited_by_end, output_pattern
from journal.derive.job import Job
from journal.events import Event, make_event
from journal.facts import DriftedFile, DriftFact
from journal.ingest.worktrees import Worktrees
from journal.moments import from_epoch, to_datetime

_SKEW_SECONDS = 2.0

_BESIDE = """
SELECT job_id, started_at, ended_at, work_dir, json_extract(data, '$.stdout'), json_extract(data, '$.stderr')
FROM attempt WHERE project = ? AND started_at IS NOT NULL AND coalesce(ended_at, '9') >= ?
"""


class NotComparedError(Exception):
    """Why a job's code cannot be compared with its snapshot, in a few words."""


class CodeLooks:
    """The looks of one cycle at the jobs of one clone."""

    def __init__(self, connection: sqlite3.Connection, place: Place, worktrees: Worktrees, now: str) -> None:
        self._connection = connection
        self._place = place
        self._worktrees = worktrees
        self._now = now
        self._differences: dict[tuple[str, str], list[Difference]] = {}

    def compared(self, job: Job, moment: str, started_at: str, ended_at: str | None) -> Event:
        """The drift of a job that has a snapshot.

        Args:
            job: it.
            moment: "start" or "end".
            started_at: its first start, in stored form.
            ended_at: its end; None before.

        Raises:
            NotComparedError: its directory or its snapshot is gone, or the code cannot be read.
        """
        snapshot = str(job.submitted["snapshot"])
        repository = self._worktrees.around(job.submitted.get("root") or job.work_dir)
        if repository is None or repository.root is None:
            raise NotComparedError("its directory is gone")
        taken = self._worktrees.snapshot(repository.root)
        if taken.commit is None:
            raise NotComparedError("the directory cannot be read or its repository not written")
        differing = self._differing(repository, repository.root, snapshot, taken.commit)
        taken_at = str(job.submitted.get("snapshot_at") or job.submitted_at)
        found = {
            each.path: (each, _found(repository.root, each, to_datetime(taken_at).timestamp())) for each in differing
        }
        edited = self._edited(job, repository.root, [each for _, each in found.values()], moment, started_at, ended_at)
        fact: DriftFact = {
            "cluster": str(job.cluster),
            "job_id": job.job_id,
            "submitted_at": job.submitted_at,
            "moment": "end" if moment == "end" else "start",
            "reached_at": str(ended_at) if moment == "end" else started_at,
            "snapshot": snapshot,
            "found": taken.commit,
            "files": [_drifted(found[each.path][0], each) for each in edited],
        }
        key = (fact["cluster"], job.job_id, job.submitted_at, moment)
        return make_event("drift", self._now, job.project, "slurm", key, fact)

    def _differing(self, repository: Repository, root: Path, snapshot: str, found: str) -> list[Difference]:
        """The files that differ, but for those that one of both snapshots could not take."""
        if (snapshot, found) not in self._differences:
            if not has_commit(repository.git_dir, snapshot):
                raise NotComparedError("its snapshot is gone")
            try:
                messages = (commit_message(repository.git_dir, each) for each in (snapshot, found))
                left_out = set[bytes]().union(*map(paths_left_out, messages))
                differing = deep_differences(root, repository.git_dir, snapshot, found)
                self._differences[snapshot, found] = [each for each in differing if each.name not in left_out]
            except GitError as error:
                raise NotComparedError("git cannot compare them") from error
        return self._differences[snapshot, found]

    def _edited(
        self, job: Job, root: Path, files: list[Found], moment: str, started_at: str, ended_at: str | None
    ) -> Sequence[Found]:
        if not files:
            return []
        rows = self._connection.execute(_BESIDE, (self._place.project, job.submitted_at)).fetchall()
        outputs = [output_pattern(path, row[3] or "/") for row in rows for path in row[4:] if path]
        runs = [_run(started, ended) for number, started, ended, *_ in rows if number != job.job_id]
        kept = [file for file in files if not any(each.fullmatch(f"{root}/{file.path}") for each in outputs)]
        start = to_datetime(started_at).timestamp()
        if moment == "start":
            return edited_before(kept, start, runs)
        return edited_by_end(kept, start, to_datetime(str(ended_at)).timestamp(), runs)


def _run(started_at: str, ended_at: str | None) -> Run:
    return Run(to_datetime(started_at).timestamp(), to_datetime(ended_at).timestamp() if ended_at else math.inf)


def _found(root: Path, difference: Difference, taken_at: float) -> Found:
    """A file that differs, and when it was last written.

    A copy may keep the time of what was copied (`cp -p`, `rsync`, `mv`), older than the snapshot that it differs from:
    then the time counts at which the file came to its place.
    """
    path = root / os.fsdecode(difference.name)
    is_new = difference.status == "A"
    try:
        status = path.lstat()
    except OSError:
        return Found(difference.path, is_new, _emptied_at(path.parent), is_gone=True)
    is_older = status.st_mtime < taken_at - _SKEW_SECONDS
    return Found(difference.path, is_new, max(status.st_mtime, status.st_ctime) if is_older else status.st_mtime)


def _emptied_at(directory: Path) -> float:
    """When something last came or went in a directory, or in the nearest above it that is there."""
    while True:
        try:
            return directory.stat().st_mtime
        except OSError:
            if directory == directory.parent:
                return math.inf
            directory = directory.parent


def _drifted(difference: Difference, found: Found) -> DriftedFile:
    return {
        "path": difference.path,
        "added": difference.added,
        "removed": difference.removed,
        "edited_at": None if found.is_gone else from_epoch(found.written_at),
    }
