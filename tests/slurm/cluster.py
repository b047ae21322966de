"""The real Slurm cluster of the tests, as a test sees it: `slurm-up` starts it, the fixture `slurm` hands it out."""

import fcntl
import os
import re
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

LAB = Path("/var/lib/slurm/lab")  # of slurm-up
CONFIGURATION = Path("/etc/slurm/slurm.conf")
LOCKS = Path("/run/slurm-lab")

# In these a job of Slurm 22.05 to 24.11 is over; a requeue can take it out of them all the same.
FINAL = frozenset(
    {
        "BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED",
        "REVOKED", "TIMEOUT",
    }
)  # fmt: skip
ALL_FIELDS = (
    "Cluster", "JobID", "JobIDRaw", "DBIndex", "JobName", "User", "UID", "Account", "Partition", "QOS", "State",
    "Reason", "ExitCode", "DerivedExitCode", "Submit", "Eligible", "Start", "End", "ElapsedRaw", "TimelimitRaw",
    "Suspended", "NNodes", "NodeList", "FailedNode", "AllocCPUS", "NTasks", "ReqMem", "ReqTRES", "AllocTRES",
    "MaxRSS", "TRESUsageInMax", "TRESUsageInTot", "TotalCPU", "ConsumedEnergyRaw", "Restarts", "Planned", "Reserved",
    "WorkDir", "StdOut", "StdErr", "SubmitLine", "Comment", "WCKey", "Flags",
)  # fmt: skip


class NoClusterError(Exception):
    """This machine has no cluster for tests; says why."""


