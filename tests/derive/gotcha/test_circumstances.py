"""What differs around two runs, in words."""

import json
from typing import Any

import pytest

from journal.derive.gotcha.circumstances import changed_circumstances, changed_machine, installed_words
from journal.derive.job import Job, Submission
from tests.store import stories


def _job(*argv: str, **resources: Any) -> Job:
    attempt: dict[str, Any] = json.loads(stories.attempt("7", "FAILED", **resources).data)
    submission = Submission("s", "2026", {"command": "sbatch", "argv": list(argv)})
    return Job("e", "p", "lab", "7", "2026", "train", "sbatch", "/p", (attempt,), submission)


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        (("a.sh", "--batch", "64"), ("a.sh", "--batch", "32"), ["arguments --batch 64 → --batch 32"]),
        (("a.sh", "--lr=1"), ("a.sh", "--lr=2"), ["arguments --lr=1 → --lr=2"]),
        (("a.sh",), ("--mem=32G", "a.sh"), ["arguments none → --mem=32G"]),
        (("--mem=8G", "a.sh"), ("a.sh",), ["arguments --mem=8G → none"]),
        (("a.sh",), ("a.sh",), []),
        ((), ("a.sh",), []),
        (("a.sh",), ("--export=WANDB_API_KEY=abc", "a.sh"), ["arguments none → '--export=WANDB_API_KEY=[redacted]'"]),
    ],
)
def test_arguments(one: tuple[str, ...], other: tuple[str, ...], told: list[str]) -> None:
    assert [words.replace("'", "") for words in changed_circumstances(_job(*one), _job(*other))] == [
        words.replace("'", "") for words in told
    ]


def test_resources() -> None:
    small = _job("a.sh", memory=8 << 30, limit_s=600, gpus=1, partition="dev")
    large = _job("a.sh", memory=32 << 30, limit_s=3600, gpus=1, partition="gpu", qos="high")
    assert changed_circumstances(small, large) == [
        "memory 8 GB → 32 GB",
        "limit 10 m → 1 h",
        "partition dev → gpu",
    ]


def test_the_machine() -> None:
    python = {"version": "3.9", "where": "PATH", "packages": {"numpy": "2.0.1"}}
    before: dict[str, Any] = {"python": python, "gpu_software": {"cuda": "12.1"}, "modules": {"loaded": ["rocm/5"]}}
    newer = {"version": "3.11", "where": ".venv", "packages": {"numpy": "1.26.4", "torch": "2.1"}}
    after = {"python": newer, "gpu_software": {"cuda": "12.4"}, "modules": {"loaded": ["rocm/6"]}}
    assert changed_machine(before, after) == [
        "Python 3.9 → 3.11",
        "Python of PATH → .venv",
        "numpy 2.0.1 → 1.26.4",
        "torch none → 2.1",
        "cuda 12.1 → 12.4",
        "module rocm/6 loaded",
        "module rocm/5 not loaded any more",
    ]
    assert changed_machine({"python": None, "modules": None}, {}) == []


def test_of_many_packages_those_that_the_failure_names_come_first() -> None:
    many = [(f"p{number}", "1", ".venv") for number in range(9)] + [("einops", "0.8.0", ".venv")]
    told = installed_words(many, lambda name: int(name == "einops"))
    assert told[0] == "einops 0.8.0 installed in .venv"
    assert told[-1] == "4 more packages installed"
    assert len(told) == 7
