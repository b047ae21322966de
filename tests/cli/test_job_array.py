"""An array of a thousand tasks is one job."""

from collections import Counter

import pytest

from tests.cli.conftest import Journal
from tests.git_repo import GitRepo
from tests.slurm.cluster import Cluster, until

TASKS = 1000


@pytest.mark.slow
def test_a_thousand_tasks_are_captured_whole_within_two_cycles(
    slurm: Cluster, repo: GitRepo, journal: Journal, by_hand: None
) -> None:
    repo.commit("Begin", **{"train.sh": "#!/bin/sh\nexit $((SLURM_ARRAY_TASK_ID % 100 == 7))\n"})
    journal("init", ok=True)
    job = slurm.submit(f"--array=0-{TASKS - 1}", "--output=/dev/null", "train.sh", cwd=repo.path)

    def states() -> Counter[str]:
        return Counter(row["State"] for row in slurm.sacct("-X", "-j", job, fields=["State"]))

    until(lambda: states() == {"COMPLETED": TASKS - 10, "FAILED": 10}, 240, lambda: f"{states()}", pause=2)
    for _ in range(2):
        journal("capture", ok=True)
    (told,) = journal.json("jobs")
    assert (told["job_id"], told["outcome"]) == (job, "failed")
    assert told["counts"] == {"succeeded": TASKS - 10, "failed": 10}
    assert len(told["attempts"]) == TASKS
    each = journal.json("jobs", "--each")
    assert {task["job_id"]: task["state"] for task in each} == {
        row["JobID"]: row["State"] for row in slurm.sacct("-X", "-j", job, fields=["JobID", "State"])
    }
    lines = journal("jobs", ok=True).out.splitlines()
    assert len([line for line in lines if line.startswith(job)]) == 1
    assert "1,000 tasks" in lines[1] or "1000 tasks" in lines[1]
