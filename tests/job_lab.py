"""A clone, its store, and jobs as the scheduler would tell of them, for tests of what becomes of a job's code."""

import json
import os
import sqlite3
from datetime import datetime, timedelta
from typing import Any

from journal.capture.clone_file import Clone, write_clone
from journal.capture.git.repository import find_repository
from journal.capture.place import Place, place_at
from journal.capture.slurm.snapshot import take_snapshot
from journal.events import Batch, Event, canonical_json, make_event
from journal.ingest.job_code import Followed, follow_code
from journal.moments import from_datetime
from journal.store.event_log import append_batch
from journal.store.job_queries import find_job
from tests.git_repo import GitRepo

MISSING = "ModuleNotFoundError: No module named 'einops'"
WRITER = "a" * 16
PROJECT = "b" * 32


class Lab:
    """A clone, its store, and a clock that a test moves."""

    def __init__(self, repo: GitRepo, connection: sqlite3.Connection) -> None:
        repo.commit("Begin", **{"a.py": "1\n", "run.sh": "#!/bin/sh\npython a.py\n"})
        write_clone(find_repository(repo.path).common_dir, Clone(WRITER, PROJECT))
        place = place_at(repo.path)
        assert place is not None
        self.repo = repo
        self.place: Place = place
        self.connection = connection
        self.now = datetime.now().astimezone()

    def at(self, seconds: float) -> str:
        """A moment so many seconds from now."""
        return from_datetime(self.now + timedelta(seconds=seconds))

    def job(self, number: str, submitted: float, **more: Any) -> None:
        """The scheduler tells of a job."""
        fact = {
            "cluster": "lab",
            "job_id": number,
            "submitted_at": self.at(submitted),
            "name": "train",
            "command": "sbatch",
            "work_dir": str(self.repo.path),
            **more,
        }
        self.store(make_event("job", self.at(submitted), PROJECT, "slurm", (number, fact["submitted_at"]), fact))

    def attempt(self, number: str, state: str, submitted: float, **more: Any) -> None:
        """The scheduler tells of a try; times are seconds from now."""
        fact: dict[str, Any] = {
            "told_by": "sacct",
            "cluster": "lab",
            "job_id": number,
            "raw_id": number,
            "submitted_at": self.at(submitted),
            "state": state,
            "work_dir": str(self.repo.path),
            **{name: self.at(value) if name.endswith("_at") else value for name, value in more.items()},
        }
        self.store(make_event("attempt", self.at(submitted), PROJECT, "slurm", (canonical_json(fact),), fact))

    def submission(self, number: str, submitted: float, **more: Any) -> str:
        """The shim tells of a submission with the code as it is now; returns the snapshot."""
        taken = take_snapshot(self.repo.path)
        fact = {
            "command": "sbatch",
            "told_by": "shim",
            "job_id": number,
            "cluster": None,
            "host": "login1",
            "argv": ["run.sh"],
            "cwd": str(self.repo.path),
            "root": str(self.repo.path),
            "branch": "main",
            "commit": taken.base,
            "snapshot": taken.commit,
            "snapshot_at": self.at(submitted),
            "changed": [],
            "left_out": 0,
            "problem": None,
            "session": None,
            **more,
        }
        self.store(make_event("submission", self.at(submitted), PROJECT, "slurm", (number, str(submitted)), fact))
        return str(taken.commit)

    def log(self, number: str, label: str, submitted: float, ended: float, **more: Any) -> None:
        """The log of a job's only try was read; times are seconds from now."""
        failed = label != "ok"
        fact = {
            "cluster": "lab",
            "job_id": number,
            "submitted_at": self.at(submitted),
            "raw_id": number,
            "try_submitted_at": self.at(submitted),
            "path": None,
            "label": label,
            "signature": MISSING if failed else None,
            "line": 3 if failed else None,
            "fingerprint": f"{label}: {MISSING}" if failed else None,
            "component": None,
            "explanation": "A package that the code imports is not installed." if failed else "",
            "advice": ["Install it."] if failed else [],
            "rule": None,
            "progress": None,
            **more,
        }
        key = ("lab", number, fact["submitted_at"], str(fact["raw_id"]))
        self.store(make_event("log", self.at(ended), PROJECT, "log", key, fact))

    def run(self, number: str, submitted: float, *, label: str = "ok", **more: Any) -> None:
        """A whole run of run.sh with the code as it is now, of one minute, and its log.

        Args:
            number: the job's.
            submitted: seconds from now.
            label: what its log says; other than "ok" it failed.
            more: of its submission.
        """
        self.submission(number, submitted, **more)
        self.job(number, submitted, name=str(more.get("argv", ["run.sh"])[0]))
        state = "COMPLETED" if label == "ok" else "FAILED"
        ended = submitted + 70
        self.attempt(number, state, submitted, started_at=submitted + 10, ended_at=ended, elapsed_s=60, exit_code=1)
        self.log(number, label, submitted, ended)

    def store(self, event: Event) -> None:
        append_batch(self.connection, WRITER, "slurm", Batch([event], {}, {}))

    def follow(self, later: float = 0.0, days: int = 365) -> Followed:
        """A cycle, so many seconds from now."""
        return follow_code(self.connection, [self.place], self.at(later), days)

    def told(self, number: str) -> dict[str, Any]:
        """What is told of how a job was submitted."""
        found = find_job(self.connection, number, None)
        assert found is not None
        return dict(found.job.submitted)

    def drift(self, number: str, moment: str) -> list[str] | None:
        """The files that differed at a moment; None where nobody looked."""
        query = "SELECT data FROM drift WHERE job_id = ? AND moment = ?"
        row = self.connection.execute(query, (number, moment)).fetchone()
        return [file["path"] for file in json.loads(row[0])["files"]] if row else None

    def write(self, name: str, text: str, seconds: float) -> None:
        """Writes a file as if it were done so many seconds from now."""
        path = self.repo.write(name, text)
        moment = self.now.timestamp() + seconds
        os.utime(path, (moment, moment))

    def refs(self) -> set[str]:
        """The snapshots that are kept."""
        return set(self.repo.git("for-each-ref", "--format=%(refname:lstrip=3)", "refs/journal/snap").split())
