"""The script of a job that the controller has forgotten: as its snapshot holds it, or as sbatch wraps a command."""

import os
import posixpath
import sqlite3

from journal.capture.git.process import GitError
from journal.capture.git.trees import file_in
from journal.capture.place import Place
from journal.derive.job import Job
from journal.derive.sbatch_arguments import parse, wrapped
from journal.events import Event, make_event
from journal.facts import ScriptFact
from journal.store.job_queries import script_of

_LONGEST_SCRIPT = 256 * 1024


def script_event(connection: sqlite3.Connection, place: Place, job: Job) -> Event | None:
    """The script of a job that none was kept of; None where it cannot be told for certain."""
    argv = job.submitted.get("argv")
    if job.command not in (None, "sbatch") or argv is None or script_of(connection, job) is not None:
        return None
    part = parse(argv)[0]
    command = part.value("wrap")
    text = wrapped(command) if command is not None else _in_snapshot(place, job, parse(argv)[-1].script)
    if text is None:
        return None
    fact: ScriptFact = {
        "cluster": str(job.cluster),
        "job_id": job.job_id,
        "submitted_at": job.submitted_at,
        "text": text,
        "told_by": "snapshot",
    }
    key = (fact["cluster"], job.job_id, job.submitted_at)
    return make_event("script", job.submitted_at, job.project, "slurm", key, fact)


def _in_snapshot(place: Place, job: Job, script: str | None) -> str | None:
    inside = script_below(script, job.submitted.get("cwd"), job.submitted.get("root"))
    if inside is None:
        return None
    try:
        content = file_in(place.repository.common_dir, job.submitted["snapshot"], inside, _LONGEST_SCRIPT)
    except GitError:
        return None
    return content.decode("utf-8", "replace") if content is not None else None


def script_below(script: str | None, cwd: str | None, root: str | None) -> str | None:
    """The path of a script below the worktree's top; None where it lies outside, or comes on standard input.

    A script without a slash that is not in the directory would be looked for on PATH: then the tree holds none either.
    """
    if script is None or cwd is None or root is None:
        return None
    whole = posixpath.normpath(posixpath.join(cwd, script))
    for top in dict.fromkeys((root, os.path.realpath(root))):
        if whole.startswith(f"{top}/"):
            return whole.removeprefix(f"{top}/")
    return None
