import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journal.derive.job_outcome import OUTCOMES, ending, job_outcome, last_tries, signal_words, task_count
from journal.job_states import ENDED, RUNNING, WAITING

KNOWN = sorted(ENDED | RUNNING | WAITING)


def tried(state: str, **more: Any) -> dict[str, Any]:
    return {"state": state, "raw_id": "7", "submitted_at": "2026-11-12T10:00:00.000Z", "told_by": "sacct", **more}


def step(number: int, state: str, begins: int = 0, ends: int = 1, **more: Any) -> dict[str, Any]:
    times = {"started_at": f"2026-11-12T10:{begins:02}:00.000Z", "ended_at": f"2026-11-12T10:{ends:02}:00.000Z"}
    return {"id": str(number), "name": "train.py", "state": state, **times, **more}


BATCH = {"id": "batch", "name": "batch", "state": "COMPLETED", "ended_at": "2026-11-12T10:30:00.000Z"}
STARTED = {"started_at": "2026-11-12T10:00:00.000Z", "nodes": "n1"}


@pytest.mark.parametrize(
    ("attempt", "outcome", "cause"),
    [
        (tried("COMPLETED"), "succeeded", None),
        (tried("FAILED", exit_code=3), "failed", "exit code 3"),
        (tried("FAILED", exit_code=0, signal=11), "failed", "killed by signal 11 (SIGSEGV)"),
        (tried("FAILED", signal=9), "failed", "killed by signal 9 (SIGKILL; often: out of memory)"),
        (tried("FAILED", signal=53), "failed",
         "its output file or work directory could not be opened on the node (signal 53)"),
        (tried("FAILED", signal=64), "failed", "killed by signal 64"),
        (
            tried("FAILED", exit_code=137),
            "failed",
            "exit code 137: killed by signal 9 (SIGKILL; often: out of memory)",
        ),
        (tried("FAILED", exit_code=2, steps=[step(0, "FAILED", exit_code=2)]), "failed",
         "exit code 2 in step 0 (train.py)"),
        (tried("FAILED", reason="JobLaunchFailure"), "failed", "JobLaunchFailure"),
        (tried("FAILED"), "failed", "Slurm does not say why"),
        (tried("OUT_OF_MEMORY", memory=50 << 20), "out of memory", "out of memory (it had asked for 50 MB)"),
        (tried("FAILED", signal=125), "out of memory", "out of memory"),
        (tried("TIMEOUT", exit_code=0, limit_s=7200), "timeout", "reached its limit of 2 h"),
        (tried("TIMEOUT"), "timeout", "reached its time limit"),
        (tried("CANCELLED", by=1000, **STARTED, elapsed_s=90), "cancelled", "cancelled by you after 1 m 30 s"),
        (tried("CANCELLED", by=0), "cancelled", "cancelled by an administrator (root) before it started"),
        (tried("CANCELLED", by=7, **STARTED), "cancelled", "cancelled by the user with uid 7"),
        (tried("CANCELLED"), "cancelled", "cancelled by Slurm itself before it started"),
        (tried("CANCELLED", told_by="squeue"), "cancelled", "cancelled before it started"),
        (tried("NODE_FAIL", nodes="n2", node_count=1), "node failure", "node n2 failed"),
        (tried("NODE_FAIL", nodes="n[1-2]", node_count=2), "node failure", "one of its nodes failed (n[1-2])"),
        (tried("NODE_FAIL", nodes="n[1-2]", node_count=2, failed_node="n1"), "node failure", "node n1 failed"),
        (tried("NODE_FAIL"), "node failure", "a node failed"),
        (tried("CANCELLED", by=7, started_at="2026-11-12T10:00:00.000Z", elapsed_s=0), "cancelled",
         "cancelled by the user with uid 7 before it started"),
        (tried("DEADLINE", **STARTED), "deadline", "reached its deadline"),
        (tried("DEADLINE"), "deadline", "reached its deadline before it could start"),
        (tried("PREEMPTED"), "preempted", "preempted by a job of higher priority"),
        (tried("REQUEUED"), "requeued", "given up for another try"),
        (tried("PENDING", reason="DependencyNeverSatisfied"), "never starts",
         "the job that it waits for did not end as it asked for"),
        (tried("PENDING", reason="JobHeldUser"), "held", "held by its owner"),
        (tried("PENDING", reason="launch failed requeued held"), "held", "held: launch failed requeued held"),
        (tried("REQUEUE_HOLD"), "held", "held"),
        (tried("PENDING", reason="Resources"), "queued", "waits for nodes that are free"),
        (tried("PENDING", reason="QOSMaxGRESPerUser"), "queued", "waits: QOSMaxGRESPerUser"),
        (tried("PENDING", reason="None"), "queued", None),
        (tried("RUNNING"), "running", None),
        (tried("SUSPENDED"), "suspended", "suspended by the batch system or an administrator"),
        (tried("EXPIRED"), "unknown", "Slurm says EXPIRED"),
        ({}, "unknown", "Slurm does not say its state"),
    ],
)  # fmt: skip
def test_one_try(attempt: dict[str, Any], outcome: str, cause: str | None) -> None:
    assert ending(attempt, own_uid=1000)[:2] == (outcome, cause)


