"""Submitting a plan: the real sbatch, and what the store learns of it."""

import os
import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from journal.capture.slurm.submissions import printed_id
from journal.errors import JournalError
from journal.events import Event, make_event
from journal.facts import LinkFact, SubmissionFact
from journal.rerun.plan import Plan

_SECONDS = 60


class Submitted(NamedTuple):
    """The new job: its number, and its cluster where sbatch said it."""

    job_id: str
    cluster: str | None


def submit(plan: Plan, sbatch: Path) -> Submitted:
    """Runs sbatch as the plan says.

    Args:
        plan: whose code is written already.
        sbatch: the real one.

    Raises:
        JournalError: sbatch cannot be started, says no, or says nothing for a minute.
    """
    command = [str(sbatch), "--parsable", *plan.words]
    try:
        process = subprocess.Popen(
            command,
            cwd=plan.cwd,
            stdin=subprocess.DEVNULL if plan.stdin is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise JournalError(
            f"sbatch cannot be started in {plan.cwd} ({error.strerror})", "nothing was submitted"
        ) from error
    script = None if plan.stdin is None else plan.stdin.encode("utf-8", "surrogateescape")
    try:
        output, said = process.communicate(script, timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise JournalError(
            f"sbatch said nothing for {_SECONDS} s and was ended",
            "it may have submitted the job all the same: look with `squeue --me` before you try again",
        ) from None
    job_id, cluster = printed_id(output.decode("utf-8", "replace"))
    if process.returncode or job_id is None:
        lines = said.decode("utf-8", "replace").strip().splitlines() or [f"status {process.returncode}"]
        raise JournalError(
            f"sbatch did not submit it ({lines[-1]})", "change what it says, and submit by hand if need be"
        )
    return Submitted(job_id, cluster)


def told(plan: Plan, new: Submitted, now: str) -> list[Event]:
    """The events of a submission: with which code, and whose rerun it is.

    Args:
        plan: what was submitted.
        new: the new job.
        now: when, in stored form.
    """
    old = plan.job
    host = socket.gethostname()
    was = old.submitted
    fact: SubmissionFact = {
        "command": "sbatch",
        "told_by": "rerun",
        "job_id": new.job_id,
        "cluster": new.cluster,
        "host": host,
        "argv": list(plan.words),
        "cwd": str(plan.cwd),
        "root": str(plan.directory.path if plan.directory else plan.code.root),
        "branch": was.get("branch"),
        "commit": was.get("commit"),
        "snapshot": plan.code.commit,
        "snapshot_at": was.get("snapshot_at"),
        "changed": was.get("changed"),
        "left_out": was.get("left_out") or 0,
        "problem": None,
        "session": os.environ.get("CLAUDE_CODE_SESSION_ID") or None,
    }
    key = (new.cluster or "", new.job_id, host, now, str(plan.cwd), *plan.words)
    submission = make_event("submission", now, old.project, "slurm", key, fact)
    cluster = new.cluster or old.cluster
    if cluster is None or old.cluster is None:
        return [submission]
    link: LinkFact = {
        "subject": f"job:{cluster}/{new.job_id}",
        "how": "reruns",
        "object": f"job:{old.cluster}/{old.job_id}",
        "proof": "command",
    }
    ends = (link["subject"], link["how"], link["object"], link["proof"])
    return [submission, make_event("link", now, old.project, "slurm", ends, link)]
