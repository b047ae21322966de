"""Every way a Slurm job ends or waits, made for real on the tests' cluster.

One function makes one way. They are generators, so that many are made at once: each yields while it waits for the
cluster and returns what it made. `make` runs any of them, `ALL` together within a minute; `node_failed` wants the
cluster alone (`slurm_alone`), as it takes the node n2 down for a second.
"""

import fcntl
import json
import subprocess
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from tests.slurm.cluster import FINAL, Cluster, held

# More than the 50 MB of --mem=50, for as long as it takes where memory is only sampled.
EAT = "python3 -c 'import time; taken = bytearray(200 << 20); time.sleep(20)'"


class Made(NamedTuple):
    """Jobs that ended, or wait, in one way.

    Attributes:
        jobs: their ids, as sbatch printed them.
        states: of each row that matters, by sacct's JobID, the states of its attempts in the order of `sacct -D`,
            `CANCELLED by 0` cut to the first word.
        exit_codes: sacct's ExitCode of the last attempt, where it says something.
        settles: whether accounting will hold these states for good; False for what still waits.
    """

    jobs: tuple[str, ...]
    states: Mapping[str, tuple[str, ...]]
    exit_codes: Mapping[str, str] = {}
    settles: bool = True


Making: TypeAlias = Generator[None, None, Made]
Maker: TypeAlias = Callable[[Cluster], Making]


def make(slurm: Cluster, makers: Mapping[str, Maker], timeout: float = 120) -> dict[str, Made]:
    """Runs makers side by side until each has made its jobs; returns what they made, under the same names.

    Raises:
        AssertionError: some did not come about within that many seconds.
    """
    made: dict[str, Made] = {}
    at_work = {name: maker(slurm) for name, maker in makers.items()}
    deadline = time.monotonic() + timeout
    while at_work:
        for name, making in list(at_work.items()):
            try:
                next(making)
            except StopIteration as end:
                made[name] = end.value
                del at_work[name]
        assert time.monotonic() < deadline, f"after {timeout:.0f} s these had not come about: {', '.join(at_work)}"
        time.sleep(0.1)
    return made


def _waiting(slurm: Cluster, job: str, *states: str) -> Generator[None]:
    """Yields until the job is in one of these states, in any final one by default."""
    while (state := slurm.state(job)) not in (states or FINAL):
        assert state not in FINAL, f"job {job} is over as {state} and will not be {' or '.join(states)}"
        yield


def _pause(seconds: float) -> Generator[None]:
    since = time.monotonic()
    while time.monotonic() < since + seconds:
        yield


def _ended(slurm: Cluster, job: str, state: str, exit_code: str) -> Making:
    """The job ends in that state, whole, with its batch step."""
    yield from _waiting(slurm, job)
    return Made((job,), {job: (state,)}, {job: exit_code})


# ── what a script does by itself ─────────────────────────────────────────────────────────────────────────────


def completed(slurm: Cluster) -> Making:
    """COMPLETED."""
    return _ended(slurm, slurm.submit("--wrap", "true"), "COMPLETED", "0:0")


def failed(slurm: Cluster) -> Making:
    """FAILED with the exit code of its script."""
    return _ended(slurm, slurm.submit("--wrap", "exit 3"), "FAILED", "3:0")


def failed_by_signal(slurm: Cluster) -> Making:
    """FAILED by a signal that its shell got."""
    return _ended(slurm, slurm.submit("--wrap", "kill -SEGV $$"), "FAILED", "0:11")


def failed_without_output(slurm: Cluster) -> Making:
    """FAILED before its first line: its output cannot be opened."""
    return _ended(slurm, slurm.submit("--output=/dev/null/%j.out", "--wrap", "true"), "FAILED", "0:53")


def failed_in_step(slurm: Cluster) -> Making:
    """COMPLETED, but for a step that failed: the script went on."""
    job = slurm.submit(script="srun sh -c 'exit 4'\nexit 0")
    yield from _waiting(slurm, job)
    return Made((job,), {job: ("COMPLETED",), f"{job}.0": ("FAILED",)}, {job: "0:0", f"{job}.0": "4:0"})


def parallel_steps(slurm: Cluster) -> Making:
    """Three steps at once, one of which fails; `wait` forgets that."""
    script = "srun --exact -n1 sleep 1 &\nsrun --exact -n1 sh -c 'exit 2' &\nsrun --exact -n1 true &\nwait"
    job = slurm.submit("-n3", script=script)
    yield from _waiting(slurm, job)
    return Made((job,), {job: ("COMPLETED",)}, {job: "0:0"})


def out_of_memory(slurm: Cluster) -> Making:
    """OUT_OF_MEMORY; where no cgroup confines memory, FAILED by signal 9."""
    job = slurm.submit("--mem=50", "--wrap", EAT)
    if slurm.confines_memory():
        return _ended(slurm, job, "OUT_OF_MEMORY", "0:125")
    return _ended(slurm, job, "FAILED", "0:9")


