"""What sacct prints becomes attempts, whatever people call their jobs."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journal.capture.slurm.accounting import FIELDS, attempts, parse_rows
from journal.facts import AttemptFact

_DELIMITER = "\x1f0123456789ab\x1f"
_NOW = "2026-11-24T03:00:00.000Z"
_DEFAULTS = {
    "Cluster": "lab",
    "State": "COMPLETED",
    "Submit": "1795489277",
    "Start": "1795489280",
    "End": "1795489290",
    "ElapsedRaw": "10",
    "ExitCode": "0:0",
    "DerivedExitCode": "0:0",
    "JobName": "train",
    "WorkDir": "/home/u/p",
    "SubmitLine": "sbatch train.sh",
}


def row(job_id: str, fields: Sequence[str] = FIELDS, **values: str) -> str:
    """One line of sacct; a raw id that is not given is the id without its task."""
    known = {**_DEFAULTS, "JobID": job_id, "JobIDRaw": job_id.partition("_")[0], **values}
    return "".join(known.get(field, "") + _DELIMITER for field in fields) + "\n"


def read(text: str, fields: Sequence[str] = FIELDS, chunk: int = 1 << 20) -> tuple[list[AttemptFact], Counter[str]]:
    """The attempts in what sacct printed, and what was skipped."""
    skipped: Counter[str] = Counter()
    chunks = (text.encode()[start : start + chunk] for start in range(0, len(text.encode()), chunk))
    rows = parse_rows(chunks, fields, _DELIMITER, skipped)
    return list(attempts(rows, _NOW, skipped)), skipped


def test_a_job_and_its_steps_are_one_attempt() -> None:
    text = (
        row("12", State="COMPLETED", DerivedExitCode="0:125", ReqTRES="cpu=1,gres/gpu=2,mem=50M")
        + row("12.batch", JobName="batch", MaxRSS="100K")
        + row("12.0", JobName="python", State="OUT_OF_MEMORY", ExitCode="0:125", MaxRSS="50M")
    )
    (fact,), skipped = read(text)
    assert not skipped
    assert (fact["state"], fact["exit_code"], fact["derived_signal"], fact["gpus"]) == ("COMPLETED", 0, 125, 2)
    assert fact["memory"] == 50 << 20
    steps = fact["steps"]
    assert [(step["id"], step["state"]) for step in steps] == [("batch", "COMPLETED"), ("0", "OUT_OF_MEMORY")]
    assert steps[1]["name"] == "python"
    assert steps[1]["max_rss"] == 50 << 20


def test_tries_of_one_number_keep_their_own_steps() -> None:
    text = (
        row("2", State="REQUEUED")
        + row("2.batch", State="CANCELLED")
        + row("2", Submit="1795489300", State="RUNNING", End="Unknown")
        + row("2.batch", State="RUNNING", End="Unknown")
    )
    (first, second), _ = read(text)
    assert (first["state"], first["steps"][0]["state"]) == ("REQUEUED", "CANCELLED")
    assert second["state"] == "RUNNING"
    assert "steps" not in second


def test_while_a_job_runs_what_grows_is_left_out() -> None:
    running = {"State": "RUNNING", "End": "Unknown"}
    (one,), _ = read(row("12", ElapsedRaw="5", TotalCPU="00:01", **running))
    (other,), _ = read(row("12", ElapsedRaw="65", TotalCPU="01:01", **running))
    assert one == other
    assert one["seen_at"] == _NOW


def test_a_step_that_died_is_told_while_its_job_runs() -> None:
    text = row("12", State="RUNNING", End="Unknown") + row("12.0", State="OUT_OF_MEMORY") + row("12.1", State="RUNNING")
    (fact,), _ = read(text)
    assert [step["id"] for step in fact["steps"]] == ["0"]


def test_who_cancelled_is_kept_apart_from_the_state() -> None:
    (fact,), _ = read(row("12", State="CANCELLED by 1000"))
    assert (fact["state"], fact["by"]) == ("CANCELLED", 1000)


@pytest.mark.parametrize(("reason", "kept"), [("DependencyNeverSatisfied", True), ("Priority", False)])
def test_why_a_job_waits_is_kept_where_it_will_not_change_by_itself(reason: str, kept: bool) -> None:
    (fact,), _ = read(row("12", State="PENDING", Start="Unknown", End="Unknown", Reason=reason))
    assert (fact.get("reason") == reason) is kept
    assert "started_at" not in fact


def test_a_half_written_row_says_so() -> None:
    (fact,), _ = read(row("12", JobName="allocation", WorkDir="", SubmitLine=""))
    assert fact["torn"]


def test_array_tasks_and_components_have_the_number_that_was_printed() -> None:
    text = row("12_[3-9%2]", JobIDRaw="12", State="PENDING") + row("12_1", JobIDRaw="14") + row("20+1", JobIDRaw="21")
    facts, _ = read(text)
    assert [(fact["job_id"], fact["raw_id"]) for fact in facts] == [("12", "12"), ("12", "14"), ("20", "21")]
    assert [fact.get("task") for fact in facts] == ["3-9%2", "1", None]
    assert facts[2]["component"] == 1


def test_what_cannot_be_understood_is_counted() -> None:
    text = row("twelve") + row("12", Submit="Unknown") + row("13.batch")
    facts, skipped = read(text)
    assert not facts
    assert sum(skipped.values()) == 3


@pytest.mark.parametrize("words", ["Slurm is under maintenance\n", f"13{_DELIMITER}lab"])
def test_what_is_no_row_is_counted(words: str) -> None:
    facts, skipped = read(row("12") + words)
    assert [fact["job_id"] for fact in facts] == ["12"]
    assert skipped == {"rows of sacct that could not be understood": 1}
    assert read(row("12") + "\n") == read(row("12"))


def test_of_very_many_steps_those_that_failed_are_kept() -> None:
    steps = "".join(row(f"12.{number}", State="FAILED" if number == 700 else "COMPLETED") for number in range(1000))
    (fact,), _ = read(row("12") + steps)
    assert len(fact["steps"]) == 200
    assert "FAILED" in {step["state"] for step in fact["steps"]}


def test_an_older_slurm_knows_fewer_fields() -> None:
    fields = [field for field in FIELDS if field not in ("FailedNode", "StdOut", "StdErr", "Restarts", "SubmitLine")]
    (fact,), _ = read(row("12", fields), fields)
    assert "stdout" not in fact


_odd = st.text(alphabet=st.sampled_from("ab|\t\n\r\x1f\x1b'\"\\é "), min_size=1, max_size=12)


@given(_odd, _odd, _odd)
def test_names_may_hold_anything(name: str, comment: str, line: str) -> None:
    texts: dict[str, Any] = {"JobName": name, "Comment": comment, "SubmitLine": line}
    facts, skipped = read(row("12", **texts) + row("13", **texts), chunk=7)
    assert not skipped
    assert [fact["raw_id"] for fact in facts] == ["12", "13"]
    assert {(fact["name"], fact["comment"], fact["submit_line"]) for fact in facts} == {(name, comment, line)}


@given(st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=8)))
def test_no_value_is_too_odd(values: dict[str, str]) -> None:
    known = {name: value.replace("\x1f", "") for name, value in values.items()}
    known.pop("JobID", None)
    read(row("12", **known))
