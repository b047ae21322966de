"""The code of real jobs: what changed between submission and start, what was edited later, what a job writes itself."""

from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Journal, eventually
from tests.git_repo import GitRepo
from tests.slurm.cluster import Cluster

TRAIN = "#!/bin/sh\ncat config.txt\nsleep ${1-0}\n"


@pytest.fixture
def research(repo: GitRepo, by_hand: None) -> GitRepo:
    """A repository with a journal and a dirty tree."""
    repo.commit("Begin", **{"config.txt": "old\n", "train.sh": TRAIN, "gone.txt": "x\n"})
    Journal(repo.path)("init", ok=True)
    repo.write("config.txt", "submitted\n")
    return repo


def submitted(research: GitRepo, slurm: Cluster, *arguments: str) -> str:
    """Submits through the shim; returns the job's number."""
    shim = Path(__import__("os").environ["JOURNAL_DATA_DIR"]) / "hooks/slurm/bin/sbatch"
    said = slurm.run(shim, "--parsable", f"--job-name={slurm.name}", *arguments, cwd=research.path)
    return slurm.mine(said.partition(";")[0])


def drifts(journal: Journal, job: str) -> dict[str, list[dict[str, Any]]]:
    """Moment → the files that a capture found to differ."""
    journal("capture", ok=True)
    rows = journal.json("sql", f"select moment, data from drift where job_id = '{int(job)}'")  # noqa: S608  (a number)
    import json

    return {row["moment"]: json.loads(row["data"])["files"] for row in rows}


def test_an_edit_between_submission_and_start_is_reported(research: GitRepo, slurm: Cluster, journal: Journal) -> None:
    job = submitted(research, slurm, "--hold", "train.sh", "3")
    research.write("config.txt", "edited while it waited\n")
    slurm.scontrol("release", job)
    slurm.wait_for(job, "RUNNING")
    eventually(lambda: "start" in drifts(journal, job), 30)
    assert [file["path"] for file in drifts(journal, job)["start"]] == ["config.txt"]
    slurm.settled(job)
    eventually(lambda: "end" in drifts(journal, job), 30)
    assert slurm.output(job, research.path) == "edited while it waited\n"