def hidden_out_of_memory(slurm: Cluster) -> Making:
    """COMPLETED, although a step was killed for memory: only the step's row tells (without a cgroup its log)."""
    job = slurm.submit("--mem=50", script=f"srun {EAT}\nexit 0")
    yield from _waiting(slurm, job)
    if not slurm.confines_memory():
        return Made((job,), {job: ("COMPLETED",), f"{job}.0": ("CANCELLED",)}, {job: "0:0", f"{job}.0": "0:9"})
    states = {job: ("COMPLETED",), f"{job}.0": ("OUT_OF_MEMORY",)}
    return Made((job,), states, {job: "0:0", f"{job}.0": "0:125"})


# ── what is done to it ───────────────────────────────────────────────────────────────────────────────────────


def timed_out(slurm: Cluster) -> Making:
    """TIMEOUT, sooner than the shortest limit, a minute, by root's leave."""
    job = slurm.submit("--time=1", "--wrap", "sleep 300")
    yield from _waiting(slurm, job, "RUNNING")
    slurm.scontrol("update", f"job={job}", "EndTime=now+1")
    yield from _waiting(slurm, job)
    return Made((job,), {job: ("TIMEOUT",)})  # its exit code is 0:0, or 0:15 where the batch step told first


def cancelled(slurm: Cluster) -> Making:
    """CANCELLED while it ran."""
    job = slurm.submit("--wrap", "sleep 300")
    yield from _waiting(slurm, job, "RUNNING")
    slurm.run("scancel", job)
    yield from _waiting(slurm, job)
    return Made((job,), {job: ("CANCELLED",)})  # as of one that timed out


def cancelled_while_held(slurm: Cluster) -> Making:
    """CANCELLED before it could be eligible: no time window of sacct shows it."""
    job = slurm.submit("--hold", "--wrap", "true")
    yield
    slurm.run("scancel", job)
    yield from _waiting(slurm, job)
    return Made((job,), {job: ("CANCELLED",)})


def cancelled_for_dependency(slurm: Cluster) -> Making:
    """CANCELLED by the controller: the job it depends on failed."""
    first = slurm.submit("--wrap", "exit 1")
    second = slurm.submit(f"--dependency=afterok:{first}", "--kill-on-invalid-dep=yes", "--wrap", "true")
    yield from _waiting(slurm, second)
    return Made((first, second), {first: ("FAILED",), second: ("CANCELLED",)})


def never_satisfied(slurm: Cluster) -> Making:
    """PENDING for ever, with the reason DependencyNeverSatisfied."""
    first = slurm.submit("--wrap", "exit 1")
    second = slurm.submit(f"--dependency=afterok:{first}", "--wrap", "true")
    while "Reason=DependencyNeverSatisfied" not in slurm.scontrol("show", "job", "--oneliner", second):
        yield
    return Made((first, second), {first: ("FAILED",), second: ("PENDING",)}, settles=False)


def on_hold(slurm: Cluster) -> Making:
    """PENDING, held by its user."""
    job = slurm.submit("--hold", "--wrap", "true")
    yield
    return Made((job,), {job: ("PENDING",)}, settles=False)


def missed_deadline(slurm: Cluster) -> Making:
    """DEADLINE: memory that another job holds kept it from starting in time."""
    blocker = slurm.submit("--mem=50000", "--nodelist=n1", "--wrap", "sleep 300")
    yield from _waiting(slurm, blocker, "RUNNING")
    job = slurm.submit("--mem=50000", "--nodelist=n1", "--time=1", "--wrap", "true")
    slurm.scontrol("update", f"job={job}", "Deadline=now+2")
    yield from _waiting(slurm, job)
    slurm.run("scancel", blocker)
    yield from _waiting(slurm, blocker)
    return Made((job, blocker), {job: ("DEADLINE",), blocker: ("CANCELLED",)})


def preempted(slurm: Cluster) -> Making:
    """PREEMPTED and gone: the partition scavenge cancels."""
    job = slurm.submit("--partition=scavenge", "--gres=gpu:4", "--nodelist=n1", "--wrap", "sleep 300")
    yield from _waiting(slurm, job, "RUNNING")
    winner = slurm.submit("--gres=gpu:1", "--nodelist=n1", "--wrap", "true")
    yield from _waiting(slurm, job)
    yield from _waiting(slurm, winner)
    return Made((job, winner), {job: ("PREEMPTED",), winner: ("COMPLETED",)})


