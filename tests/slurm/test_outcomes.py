"""How real jobs are told to have ended: the outcome and the cause of every end state, from capture to question."""

import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from journal.derive.job_outcome import job_outcome
from journal.derive.job_usage import job_usage
from journal.store.database import open_store
from journal.store.job_queries import find_job, read_jobs
from tests.slurm.capturing import OWNER, cycle
from tests.slurm.cluster import Cluster
from tests.slurm.states import Made

# By the name in states.py: the outcome of each of its jobs that says something, and words of the cause.
TOLD = {
    "completed": ("succeeded", None),
    "failed": ("failed", "exit code 3"),
    "failed_by_signal": ("failed", "SIGSEGV"),
    "failed_without_output": ("failed", "output file"),
    "failed_in_step": ("failed", "step 0 (sh) exited 4; the script went on and exited 0"),
    "out_of_memory": ("out of memory", "out of memory (it had asked for"),
    "hidden_out_of_memory": ("out of memory", "in step 0 (python3); the script went on and exited 0"),
    "timed_out": ("timeout", "reached its limit of"),
    "cancelled": ("cancelled", "after"),
    "cancelled_while_held": ("cancelled", "before it started"),
    "cancelled_array": ("cancelled", "before it started"),
    "missed_deadline": ("deadline", "reached its deadline before it could start"),
    "preempted": ("preempted", "higher priority"),
    "preempted_and_requeued": ("succeeded", None),
    "requeued": ("succeeded", None),
    "requeued_after_its_end": ("succeeded", None),
    "suspended": ("succeeded", None),
    "node_failed": ("node failure", "failed"),
    "array": ("failed", "exit code"),
    "parallel_steps": ("failed", "the script went on and exited 0"),
}


@pytest.mark.slow
def test_every_end_is_told_with_its_cause(slurm: Cluster, end_states: Mapping[str, Made], tmp_path: Path) -> None:
    jobs = [job for one in end_states.values() for job in one.jobs]
    with closing(open_store(tmp_path / "journal.sqlite3")) as store:
        now = time.time()
        cycle(store, jobs, now)
        cycle(store, jobs, now + 1)
        wrong: list[str] = []
        for name in TOLD.keys() & end_states.keys():
            found = find_job(store, end_states[name].jobs[0], OWNER.project)
            assert found, name
            outcome = job_outcome(found.job.attempts, own_uid=0)
            wanted, words = TOLD[name]
            if outcome.outcome != wanted or (words is not None and words not in (outcome.cause or "")):
                wrong.append(f"{name}: {outcome.outcome}, {outcome.cause}")
        assert wrong == []
        listed = list(read_jobs(store, OWNER.project))
        assert {job.job_id for job in listed} == set(jobs)
        for job in listed:
            usage = job_usage(job.attempts)
            assert usage.elapsed_s is None or 0 <= usage.elapsed_s < 3600, job
