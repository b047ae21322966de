"""Running Slurm's own commands: the one place that starts them, each held to a time.

With slurmctld down squeue hangs for 9 s, with slurmdbd down sacct fails after some; what a person set for their own
listings (SQUEUE_*, SACCT_*) must not change ours.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from threading import Timer
from typing import IO, NamedTuple, cast

from journal.capture.slurm import accounting, queue

_ACCOUNTING_SECONDS = 15.0
_BACKFILL_SECONDS = 60.0
_QUEUE_SECONDS = 12.0
_QUICK_SECONDS = 5.0
_SEPARATOR = "\x1f"
_CHUNK = 1 << 16
_PIPE_SIZE = 1 << 20
_OF_THE_PERSON = ("SQUEUE_", "SACCT_", "SLURM_CLUSTERS")


class Answer(NamedTuple):
    """What a command said.

    Attributes:
        output: its standard output; empty where it failed.
        problem: why it failed, in one line; None where it did not.
    """

    output: bytes
    problem: str | None


class Listing:
    """What a command prints, as it comes: thousands of jobs are read while more are printed.

    Args:
        command: it, and its arguments.
        delimiter: the random text that it puts after each field.
        seconds: how long it may take.
    """

    def __init__(self, command: Sequence[str], delimiter: str, seconds: float) -> None:
        self.delimiter = delimiter
        self.problem: str | None = None
        self._command = command
        self._seconds = seconds

    def chunks(self) -> Iterator[bytes]:
        """Its output. After it `problem` says why it failed, if it did: then none of it counts."""
        with tempfile.TemporaryFile() as said:
            try:
                process = _started(self._command, said)
            except OSError as error:
                self.problem = f"{self._command[0]} cannot be started ({error.strerror})"
                return
            timer = Timer(self._seconds, _kill, (process,))
            timer.start()
            output = cast("IO[bytes]", process.stdout)
            try:
                while chunk := output.read(_CHUNK):
                    yield chunk
                process.wait()
            finally:
                is_late = not timer.is_alive()
                timer.cancel()
                _kill(process)
                process.wait()
                output.close()
            said.seek(0)
            if is_late:
                self.problem = f"{self._command[0]} said nothing for {self._seconds:.0f} s"
            elif process.returncode:
                self.problem = _complaint(self._command[0], said.read(), process.returncode)


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


def sacct_window(fields: Sequence[str], window: Window, clusters: Sequence[str], *, long: bool) -> Listing:
    """All of this user's jobs in a span of time, with every try and every step.

    Args:
        fields: the fields to ask for.
        window: the span; without an end sacct would silently tell of nothing.
        clusters: which; none is the local one.
        long: the answer may take long.
    """
    span = [f"--starttime={_at(window.since)}", f"--endtime={_at(window.until)}"]
    return _sacct(fields, [f"--uid={os.getuid()}", *span], clusters, _BACKFILL_SECONDS if long else _ACCOUNTING_SECONDS)


def sacct_jobs(fields: Sequence[str], ids: Sequence[str], clusters: Sequence[str]) -> Listing:
    """Some jobs, whenever they were: those that were cancelled before they could run are found in this way only."""
    return _sacct(fields, [f"--jobs={','.join(ids)}"], clusters, _ACCOUNTING_SECONDS)


def _sacct(fields: Sequence[str], which: Sequence[str], clusters: Sequence[str], seconds: float) -> Listing:
    delimiter = _delimiter()
    command = ["sacct", "--duplicates", "--noheader", "--noconvert", "--parsable", f"--delimiter={delimiter}", *which]
    if clusters:
        command.append(f"--clusters={','.join(clusters)}")
    return Listing([*command, f"--format={','.join(fields)}"], delimiter, seconds)


def squeue() -> Listing:
    """This user's jobs that the controller still knows, ended ones too."""
    delimiter = _delimiter()
    chosen = ["--noheader", f"--user={os.getuid()}", "--states=all", f"--Format={queue.format_of(delimiter)}"]
    return Listing(["squeue", *chosen], delimiter, _QUEUE_SECONDS)


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
    """A text that no name or comment holds; a short one, since it is most of what is printed."""
    return f"{_SEPARATOR}{os.urandom(2).hex()}{_SEPARATOR}"


def _at(seconds: int) -> str:
    """A moment as sacct reads it in any time zone: uts and seconds since 1970."""
    return f"uts{seconds}"


def _run(command: Sequence[str], seconds: float) -> Answer:
    """The answer of a command that says little."""
    listing = Listing(command, "", seconds)
    output = b"".join(listing.chunks())
    return Answer(b"" if listing.problem else output, listing.problem)


def _started(command: Sequence[str], stderr: IO[bytes]) -> "subprocess.Popen[bytes]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OF_THE_PERSON)}
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        env=kept | {"SLURM_TIME_FORMAT": "%s", "LC_ALL": "C"},
        start_new_session=True,
        pipesize=_PIPE_SIZE,
    )


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """Ends a command with all that it started, if it has not ended."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _complaint(name: str, said: bytes, status: int) -> str:
    lines = said.decode("utf-8", "replace").strip().splitlines() or [f"status {status}"]
    return f"{name}: {lines[-1].removeprefix(f'{name}: ')}"[:300]
