"""submitit and snakemake run sbatch on their own: with the journal's shim first on PATH they work as without it.

They live in an environment of their own that tests/run makes, and are told of by JOURNAL_TEST_LAUNCHERS.
"""

import os
from pathlib import Path

import pytest

from tests.git_repo import GitRepo
from tests.hooks.shims import make_shims
from tests.slurm.cluster import Cluster

SUBMITIT = """\
import submitit

def double(number):
    return number * 2

if __name__ == "__main__":
    executor = submitit.AutoExecutor(folder="log", cluster="slurm")
    executor.update_parameters(timeout_min=5, name=NAME, slurm_array_parallelism=2)
    one = executor.submit(double, 21)
    array = executor.map_array(double, [1, 2, 3])
    print(one.job_id, one.result(), array[0].job_id, [job.result() for job in array])
"""
SNAKEFILE = """\
rule train:
    output: "model.txt"
    shell: "echo trained in $SLURM_JOB_ID >{output}"
"""


@pytest.fixture
def launchers() -> Path:
    """The directory of the programs of that environment."""
    place = os.environ.get("JOURNAL_TEST_LAUNCHERS")
    if not place:
        pytest.skip("JOURNAL_TEST_LAUNCHERS names no environment with submitit and snakemake; tests/run makes one")
    return Path(place)


@pytest.fixture(params=["bare", "shim"])
def project(request: pytest.FixtureRequest, repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitRepo:
    """A repository with a change not committed; under "shim" with a journal, its shim first on PATH."""
    repo.commit("Begin", **{"train.py": "print('loss 0.1')\n", ".gitignore": "log\n.snakemake\nmodel.txt\n"})
    repo.write("train.py", "print('loss 0.2')\n")
    if request.param == "shim":
        made = make_shims(tmp_path / "data", repo, monkeypatch, os.environ["PATH"])
        monkeypatch.setenv("PATH", made.env["PATH"])
    return repo


@pytest.fixture
def snapshots_expected(request: pytest.FixtureRequest) -> set[str]:
    return {"print('loss 0.2')"} if request.node.callspec.params["project"] == "shim" else set()


def _snapshots(project: GitRepo) -> set[str]:
    """What the kept commits hold of the file that was changed: the shim keeps some, who submits around it none."""
    kept = project.git("for-each-ref", "--format=%(objectname)", "refs/journal/snap").split()
    return {project.git("show", f"{commit}:train.py") for commit in kept}


def test_submitit_gets_its_results(
    slurm: Cluster, launchers: Path, project: GitRepo, snapshots_expected: set[str]
) -> None:
    program = project.write("sweep.py", SUBMITIT.replace("NAME", repr(slurm.name)))
    answer = slurm.run(launchers / "python", program, cwd=project.path)
    job, result, array, *results = answer.split(" ", 3)
    assert (result, *results) == ("42", "[2, 4, 6]")
    array = array.removesuffix("_0")
    rows = {row["JobID"]: row for row in slurm.settled(job, array)}
    assert {rows[task]["State"] for task in (job, f"{array}_0", f"{array}_1", f"{array}_2")} == {"COMPLETED"}
    assert rows[job]["SubmitLine"].startswith("sbatch ")
    assert rows[job]["JobName"] == slurm.name
    assert _snapshots(project) == snapshots_expected


def test_snakemake_gets_its_output(
    slurm: Cluster, launchers: Path, project: GitRepo, snapshots_expected: set[str]
) -> None:
    project.write("Snakefile", SNAKEFILE)
    command = [
        "--executor=slurm", "--jobs=1", "--default-resources", "slurm_account=project_lab", "runtime=5",
        "--slurm-init-seconds-before-status-checks=1", "--seconds-between-status-checks=1", "--latency-wait=10",
    ]  # fmt: skip
    slurm.run(launchers / "snakemake", *command, cwd=project.path)
    job = (project.path / "model.txt").read_text().removeprefix("trained in ").strip()
    rows = {row["JobID"]: row for row in slurm.settled(job)}
    assert rows[job]["State"] == "COMPLETED"
    assert rows[job]["Comment"] == "rule_train"
    assert _snapshots(project) == snapshots_expected