WENT_ON = "the script went on and exited 0"


@pytest.mark.parametrize(
    ("steps", "outcome", "cause"),
    [
        ([step(0, "COMPLETED")], "succeeded", None),
        # Killed for memory: whatever came after it.
        ([step(0, "OUT_OF_MEMORY")], "out of memory", f"out of memory in step 0 (train.py); {WENT_ON}"),
        ([step(0, "OUT_OF_MEMORY"), step(1, "COMPLETED", 2, 3)], "out of memory",
         f"out of memory in step 0 (train.py); {WENT_ON}"),
        ([{**BATCH, "state": "OUT_OF_MEMORY"}], "out of memory", f"out of memory in the script; {WENT_ON}"),
        # Failed, and the script did not mind.
        ([step(0, "FAILED", exit_code=1)], "failed", f"step 0 (train.py) exited 1; {WENT_ON}"),
        ([step(0, "FAILED", signal=11)], "failed", f"step 0 (train.py) was killed by signal 11 (SIGSEGV); {WENT_ON}"),
        ([step(n, "FAILED", exit_code=1) for n in range(5)], "failed",
         f"steps 0, 1, 2 and 2 more exited 1; {WENT_ON}"),
        # Tried again, and it went well.
        ([step(0, "FAILED", exit_code=1), step(1, "COMPLETED", 2, 3)], "succeeded",
         "step 0 (train.py) exited 1; what came after it succeeded"),
        # Side by side: the other one mended nothing.
        ([step(0, "FAILED", 0, 5, exit_code=1), step(1, "COMPLETED", 0, 9)], "failed",
         f"step 0 (train.py) exited 1; {WENT_ON}"),
        ([step(0, "CANCELLED")], "succeeded", None),
        # Killed by Slurm while the script went on; ended with it.
        ([step(0, "CANCELLED", signal=9)], "failed",
         f"step 0 (train.py) was killed by signal 9 (SIGKILL; often: out of memory); {WENT_ON}"),
        ([step(0, "CANCELLED", 0, 31, signal=9)], "succeeded", None),
        ([step(0, "CANCELLED", signal=15)], "succeeded", None),
    ],
)  # fmt: skip
def test_a_script_that_exited_0(steps: list[dict[str, Any]], outcome: str, cause: str | None) -> None:
    assert ending(tried("COMPLETED", exit_code=0, steps=[BATCH, *steps]))[:2] == (outcome, cause)


def test_what_hung_after_one_rank_was_killed_says_so() -> None:
    steps = [step(0, "OUT_OF_MEMORY")]
    assert ending(tried("TIMEOUT", limit_s=60, steps=steps))[:2] == (
        "timeout", "reached its limit of 1 m; before that out of memory in step 0 (train.py)",
    )  # fmt: skip
    assert ending(tried("REQUEUED", derived_signal=125))[:2] == (
        "requeued", "given up for another try; before that out of memory",
    )  # fmt: skip


def test_steps_that_were_not_read_are_told_by_the_derived_code() -> None:
    killed = ending(tried("COMPLETED", derived_signal=125))
    assert killed[:2] == ("out of memory", f"out of memory in a step; {WENT_ON}")
    assert ending(tried("COMPLETED", derived_exit_code=3))[:2] == ("failed", f"a step exited 3; {WENT_ON}")


def test_the_last_try_counts() -> None:
    first = tried("NODE_FAIL", nodes="n2")
    second = tried("COMPLETED", submitted_at="2026-11-12T11:00:00.000Z")
    assert job_outcome([second, first])[:3] == ("succeeded", None, "COMPLETED")
    assert job_outcome([first, second]).tries == 2
    assert job_outcome([tried("REQUEUED")])[:2] == ("queued", "was requeued")


