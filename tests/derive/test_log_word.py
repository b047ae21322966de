"""What a log adds to what the batch system says of an end."""

from typing import Any

import pytest

from journal.derive.job import Job
from journal.derive.job_outcome import ending, job_outcome
from journal.derive.job_usage import job_usage
from journal.derive.job_words import beside_outcome, follows_outcome, standing, whole_cause

MISSING = "ModuleNotFoundError: No module named 'einops'"
AT = "2026-11-12T10:00:00.000Z"


def tried(state: str, label: str | None = "missing_module", signature: str | None = MISSING, **more: Any) -> Any:
    log = {"log": {"label": label, "signature": signature}} if label else {}
    return {"state": state, "raw_id": "7", "submitted_at": AT, "told_by": "sacct", **log, **more}


@pytest.mark.parametrize(
    ("attempt", "outcome", "cause"),
    [
        (tried("FAILED", exit_code=1), "failed", MISSING),
        (tried("FAILED", exit_code=1, signature=f"[rank3]:   {MISSING}"), "failed", MISSING),
        (tried("FAILED", exit_code=1, signature=None), "failed", "exit code 1"),
        (tried("FAILED", label=None, exit_code=1), "failed", "exit code 1"),
        (tried("FAILED", label="ok", exit_code=1), "failed", "exit code 1"),
        (tried("COMPLETED"), "failed", f"{MISSING}; the script went on and exited 0"),
        (tried("COMPLETED", label="ok", signature="a warning"), "succeeded", None),
        (tried("COMPLETED", signature=None), "succeeded", None),
        (tried("FAILED", label="host_oom", signature=None, exit_code=9), "failed", "exit code 9"),
        (tried("COMPLETED", label="preempted", signature="got SIGTERM, saved"), "succeeded", None),
        (tried("COMPLETED", label="host_oom", signature="Detected 1 oom_kill event"), "out of memory",
         "out of memory, as its log says; the script went on and exited 0"),
        (tried("COMPLETED", steps=[{"id": "0", "name": "train", "state": "FAILED", "exit_code": 1}]), "failed",
         f"{MISSING}; the script went on and exited 0"),
        (tried("FAILED", label="host_oom", signature="oom_kill event", exit_code=137), "out of memory",
         "out of memory, as its log says (exit code 137: killed by signal 9 (SIGKILL; often: out of memory))"),
        (tried("TIMEOUT", limit_s=60), "timeout", f"reached its limit of 1 m; before that {MISSING}"),
        (tried("TIMEOUT", label="time_limit", signature="CANCELLED DUE TO TIME LIMIT", limit_s=60), "timeout",
         "reached its limit of 1 m"),
        (tried("CANCELLED", label="keyboard_interrupt", signature="KeyboardInterrupt", by=0, nodes="n1",
               started_at=AT, elapsed_s=5), "cancelled", "cancelled by an administrator (root) after 5 s"),
        (tried("OUT_OF_MEMORY", memory=1 << 30), "out of memory", "out of memory (it had asked for 1 GB)"),
        (tried("RUNNING"), "running", None),
    ],
)  # fmt: skip
def test_both_are_weighed_together(attempt: dict[str, Any], outcome: str, cause: str | None) -> None:
    found = ending(attempt)
    assert (found.outcome, whole_cause(found)) == (outcome, cause)
    whole = job_outcome([attempt])
    assert (whole.outcome, whole_cause(whole)) == (outcome, cause)


def test_a_line_too_long_is_cut() -> None:
    found = ending(tried("FAILED", exit_code=1, signature="x" * 5000))
    assert found.said is not None
    assert len(found.said) == 160


def test_the_line_of_most_tasks_is_told_with_its_share() -> None:
    tasks = [tried("FAILED", exit_code=1, task=str(number), raw_id=str(number)) for number in range(3)]
    tasks += [tried("FAILED", None, exit_code=2, task="8", raw_id="8")]
    found = job_outcome(tasks)
    assert beside_outcome(found) == f"{MISSING} (3 of them; 1 other cause)"
    assert beside_outcome(found, lambda said: f"«{said}»") == f"«{MISSING}» (3 of them; 1 other cause)"
    assert beside_outcome(job_outcome(tasks[:3])) == MISSING


def test_only_what_the_log_said_is_quoted() -> None:
    timeout = job_outcome([tried("TIMEOUT", limit_s=60)])
    assert beside_outcome(timeout, repr) == f"reached its limit of 1 m; before that {MISSING!r}"
    assert not follows_outcome(timeout)
    killed = job_outcome([tried("OUT_OF_MEMORY", None, memory=1 << 30)])
    assert beside_outcome(killed) == "(it had asked for 1 GB)"
    assert follows_outcome(killed)


def test_a_job_in_a_line() -> None:
    job = Job("e", None, "lab", "7", AT, "train", "sbatch", "/p", (tried("FAILED", exit_code=1, elapsed_s=72),))
    outcome = job_outcome(job.attempts)
    assert standing(job, outcome, job_usage(job.attempts)) == f"✗ 1 m 12 s · {MISSING}"
