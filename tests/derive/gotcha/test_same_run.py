"""Which jobs run the same thing."""

from typing import Any

import pytest

from journal.derive.gotcha.same_run import run_keys
from journal.derive.job import Job, Submission


def _job(*argv: str, command: str = "sbatch", name: str | None = None, **more: Any) -> Job:
    fact = {"command": command, "argv": list(argv), "cwd": "/home/u/p", "root": "/home/u/p", **more}
    default = argv[-1].rpartition("/")[2] if argv else command
    submission = Submission("s", "2026-11-12", fact)
    return Job("e", "p", "lab", "7", "2026-11-12", name or default, command, "/home/u/p", submission=submission)


def _told(name: str, line: str | None = None, work_dir: str = "/home/u/p") -> Job:
    attempts = ({"submit_line": line},) if line else ()
    return Job("e", "p", "lab", "7", "2026-11-12", name, "sbatch", work_dir, attempts=attempts)


SAME = [
    (_job("train.sh"), _job("--time=1:00", "-p", "gpu", "train.sh", "--lr", "1")),
    (_job("train.sh"), _job("./train.sh", cwd="/home/u/p", name="train.sh")),
    (_job("jobs/train.sh"), _job("train.sh", cwd="/home/u/p/jobs")),
    (_job("train.sh"), _job("train.sh", cwd="/home/u/clone2", root="/home/u/clone2")),
    (_job("-J", "smoke", "a.sh", name="smoke"), _job("-J", "smoke", "b.sh", name="smoke")),
    (_job("--wrap", "python train.py"), _job("--wrap", "srun python -u train.py --lr 1", name="wrap")),
    (_job("--wrap", "python -m pkg.train"), _job("--wrap", "torchrun --nproc 8 -m pkg.train x")),
    (_job("python", "train.py", command="srun"), _job("-n4", "python", "train.py", command="srun")),
    (_job("train.sh"), _told("train.sh", "sbatch train.sh")),
    (_job("train.sh"), _told("train.sh")),
    (_told("smoke"), _told("smoke", "sbatch -J smoke x.sh")),
]
OTHERS = [
    (_job("train.sh"), _job("eval.sh")),
    (_job("a/run.sh"), _job("b/run.sh")),
    (_job("--wrap", "python a.py", name="wrap"), _job("--wrap", "python b.py", name="wrap")),
    (_job("--wrap", "nvidia-smi", name="wrap"), _job("--wrap", "hostname", name="wrap")),
    (_job(name="sbatch"), _job(name="sbatch")),
    (_told("wrap"), _told("wrap")),
    (_job("python", "a.py", command="srun", name="python"), _job("python", "b.py", command="srun", name="python")),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_these_run_the_same(one: Job, other: Job) -> None:
    assert run_keys(one) & run_keys(other)


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_these_do_not(one: Job, other: Job) -> None:
    assert not run_keys(one) & run_keys(other)


def test_quotes_that_do_not_match_are_no_obstacle() -> None:
    assert run_keys(_told("train.sh", "sbatch train.sh it's"))
    assert run_keys(_job("--wrap", "echo it's", name="wrap"))