class Cluster:
    """The cluster, and the jobs that one test gave to it.

    Every command runs in the directory and the environment of the test; SLURM_* and SBATCH_* are not in it.

    Args:
        directory: where jobs run and leave their output, unless `cwd` says otherwise.
        name: the name of the test's jobs, unless the test names them.
    """

    def __init__(self, directory: Path, name: str) -> None:
        self.directory = directory
        self.name = name
        self.jobs: list[str] = []

    def run(self, *command: str | Path, cwd: Path | None = None, stdin: str = "", check: bool = True) -> str:
        """What a command prints, without the last newline; bytes that are not UTF-8 as surrogates.

        Raises:
            AssertionError: it failed, unless `check` is False; the message holds both of its outputs.
        """
        done = subprocess.run(
            command,
            cwd=cwd or self.directory,
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            timeout=120,
            check=False,
        )
        if check and done.returncode:
            words = " ".join(str(word) for word in command)
            raise AssertionError(f"{words!r} ended with status {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout.removesuffix("\n")

    def submit(self, *arguments: str | Path, script: str | None = None, cwd: Path | None = None) -> str:
        """Runs sbatch; returns the job's id.

        Args:
            arguments: sbatch's own, `--wrap` or a script's path among them.
            script: the script's text, given to sbatch on stdin; the line `#!/bin/sh` is put before it.
            cwd: the job's work directory.
        """
        text = "" if script is None else f"#!/bin/sh\n{script}\n"
        answer = self.run("sbatch", "--parsable", f"--job-name={self.name}", *arguments, cwd=cwd, stdin=text)
        return self.mine(answer.partition(";")[0])

    def mine(self, job: str) -> str:
        """Takes a job that the test submitted otherwise among those cancelled at its end; returns its id."""
        self.jobs.append(job)
        return job

    def state(self, job: str) -> str:
        """A job's state as the controller tells it (`RUNNING`); when it has forgotten it, as accounting does.

        Of an array the state of the first record that the controller lists; use `job_5` for a task's.
        """
        told = self.run("scontrol", "show", "job", "--oneliner", job, check=False)
        for word in told.split():
            if word.startswith("JobState="):
                return word.removeprefix("JobState=")
        rows = self.sacct("-X", "-j", job, fields=["State"])
        return rows[-1]["State"].split()[0] if rows else ""

    def wait_for(self, job: str, states: str | Sequence[str] | frozenset[str] = FINAL, timeout: float = 60) -> str:
        """Waits until the controller tells one of these states; returns it.

        Accounting is later, by seconds: `settled` waits for it.
        """
        wanted = {states} if isinstance(states, str) else set(states)
        seen: list[str] = []

        def there() -> bool:
            seen.append(self.state(job))
            return seen[-1] in wanted

        until(there, timeout, lambda: f"job {job} is {seen[-1]}, not {' or '.join(sorted(wanted))}")
        return seen[-1]

    def settled(self, *jobs: str, timeout: float = 60) -> list[dict[str, str]]:
        """Waits until accounting holds these jobs as ended, whole; returns their rows, attempts and steps included.

        A row may be torn for some seconds: `JobName` is then `allocation`, `SubmitLine` and `WorkDir` are empty.
        """
        rows: list[dict[str, str]] = []

        def there() -> bool:
            rows[:] = self.sacct("-D", "-j", ",".join(jobs))
            last = {row["JobID"]: row for row in rows if "." not in row["JobID"]}
            known = {job.partition("_")[0].partition("+")[0] for job in last}
            steps = [row for row in rows if "." in row["JobID"]]
            return {job.partition("_")[0].partition("+")[0] for job in jobs} <= known and all(
                row["State"].split()[0] in FINAL and row["End"] != "Unknown" and row["SubmitLine"]
                for row in last.values()
            ) and not any(step["State"] == "RUNNING" for step in steps)  # fmt: skip

        until(there, timeout, lambda: f"accounting has not settled {jobs}: {rows}")
        return rows

    def sacct(self, *arguments: str, fields: Sequence[str] | None = None) -> list[dict[str, str]]:
        """The rows of one sacct call, in its order; times are seconds since 1970.

        Args:
            arguments: which rows: `-j 12`, or `-u root -S now-1hour -E now`; `-D` for every attempt.
            fields: those of `fields()` by default.
        """
        names = list(fields) if fields else self.fields()
        delimiter = f"\x1f{secrets.token_hex(8)}\x1f"  # no job's name holds it
        command = ["sacct", "--noheader", "--noconvert", "--parsable", f"--delimiter={delimiter}", *arguments]
        return rows_of(
            self.run("env", "SLURM_TIME_FORMAT=%s", *command, f"--format={','.join(names)}"), names, delimiter
        )

    def fields(self) -> list[str]:
        """Those of ALL_FIELDS that this version's sacct has."""
        offered = set(self.run("sacct", "--helpformat").split())
        return [field for field in ALL_FIELDS if field in offered]

    def scontrol(self, *arguments: str) -> str:
        """What scontrol prints."""
        return self.run("scontrol", *arguments)

    def output(self, job: str, cwd: Path | None = None) -> str:
        """The text of a job's `slurm-JOB.out`."""
        return ((cwd or self.directory) / f"slurm-{job}.out").read_text(encoding="utf-8", errors="surrogateescape")

    def confines_memory(self) -> bool:
        """Whether a cgroup kills what takes more memory than it asked for: then there is OUT_OF_MEMORY."""
        return bool(re.search(r"^TaskPlugin +=.*task/cgroup", self.scontrol("show", "config"), re.MULTILINE))

    def clean_up(self) -> None:
        """Cancels the test's jobs that are not over."""
        if self.jobs:
            self.run("scancel", "--quiet", *self.jobs, check=False)


def rows_of(text: str, names: Sequence[str], delimiter: str) -> list[dict[str, str]]:
    """sacct's rows, told apart although a field may hold newlines: each field ends with a delimiter that none holds.

    Args:
        text: what `sacct --parsable` printed of these fields.
    """
    values = text.split(delimiter)[:-1]
    assert len(values) % len(names) == 0, text
    starts = range(0, len(values), len(names))
    rows = [[values[at].removeprefix("\n"), *values[at + 1 : at + len(names)]] for at in starts]
    return [dict(zip(names, row, strict=True)) for row in rows]


def until(condition: Callable[[], bool], timeout: float, complaint: Callable[[], str], pause: float = 0.2) -> None:
    """Asks again and again until the answer is yes.

    Raises:
        AssertionError: it was not within that many seconds; what `complaint` says.
    """
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, f"after {timeout:.0f} s {complaint()}"
        time.sleep(pause)


def find_cluster(environ: Mapping[str, str]) -> None:
    """Makes sure that the cluster of slurm-up is there and answers.

    Raises:
        NoClusterError: it does not, or it is a cluster of the machine's own, which no test may touch.
    """
    start = "tests/run starts one as root on Debian (tests/slurm/slurm-up does)"
    if environ.get("JOURNAL_TEST_NO_SLURM"):
        raise NoClusterError(environ["JOURNAL_TEST_NO_SLURM"])
    if os.geteuid() != 0:
        raise NoClusterError("only root can drive the tests' Slurm cluster")
    if not shutil.which("sbatch") or not CONFIGURATION.exists():
        raise NoClusterError(f"no Slurm cluster: {start}")
    if f"StateSaveLocation={LAB}/state\n" not in CONFIGURATION.read_text(encoding="utf-8"):
        raise NoClusterError(f"{CONFIGURATION} is a cluster of this machine's own")
    outside = {name: value for name, value in environ.items() if name != "SLURM_CONF"}
    for command in (["scontrol", "ping"], ["sacct", "--noheader", "-X"]):
        try:
            done = subprocess.run(command, env=outside, capture_output=True, text=True, timeout=30, check=False)
        except subprocess.TimeoutExpired:
            raise NoClusterError(f"{command[0]} does not answer: {start}") from None
        if done.returncode or "DOWN" in done.stdout:
            raise NoClusterError(f"{command[0]} says {(done.stderr or done.stdout).strip()}: {start}")


@contextmanager
def held(how: int, locks: Path = LOCKS) -> Generator[None]:
    """Holds the cluster while the block runs, among all processes of the machine.

    Args:
        how: fcntl.LOCK_SH beside others, fcntl.LOCK_EX alone.
    """
    # Who waits to be alone holds the turn, so that no later test slips in before it.
    with (locks / "turn.lock").open("a") as turn, (locks / "tests.lock").open("a") as lock:
        fcntl.flock(turn, fcntl.LOCK_EX)
        fcntl.flock(lock, how)
        fcntl.flock(turn, fcntl.LOCK_UN)
        yield
