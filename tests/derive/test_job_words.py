from typing import Any

import pytest

from journal.derive.job import Job, Submission, name_from_arguments, only_task, submitted_late
from journal.derive.job_outcome import OUTCOMES, job_outcome
from journal.derive.job_usage import job_usage
from journal.derive.job_words import changed_files, late_changes, left_out_words, sign, standing, submit_line


def at(minute: int) -> str:
    return f"2026-11-12T10:{minute:02}:00.000Z"


def job(*attempts: dict[str, Any], code: dict[str, Any] | None = None, drifts: tuple[dict[str, Any], ...] = ()) -> Job:
    submission = None if code is None else Submission("e", at(0), {"command": "sbatch", "told_by": "shim", **code})
    tries = tuple({"raw_id": "7", "submitted_at": at(0), **attempt} for attempt in attempts)
    return Job("e", "p", "lab", "7", at(0), "train", "sbatch", "/p", tries, submission, drifts)


RAN = {"started_at": at(1), "ended_at": at(5), "elapsed_s": 240}


@pytest.mark.parametrize(
    ("attempts", "told"),
    [
        ([{"state": "COMPLETED", **RAN}], "✓ 4 m"),
        ([{"state": "NODE_FAIL"}, {"state": "COMPLETED", "submitted_at": at(9), **RAN}], "✓ 4 m · after 2 tries"),
        ([{"state": "FAILED", "exit_code": 2, **RAN}], "✗ 4 m · exit code 2"),
        ([{"state": "OUT_OF_MEMORY", **RAN}], "✗ out of memory"),
        ([{"state": "TIMEOUT", "limit_s": 240, **RAN}], "✗ timeout · reached its limit of 4 m"),
        ([{"state": "RUNNING", "started_at": at(1)}], "▸ running"),
        ([{"state": "PENDING", "reason": "Priority"}], "· queued · waits for jobs of higher priority"),
        ([{"state": "CANCELLED", "by": 7}], "– cancelled · by the user with uid 7 before it started"),
        ([{"state": "COMPLETED", "task": "1", **RAN}, {"state": "FAILED", "raw_id": "8", "task": "2", **RAN}],
         "✗ 4 m · 2 tasks: 1 succeeded, 1 failed · Slurm does not say why"),
        ([{"state": "COMPLETED", "component": 0}, {"state": "COMPLETED", "raw_id": "8", "component": 1}],
         "✓ succeeded · 2 components: 2 succeeded"),
    ],
)  # fmt: skip
def test_how_it_stands(attempts: list[dict[str, Any]], told: str) -> None:
    found = job(*attempts)
    assert standing(found, job_outcome(found.attempts), job_usage(found.attempts)) == told


def test_every_outcome_has_a_sign_of_its_own_kind() -> None:
    assert {sign(outcome) for outcome in OUTCOMES if outcome != "unknown"} == set("✓✗▸‖·!–")
    assert sign("unknown") == "?"


def test_the_code_that_was_submitted() -> None:
    changed = [{"path": "sched.py", "added": 1, "removed": 0}]
    assert changed_files(job(code={"commit": "a", "snapshot": "b", "changed": changed})) == ["sched.py"]
    assert changed_files(job(code={"commit": "a", "snapshot": "a", "changed": None})) == []
    assert changed_files(job(code={"commit": "a", "snapshot": None, "changed": None})) is None
    assert changed_files(job()) is None


def test_a_late_snapshot() -> None:
    assert not submitted_late(job())
    assert not submitted_late(job(code={"snapshot_at": at(0)}))
    assert submitted_late(job(code={"snapshot_at": at(1)}))
    other = {"told_by": "accounting", "snapshot_at": at(1)}
    assert submitted_late(job(code=other))
    assert not submitted_late(job(code={**other, "snapshot_at": None}))


def drift(moment: str, *edited: str | None, reached: int = 6) -> dict[str, Any]:
    files = [{"path": f"{n}.py", "added": 1, "removed": 2, "edited_at": when} for n, when in enumerate(edited)]
    return {"moment": moment, "reached_at": at(reached), "files": files}


@pytest.mark.parametrize(
    ("drifts", "told"),
    [
        ((drift("start"),), []),
        ((drift("start", at(4)),), ["0.py was edited 4 min after submission, before the job started (+1 −2)"]),
        ((drift("start", at(9)),), ["0.py was edited 9 min after submission, when it had just started (+1 −2)"]),
        ((drift("start", None),), ["0.py was different when the job started (+1 −2)"]),
        ((drift("start", at(1), at(2), at(3)),),
         ["0.py, 1.py and 1 more were edited 1 min after submission, before the job started (+3 −6)"]),
        ((drift("end", at(4), at(8)), drift("start", at(4))),
         ["0.py was edited 4 min after submission, before the job started (+1 −2)",
          "1.py was edited while the job ran (+1 −2)"]),
    ],
)  # fmt: skip
def test_late_changes(drifts: tuple[dict[str, Any], ...], told: list[str]) -> None:
    assert [change.words for change in late_changes(job(drifts=drifts))] == told


def test_no_secret_is_shown() -> None:
    argv = ["--export=ALL,WANDB_API_KEY=abc123,SEED=3", "my job.sh"]
    shown = "sbatch --export=ALL,WANDB_API_KEY=[redacted],SEED=3"
    assert submit_line(job(code={"argv": argv})) == f"{shown} 'my job.sh'"
    assert submit_line(job({"state": "COMPLETED", "submit_line": f"sbatch {argv[0]} job.sh"})) == f"{shown} job.sh"
    assert submit_line(job()) is None


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["-J", "a", "x.sh"], "a"),
        (["--job-name=b", "x.sh"], "b"),
        (["-Jc"], "c"),
        (["-p", "main", "--mem=4G", "runs/train.sh", "--job-name=d"], "train.sh"),
        (["--wrap", "true"], "wrap"),
        (["-N1", "python", "x.py"], "python"),
        ([], "sbatch"),
        (None, "sbatch"),
        (["-J"], "sbatch"),
    ],
)
def test_a_name_for_a_job_that_slurm_never_told_of(arguments: list[str] | None, name: str) -> None:
    assert name_from_arguments("sbatch", arguments) == name


def test_one_task() -> None:
    whole = job({"task": "1", "state": "FAILED"}, {"task": "11", "state": "COMPLETED"}, {"component": 1, "state": "X"})
    assert [attempt["state"] for attempt in only_task(whole, "1").attempts] == ["FAILED"]
    assert [attempt["state"] for attempt in only_task(whole, "+1").attempts] == ["X"]


def test_files_left_out_are_named() -> None:
    lacking = job(code={"left_out": 6})
    assert left_out_words(lacking, list("abcde")) == "6 files left out (a, b, c, d …)"
    assert left_out_words(lacking, []) == "6 files left out"
    assert left_out_words(job(code={"left_out": 1}), ["big.bin"]) == "1 file left out (big.bin)"
    assert left_out_words(job(code={"left_out": 0}), []) is None
    assert left_out_words(job(), []) is None