def preempted_and_requeued(slurm: Cluster) -> Making:
    """PREEMPTED, then COMPLETED under the same id: the partition requeue starts it again."""
    script = '[ "$SLURM_RESTART_COUNT" ] || sleep 300'
    job = slurm.submit("--partition=requeue", "--gres=gpu:4", "--nodelist=n2", script=script)
    yield from _waiting(slurm, job, "RUNNING")
    winner = slurm.submit("--gres=gpu:1", "--nodelist=n2", "--wrap", "true")
    yield from _waiting(slurm, winner)
    yield from _pause(3)  # beside its own first try, not gone yet, it would fail
    slurm.scontrol("update", f"job={job}", "StartTime=now")  # instead of two minutes after the requeue
    yield from _waiting(slurm, job)
    return Made((job, winner), {job: ("PREEMPTED", "COMPLETED"), winner: ("COMPLETED",)})


def requeued(slurm: Cluster) -> Making:
    """REQUEUED, then COMPLETED under the same id."""
    job = slurm.submit(script='[ "$SLURM_RESTART_COUNT" ] || sleep 300')
    yield from _waiting(slurm, job, "RUNNING")
    slurm.scontrol("requeue", job)
    yield from _waiting(slurm, job, "PENDING")
    yield from _pause(3)
    slurm.scontrol("update", f"job={job}", "StartTime=now")
    yield from _waiting(slurm, job)
    return Made((job,), {job: ("REQUEUED", "COMPLETED")})


def requeued_and_held(slurm: Cluster) -> Making:
    """REQUEUED, then PENDING until someone releases it."""
    job = slurm.submit("--wrap", "sleep 300")
    yield from _waiting(slurm, job, "RUNNING")
    slurm.scontrol("requeuehold", job)
    yield from _waiting(slurm, job, "PENDING")
    return Made((job,), {job: ("REQUEUED", "PENDING")}, settles=False)


def requeued_after_its_end(slurm: Cluster) -> Making:
    """FAILED, and an hour's worth of conclusions later COMPLETED under the same id: final was not final."""
    job = slurm.submit(script='[ "$SLURM_RESTART_COUNT" ]')
    yield from _waiting(slurm, job, "FAILED")
    slurm.scontrol("requeue", job)
    yield from _waiting(slurm, job, "PENDING", "RUNNING", "COMPLETED")
    slurm.run("scontrol", "update", f"job={job}", "StartTime=now", check=False)
    yield from _waiting(slurm, job, "COMPLETED")
    return Made((job,), {job: ("REQUEUED", "COMPLETED")})


def suspended(slurm: Cluster) -> Making:
    """COMPLETED after a while of SUSPENDED."""
    resumed = slurm.directory / f"resumed-{time.monotonic_ns()}"
    job = slurm.submit(script=f"until [ -e {resumed.name} ]; do sleep 0.2; done")
    yield from _waiting(slurm, job, "RUNNING")
    slurm.scontrol("suspend", job)
    yield from _waiting(slurm, job, "SUSPENDED")
    yield from _pause(2)
    slurm.scontrol("resume", job)
    resumed.touch()
    yield from _waiting(slurm, job)
    return Made((job,), {job: ("COMPLETED",)})


def node_failed(slurm: Cluster) -> Making:
    """NODE_FAIL, and NODE_FAIL then COMPLETED for a job that may be requeued. Takes n2 down: only when alone."""
    gone = slurm.submit("--no-requeue", "--nodelist=n2", "--wrap", "sleep 300")
    again = slurm.submit("--requeue", "--nodelist=n2", script='[ "$SLURM_RESTART_COUNT" ] || sleep 300')
    for job in (gone, again):
        yield from _waiting(slurm, job, "RUNNING")
    try:
        slurm.scontrol("update", "nodename=n2", "state=down", "reason=test")
        yield from _waiting(slurm, gone)
        yield from _waiting(slurm, again, "PENDING")
    finally:
        slurm.run("scontrol", "update", "nodename=n2", "state=resume", check=False)  # it may be back by itself
    yield from _pause(4)  # a second copy beside the dying first one would drain the node
    slurm.scontrol("update", f"job={again}", "StartTime=now")
    yield from _waiting(slurm, again)
    return Made((gone, again), {gone: ("NODE_FAIL",), again: ("NODE_FAIL", "COMPLETED")})


# ── more than one ────────────────────────────────────────────────────────────────────────────────────────────


def array(slurm: Cluster) -> Making:
    """Six tasks, two at a time: task 1 fails, and task 4, cancelled while it waits, leaves no row at all."""
    job = slurm.submit("--array=0-5%2", script='sleep 1; [ "$SLURM_ARRAY_TASK_ID" != 1 ]')
    slurm.run("scancel", f"{job}_4")
    for task in (0, 1, 2, 3, 5):
        yield from _waiting(slurm, f"{job}_{task}")
    ends = (("COMPLETED",), ("FAILED",), ("COMPLETED",), ("COMPLETED",), (), ("COMPLETED",))
    return Made((job,), {f"{job}_{task}": states for task, states in enumerate(ends)})


