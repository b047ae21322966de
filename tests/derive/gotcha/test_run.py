"""Whether a run got past what an earlier one failed of."""

import json
from typing import Any

import pytest

from journal.derive.gotcha.run import Run, ToldLog, got_past, run_of
from journal.derive.job import Job, Submission
from tests.store import stories
from tests.store.stories import at

EINOPS = f"missing_module: {stories.MISSING}"


def _attempt(minute: int, state: str, elapsed_s: int, **more: Any) -> dict[str, Any]:
    ran = {"started_at": at(minute), "ended_at": at(minute + 1), "elapsed_s": elapsed_s, "exit_code": state == "FAILED"}
    told: dict[str, Any] = json.loads(stories.attempt("7", state, minute, **{**ran, **more}).data)
    return told


def _log(minute: int, label: str, **more: Any) -> ToldLog:
    event = stories.log("7", label, minute, **more)
    return ToldLog(event.id, event.at, json.loads(event.data))


def _run(minute: int, *tries: dict[str, Any], logs: list[ToldLog], argv: tuple[str, ...] = ("train.sh",)) -> Run:
    submission = Submission("s", at(minute), {"command": "sbatch", "argv": list(argv), "cwd": "/p", "root": "/p"})
    job = Job("e", "p", "lab", "7", at(minute), "train.sh", "sbatch", "/p", tries, submission)
    return run_of(job, logs)


def _failed(minute: int = 0, elapsed_s: int = 20, label: str = "missing_module", **more: Any) -> Run:
    return _run(minute, _attempt(minute, "FAILED", elapsed_s), logs=[_log(minute, label, **more)])


def _passed(minute: int = 9, argv: tuple[str, ...] = ("train.sh",)) -> Run:
    return _run(minute, _attempt(minute, "COMPLETED", 60), logs=[_log(minute, "ok")], argv=argv)


FAILED = _failed()
OTHER: dict[str, Any] = {"fingerprint": "gpu_oom: out of memory"}
STEPS = {"progress": {"step": 400, "step_scope": "run"}}


@pytest.mark.parametrize(
    ("later", "past"),
    [
        (_passed(), True),
        (_failed(9), False),
        (_passed(0), False),  # submitted at the same time
        (_passed(9, argv=("eval.sh",)), False),
        (_run(9, _attempt(9, "RUNNING", 600, ended_at=None), logs=[]), False),
        (_failed(9, 600, "gpu_oom", **OTHER), True),
        (_failed(9, 21, "gpu_oom", **OTHER), False),
        (_failed(9, 21, "gpu_oom", line=90, **OTHER), True),
        (_failed(9, 15, "gpu_oom", line=90, **OTHER), False),
        (_failed(9, 15, "gpu_oom", **STEPS, **OTHER), True),
        (_failed(9, 600, "time_limit", **OTHER), True),
        (_run(9, _attempt(9, "CANCELLED", 5), logs=[]), False),
        (_run(9, _attempt(9, "COMPLETED", 15), logs=[_log(9, "gpu_oom", **OTHER)]), False),  # exit 0, yet it failed
    ],
)
def test_whether_it_got_past(later: Run, past: bool) -> None:
    assert got_past(FAILED, FAILED.failures[EINOPS], later) is past


def test_another_cluster_or_project_says_nothing() -> None:
    for other in ({"cluster": "reef"}, {"project": "q"}):
        later = _passed()
        assert not got_past(FAILED, FAILED.failures[EINOPS], later._replace(job=later.job._replace(**other)))


def test_old_code_that_is_run_again_proves_no_fix() -> None:
    def submitted(run: Run, **more: Any) -> Run:
        known = run.job.submission
        assert known
        return run._replace(job=run.job._replace(submission=known._replace(fact={**known.fact, **more})))

    failed = submitted(FAILED, snapshot="a")
    for snapshot, past in (("a", True), ("b", False)):
        again = submitted(_passed(), told_by="rerun", snapshot=snapshot)
        assert got_past(failed, failed.failures[EINOPS], again) is past


def test_of_an_array_a_task_must_succeed_that_had_failed() -> None:
    tries = [_attempt(0, "FAILED" if task == "3" else "COMPLETED", 20, task=task, raw_id=task) for task in "123"]
    failed = _run(0, *tries, logs=[_log(0, "missing_module", task="3", raw_id="3")])
    assert failed.failures[EINOPS].tasks == {"3"}
    again, others = (
        _run(9, *(_attempt(9, "COMPLETED", 60, task=task, raw_id=task) for task in tasks), logs=[])
        for tasks in ("34", "12")
    )
    assert got_past(failed, failed.failures[EINOPS], again)
    assert not got_past(failed, failed.failures[EINOPS], others)


def test_tries_and_tasks_that_fail_alike_are_one_failure() -> None:
    logs = [_log(0, "missing_module", task="1"), _log(2, "missing_module", task="2", line=30)]
    (failure,) = _run(0, logs=logs).failures.values()
    assert (failure.at, failure.tasks, failure.line) == (at(1), {"1", "2"}, 30)
