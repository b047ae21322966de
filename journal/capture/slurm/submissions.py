"""What the shim of sbatch, srun and salloc left in the spool, as events. Pure but for the list of changed files.

The shim's record and its fields: hooks/slurm/shim.
"""

import re
from collections.abc import Callable

from journal import moments
from journal.capture.slurm.source import NAME
from journal.events import Event, make_event
from journal.facts import ChangedFile, SubmissionFact
from journal.spool import Record

_COMMANDS = ("sbatch", "srun", "salloc")
_BRANCH = "ref: refs/heads/"
_SAID = re.compile(r"Submitted batch job (\d+)(?: on cluster (\S+))?")
_PARSABLE = re.compile(r"(\d+)(?:;(\S+))?")
_ESCAPE = re.compile(r"\\(.)")

# From a commit and a snapshot to the files that differ; None where that cannot be told.
Compare = Callable[[str, str], list[ChangedFile] | None]


def events_of(record: Record, project: str, compare: Compare) -> list[Event]:
    """The submission that a record tells of; none where it is not one.

    Args:
        record: the shim's.
        project: the project's id.
        compare: tells the files that differ between two commits.
    """
    fields = record.fields
    command = fields.get("event", "")
    if command not in _COMMANDS:
        return []
    job_id, cluster = printed_id(fields.get("output", ""))
    at = moments.from_epoch(record.at)
    snapshot, base = fields.get("snapshot") or None, fields.get("base") or None
    head = fields.get("head", "")
    fact: SubmissionFact = {
        "command": command,  # type: ignore[typeddict-item]  # one of _COMMANDS
        "told_by": "shim",
        "job_id": job_id,
        "cluster": cluster,
        "host": fields.get("host") or None,
        "argv": arguments(record.body),
        "cwd": fields.get("cwd") or None,
        "root": fields.get("root") or None,
        "branch": head.removeprefix(_BRANCH) if head.startswith(_BRANCH) else None,
        "commit": fields.get("sha") or base,
        "snapshot": snapshot,
        "snapshot_at": at if snapshot else None,
        "changed": compare(base, snapshot) if base and snapshot else None,
        "left_out": int(fields["left_out"]) if fields.get("left_out", "").isdecimal() else 0,
        "problem": fields.get("problem") or None,
        "session": fields.get("session") or None,
    }
    key = (cluster or "", job_id or "", fact["host"] or "", at, fact["cwd"] or "", *(fact["argv"] or ()))
    return [make_event("submission", at, project, NAME, key, fact)]


def printed_id(output: str) -> tuple[str | None, str | None]:
    """The job's number and cluster that sbatch printed: in a sentence, or with --parsable."""
    line = output.strip()
    found = _SAID.search(line) or _PARSABLE.fullmatch(line)
    return (found[1], found[2]) if found else (None, None)


def arguments(body: str) -> list[str]:
    """The arguments of a command, one on each line, newlines and backslashes in them escaped."""
    lines = body.split("\n") if body else []
    return [_ESCAPE.sub(lambda found: "\n" if found[1] == "n" else found[1], line) for line in lines]