def cancelled_array(slurm: Cluster) -> Making:
    """An array cancelled whole before any task started: the one row that it ends with names them all."""
    job = slurm.submit("--hold", "--array=0-3", "--wrap", "true")
    yield
    slurm.run("scancel", job)
    yield from _waiting(slurm, job)
    return Made((job,), {f"{job}_[0-3]": ("CANCELLED",)})


def waiting_array(slurm: Cluster) -> Making:
    """An array none of whose tasks may start: one row for all."""
    job = slurm.submit("--hold", "--array=3-9%2", "--wrap", "true")
    yield
    return Made((job,), {f"{job}_[3-9%2]": ("PENDING",)}, settles=False)


def heterogeneous(slurm: Cluster) -> Making:
    """A job of two components, a step over both, and a step of the second that fails."""
    script = "srun --het-group=0,1 true\nsrun --het-group=1 sh -c 'exit 5'\nexit 0"
    job = slurm.submit("-n1", ":", "-n2", script=script)
    yield from _waiting(slurm, f"{job}+1")
    yield from _waiting(slurm, f"{job}+0")
    return Made((job,), {f"{job}+0": ("COMPLETED",), f"{job}+1": ("COMPLETED",)})


def without_script(slurm: Cluster) -> Making:
    """A bare srun and a bare salloc: jobs without a batch step."""
    at_work = [
        subprocess.Popen(
            [*command, "sh", "-c", f"echo $SLURM_JOB_ID; exit {code}"],
            cwd=slurm.directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        for command, code in ((["srun"], 6), (["salloc"], 7))
    ]  # fmt: skip
    while any(process.poll() is None for process in at_work):
        yield
    step, allocation = (slurm.mine(process.communicate()[0].strip()) for process in at_work)
    yield from _waiting(slurm, step)
    yield from _waiting(slurm, allocation)
    return Made((step, allocation), {step: ("FAILED",), allocation: ("FAILED",)}, {step: "6:0", allocation: "7:0"})


NASTY = 'pipe| tab\t newline\n unit\x1f quote\' "double" back\\slash \x1b[31mred <b>&amp; åäö 🦜 `x` $(x)'


def nasty(slurm: Cluster) -> Making:
    """COMPLETED, with a name, a comment and a script that hold every separator there is."""
    job = slurm.submit(f"--job-name={NASTY}", f"--comment={NASTY}", "--wrap", f"exit 0\n{NASTY}")
    yield from _waiting(slurm, job)
    return Made((job,), {job: ("COMPLETED",)})


BESIDE_OTHERS: Mapping[str, Maker] = {
    maker.__name__: maker
    for maker in (
        completed, failed, failed_by_signal, failed_without_output, failed_in_step, parallel_steps, out_of_memory,
        hidden_out_of_memory, timed_out, cancelled, cancelled_while_held, cancelled_for_dependency, never_satisfied,
        on_hold, missed_deadline, preempted, preempted_and_requeued, requeued, requeued_and_held,
        requeued_after_its_end, suspended, array, cancelled_array, waiting_array, heterogeneous, without_script, nasty,
    )
}  # fmt: skip
ALONE: Mapping[str, Maker] = {"node_failed": node_failed}
ALL = {**ALONE, **BESIDE_OTHERS}


@contextmanager
def made_once(directory: Path) -> Generator[dict[str, Made]]:
    """All of them, made by the first process that asks for this directory; others beside it get the same.

    Those that still wait are cancelled by the last process that leaves.
    """
    directory.mkdir(exist_ok=True)
    told = directory / "made.json"
    slurm = Cluster(directory, "train")
    with (directory / "lock").open("a") as lock, (directory / "users").open("a") as users:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not told.exists():
            with held(fcntl.LOCK_EX):
                made = make(slurm, ALONE)
            with held(fcntl.LOCK_SH):
                made |= make(slurm, BESIDE_OTHERS)
                slurm.settled(*(job for one in made.values() if one.settles for job in one.jobs))
            told.write_text(json.dumps({name: one._asdict() for name, one in made.items()}), encoding="utf-8")
        fcntl.flock(users, fcntl.LOCK_SH)
        fcntl.flock(lock, fcntl.LOCK_UN)
        made = {name: read_back(one) for name, one in json.loads(told.read_bytes()).items()}
        yield made
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # others still look at them
        told.unlink()
        slurm.jobs += [job for one in made.values() for job in one.jobs]
        slurm.clean_up()


def read_back(told: Mapping[str, Any]) -> Made:
    """What `Made._asdict` became as JSON."""
    states = {job: tuple(attempts) for job, attempts in told["states"].items()}
    return Made(tuple(told["jobs"]), states, told["exit_codes"], told["settles"])
