"""The logs of real jobs: followed while they run, read when they have ended."""

from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Journal
from tests.git_repo import GitRepo
from tests.slurm.cluster import Cluster, until

pytestmark = pytest.mark.usefixtures("by_hand")

STEPS = """
import sys, time
for step in range(1, 2001):
    print(f"step {step}/2000 loss {2 / step:.4f}", flush=True)
    time.sleep(0.02)
    if step > 50:
        try:
            open("go-on").close()
            break
        except FileNotFoundError:
            pass
print("step 2000/2000 loss 0.0010")
"""


@pytest.fixture
def lab(repo: GitRepo, journal: Journal) -> GitRepo:
    """A repository with a journal."""
    repo.commit("Begin", **{"train.py": STEPS, "broken.py": "import no_such_module_anywhere\n"})
    journal("init", ok=True)
    return repo


def told(journal: Journal, job: str) -> dict[str, Any]:
    """A job as `journal jobs` tells it after a capture; empty where it is not known yet."""
    journal("capture", ok=True)
    return next((each for each in journal.json("jobs") if each["job_id"] == job), {})


def test_a_job_is_followed_while_it_runs(lab: GitRepo, journal: Journal, slurm: Cluster) -> None:
    job = slurm.submit("--output=logs-%x-%j.txt", "--wrap", "python3 train.py", cwd=lab.path)
    seen: list[int] = []

    def has_grown() -> bool:
        progress = told(journal, job).get("progress") or {}
        seen.extend([progress["step"]] if progress.get("step") else [])
        return len(set(seen)) > 1

    until(has_grown, 120, lambda: f"steps seen: {seen}", pause=0.5)
    assert seen == sorted(seen)
    diagnosed = journal.json("diagnose", job)
    assert (diagnosed["label"], diagnosed["progress"]["total_steps"]) == ("ok", 2000)
    assert diagnosed["progress"]["step"] >= seen[-1]
    (lab.path / "go-on").touch()
    until(lambda: told(journal, job).get("log") is not None, 120, lambda: f"{told(journal, job)}", pause=0.5)
    ended = told(journal, job)
    assert (ended["outcome"], ended["progress"]["step"], ended["log"]["label"]) == ("succeeded", 2000, "ok")
    assert "loss 2 → 0.001" in journal("jobs", env={"COLUMNS": "200"}).out


def test_a_missing_module_is_told_of_a_job_and_of_its_array(lab: GitRepo, journal: Journal, slurm: Cluster) -> None:
    said = "ModuleNotFoundError: No module named 'no_such_module_anywhere'"
    (lab.path / "out").mkdir()
    single = slurm.submit("--wrap", "srun python3 broken.py", "--error=%j.err", cwd=lab.path)
    script = "test $SLURM_ARRAY_TASK_ID = 2 || python3 broken.py"
    array = slurm.submit("--array=1-3", "--output=out/%A_%a.txt", script=script, cwd=lab.path)
    goes_on = slurm.submit(script="python3 broken.py\necho done", cwd=lab.path)
    slurm.settled(single, array, goes_on)

    def is_read() -> bool:
        return all((told(journal, job).get("log") or {}).get("label") for job in (single, array, goes_on))

    until(is_read, 120, lambda: f"{journal.json('jobs')}", pause=1)
    failed = told(journal, single)
    assert (failed["outcome"], failed["cause"]) == ("failed", said)
    assert failed["log"]["path"] == str(lab.path / f"{single}.err")
    many = told(journal, array)
    assert (many["counts"], many["cause"]) == ({"failed": 2, "succeeded": 1}, said)
    hidden = told(journal, goes_on)
    assert (hidden["state"], hidden["outcome"]) == ("COMPLETED", "failed")
    assert hidden["cause"] == f"{said}; the script went on and exited 0"
    diagnosed = journal.json("diagnose", f"{array}_3")
    assert (diagnosed["label"], diagnosed["signature"]) == ("missing_module", said)
    assert Path(diagnosed["path"]) == lab.path / f"out/{array}_3.txt"
