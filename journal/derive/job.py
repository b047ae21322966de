"""A job with all that is known of it, as plain values: what outcomes, words and documents are told from."""

import posixpath
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from journal.derive.sbatch_arguments import parse

_NOTHING: Mapping[str, Any] = {}


class Submission(NamedTuple):
    """A job was handed to sbatch, srun or salloc.

    Attributes:
        event: the id of the event that tells it.
        at: when, by the clock of the host it was done on.
        fact: a SubmissionFact; session and branch may be from another telling of the same submission.
    """

    event: str
    at: str
    fact: Mapping[str, Any]


class Job(NamedTuple):
    """A job; an array or a heterogeneous job is one.

    Attributes:
        event: the id of its own event; of its submission's, where the batch system never told of it.
        cluster: None as the event of its own.
        job_id: the number that sbatch printed.
        submitted_at: its first submission.
        name: as Slurm has it, or what tells more: see `with_telling_name`.
        attempts: AttemptFacts of all tries of all tasks and components, by submission; with its LogFact under "log"
            where the log of a try was read.
        submission: None where nothing saw it being submitted.
        drifts: DriftFacts, that of its start before that of its end.
    """

    event: str
    project: str | None
    cluster: str | None
    job_id: str
    submitted_at: str
    name: str
    command: str | None
    work_dir: str | None
    attempts: tuple[Mapping[str, Any], ...] = ()
    submission: Submission | None = None
    drifts: tuple[Mapping[str, Any], ...] = ()

    @property
    def submitted(self) -> Mapping[str, Any]:
        """The SubmissionFact; empty where nothing saw it being submitted."""
        return self.submission.fact if self.submission is not None else _NOTHING


def only_task(job: Job, task: str) -> Job:
    """A job with the tries of one of its tasks (`7`) or components (`+1`) alone."""
    if task.startswith("+"):
        kept = (attempt for attempt in job.attempts if str(attempt.get("component")) == task[1:])
    else:
        kept = (attempt for attempt in job.attempts if attempt.get("task") == task)
    return job._replace(attempts=tuple(kept))


_ID_OF_A_RUN = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def with_telling_name(job: Job) -> Job:
    """A job under its comment where its name tells nothing: snakemake names all jobs of a run by one random id, and
    says in the comment which rule it is."""
    if not _ID_OF_A_RUN.fullmatch(job.name):
        return job
    comment = next((attempt["comment"] for attempt in job.attempts if attempt.get("comment")), None)
    return job._replace(name=comment) if comment else job


def submitted_late(job: Job) -> bool:
    """Whether its snapshot was taken after it was submitted, so that it may not be what ran.

    The shim takes it before it submits; its host's clock is compared with itself and not with the batch system's.
    """
    if job.submission is None:
        return False
    fact = job.submitted
    taken, by_us = fact.get("snapshot_at"), fact.get("told_by") in ("shim", "rerun")
    return bool(taken) and str(taken) > (job.submission.at if by_us else job.submitted_at)


def name_from_arguments(command: str, arguments: Sequence[str] | None) -> str:
    """What Slurm will have called a job: its `--job-name`, else its script, else the command."""
    part = parse(arguments or ())[0]
    wrapped = "wrap" if part.value("wrap") is not None else None
    return part.value("job-name") or wrapped or posixpath.basename(part.script or "") or command