def test_an_array_is_the_foremost_of_its_tasks() -> None:
    def task(number: int, state: str, **more: Any) -> dict[str, Any]:
        return tried(state, raw_id=str(100 + number), task=str(number), **more)

    over = [task(n, "COMPLETED") for n in range(990)]
    failed = [task(990 + n, "FAILED", exit_code=1) for n in range(9)] + [task(999, "FAILED", exit_code=2)]
    found = job_outcome(over + failed)
    assert found.outcome == "failed"
    assert found.counts == {"failed": 10, "succeeded": 990}
    assert found.tasks == 1000
    assert found.cause == "exit code 1 (9 of them; 1 other cause)"
    waiting = tried("PENDING", task="1000-1999%4", reason="JobArrayTaskLimit")
    assert job_outcome([*over, *failed, waiting]).counts["queued"] == 1000
    assert job_outcome([*over, *failed, waiting]).outcome == "queued"
    assert job_outcome([*over, waiting, task(5000, "RUNNING")]).outcome == "running"


def test_of_a_heterogeneous_job_the_component_is_named() -> None:
    parts = [tried("COMPLETED", component=0), tried("FAILED", raw_id="8", component=1, exit_code=3)]
    assert job_outcome(parts)[:2] == ("failed", "component 1: exit code 3")


def test_nothing_told() -> None:
    assert job_outcome([])[:2] == ("unknown", "the batch system has told nothing of it")


@pytest.mark.parametrize(
    ("task", "count"),
    [(None, 1), ("7", 1), ("8-999%4", 992), ("1,3,5-7", 5), ("0-10:2", 6), ("[1-3]", 3), ("no", 1), ("9-1", 1)],
)
def test_tasks_that_wait_together_are_counted(task: str | None, count: int) -> None:
    assert task_count(task) == count


def test_signals() -> None:
    assert [signal_words(9), signal_words(9, hint=True), signal_words(99)] == [
        "signal 9 (SIGKILL)", "signal 9 (SIGKILL; often: out of memory)", "signal 99",
    ]  # fmt: skip


_numbers = st.none() | st.integers(0, 255)
_moments = st.sampled_from([None, "2026-11-12T10:00:00.000Z", "2026-11-12T10:05:00.000Z"])
_words = st.none() | st.sampled_from(["", "None", "JobHeldUser", "DependencyNeverSatisfied"]) | st.text(max_size=9)
_states = st.sampled_from([*KNOWN, "SOMETHING_NEW", ""])
_steps = st.fixed_dictionaries(
    {"id": st.sampled_from(["batch", "extern", "0", "1", "2"]), "state": _states},
    optional={"exit_code": _numbers, "signal": _numbers, "started_at": _moments, "ended_at": _moments, "name": _words},
)
ATTEMPTS = st.fixed_dictionaries(
    {},
    optional={
        "state": _states, "raw_id": st.sampled_from(["7", "8"]), "submitted_at": _moments, "started_at": _moments,
        "ended_at": _moments, "exit_code": _numbers, "signal": _numbers, "derived_exit_code": _numbers,
        "derived_signal": _numbers, "by": _numbers, "reason": _words, "nodes": _words, "task": _words,
        "component": _numbers, "elapsed_s": _numbers, "limit_s": _numbers, "memory": _numbers, "told_by": _words,
        "steps": st.lists(_steps, max_size=4),
    },
)  # fmt: skip


@given(st.lists(ATTEMPTS, max_size=6), st.randoms())
def test_whatever_is_told_in_whatever_order(attempts: list[dict[str, Any]], chance: random.Random) -> None:
    found = job_outcome(attempts, own_uid=0)
    assert found.outcome in OUTCOMES
    assert found.outcome != "requeued"
    assert found.tasks >= 1
    shuffled = chance.sample(attempts, len(attempts))
    assert job_outcome(shuffled, own_uid=0) == found
    assert last_tries(shuffled) == last_tries(attempts)


@given(ATTEMPTS)
def test_what_ended_badly_is_never_called_a_success(attempt: dict[str, Any]) -> None:
    if attempt.get("state") not in ("COMPLETED", None):
        assert ending(attempt).outcome != "succeeded"


def test_tasks_that_have_a_row_of_their_own_are_not_counted_twice() -> None:
    waiting = tried("PENDING", task="0-5%2", raw_id="20")
    tasks = [tried("RUNNING", task=str(number), raw_id=str(21 + number)) for number in (0, 1)]
    found = job_outcome([waiting, *tasks])
    assert found.counts == {"running": 2, "queued": 4}
    assert job_outcome([tried("PENDING", task="0-8:2", raw_id="20"), *tasks]).counts == {"running": 2, "queued": 4}
