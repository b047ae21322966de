"""Running Slurm's own commands: the one place that starts them, each held to a time.

With slurmctld down squeue hangs for 9 s, with slurmdbd down sacct fails after some; what a person set for their own
listings (SQUEUE_*, SACCT_*) must not change ours.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple
from uuid import uuid4

from journal.capture.slurm import accounting, queue

_ACCOUNTING_SECONDS = 15.0
_BACKFILL_SECONDS = 60.0
_QUEUE_SECONDS = 12.0
_QUICK_SECONDS = 5.0
_SEPARATOR = "\x1f"


class Answer(NamedTuple):
    """What a command said.

    Attributes:
        output: its standard output; empty where it failed.
        problem: why it failed, in one line; None where it did not.
    """

    output: bytes
    problem: str | None


class Window(NamedTuple):
    """Jobs that were submitted, waited, ran or ended in a span of time: seconds since 1970."""

    since: int
    until: int


def has_accounting() -> bool:
    """Whether sacct is there to be asked."""
    return shutil.which("sacct") is not None


def has_queue() -> bool:
    """Whether squeue is there to be asked."""
    return shutil.which("squeue") is not None


def sacct_fields() -> Answer:
    """The names of the fields that the installed version knows; asks no server."""
    return _run(["sacct", "--helpformat"], _QUICK_SECONDS)


def sacct_window(fields: Sequence[str], window: Window, clusters: Sequence[str], *, long: bool) -> tuple[Answer, bytes]:
    """All of this user's jobs in a span of time, with every try and every step; and the delimiter of the answer.

    Args:
        fields: the fields to ask for.
        window: the span; without an end sacct would silently tell of nothing.
        clusters: which; none is the local one.
        long: the answer may take long.
    """
    span = [f"--starttime={_at(window.since)}", f"--endtime={_at(window.until)}"]
    return _sacct(fields, [f"--uid={os.getuid()}", *span], clusters, _BACKFILL_SECONDS if long else _ACCOUNTING_SECONDS)


def sacct_jobs(fields: Sequence[str], ids: Sequence[str], clusters: Sequence[str]) -> tuple[Answer, bytes]:
    """Some jobs, whenever they were: those that were cancelled before they could run are found in this way only."""
    return _sacct(fields, [f"--jobs={','.join(ids)}"], clusters, _ACCOUNTING_SECONDS)


def _sacct(
    fields: Sequence[str], which: Sequence[str], clusters: Sequence[str], seconds: float
) -> tuple[Answer, bytes]:
    delimiter = _delimiter()
    command = ["sacct", "--duplicates", "--noheader", "--noconvert", "--parsable", f"--delimiter={delimiter}", *which]
    if clusters:
        command.append(f"--clusters={','.join(clusters)}")
    return _run([*command, f"--format={','.join(fields)}"], seconds), delimiter.encode()


def squeue() -> tuple[Answer, bytes]:
    """This user's jobs that the controller still knows, ended ones too; and the delimiter of the answer."""
    delimiter = _delimiter()
    chosen = ["--noheader", f"--user={os.getuid()}", "--states=all", f"--Format={queue.format_of(delimiter)}"]
    return _run(["squeue", *chosen], _QUEUE_SECONDS), delimiter.encode()


def batch_script(job_id: str, cluster: str | None) -> Answer:
    """The script of a job, as the controller has it: for its owner, until some minutes after its end."""
    where = [f"--clusters={cluster}"] if cluster else []
    return _run(["scontrol", *where, "write", "batch_script", job_id, "-"], _QUICK_SECONDS)


def kept_script(job_id: str, cluster: str | None) -> Answer:
    """The script of a job, from accounting, where the site keeps them."""
    where = [f"--clusters={cluster}"] if cluster else []
    return _run(["sacct", *where, f"--jobs={job_id}", "--batch-script"], _ACCOUNTING_SECONDS)


def cluster_name() -> str | None:
    """The local cluster's name, as the controller says."""
    said = _run(["scontrol", "show", "config"], _QUICK_SECONDS).output.decode("utf-8", "replace")
    for line in said.splitlines():
        key, _, value = line.partition("=")
        if key.strip() == "ClusterName":
            return value.strip() or None
    return None


def usable_fields(helpformat: str) -> list[str]:
    """The fields of `accounting.FIELDS` that this version knows, whose list sacct prints in columns."""
    known = {name.lower() for name in helpformat.split()}
    return [field for field in accounting.FIELDS if field.lower() in known]


def _delimiter() -> str:
    """A text that no name or comment holds."""
    return f"{_SEPARATOR}{uuid4().hex[:12]}{_SEPARATOR}"


def _at(seconds: int) -> str:
    """A moment as sacct reads it in any time zone: uts and seconds since 1970."""
    return f"uts{seconds}"


def _run(command: Sequence[str], seconds: float) -> Answer:
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SQUEUE_", "SACCT_", "SLURM_CLUSTERS"))
    }
    environment |= {"SLURM_TIME_FORMAT": "%s", "LC_ALL": "C"}
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
    except OSError as error:
        return Answer(b"", f"{command[0]} cannot be started ({error.strerror})")
    try:
        output, said = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return Answer(b"", f"{command[0]} said nothing for {seconds:.0f} s")
    if process.returncode:
        lines = said.decode("utf-8", "replace").strip().splitlines() or [f"status {process.returncode}"]
        return Answer(b"", f"{command[0]}: {lines[-1].removeprefix(f'{command[0]}: ')}"[:300])
    return Answer(output, None)
