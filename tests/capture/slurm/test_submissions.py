"""What the shim left in the spool becomes a submission."""

import json
from pathlib import Path
from typing import Any

import pytest

from journal.capture.slurm.submissions import arguments, events_of, printed_id
from journal.facts import ChangedFile
from journal.spool import Record

_FIELDS = {
    "source": "slurm",
    "event": "sbatch",
    "cwd": "/home/u/p/exp",
    "root": "/home/u/p",
    "host": "login1",
    "head": "ref: refs/heads/bf16",
    "sha": "a" * 40,
    "base": "a" * 40,
    "snapshot": "b" * 40,
    "session": "5a1e",
    "output": "Submitted batch job 12",
}


def _submission(body: str = "train.sh", **fields: str) -> dict[str, Any]:
    record = Record(Path("x"), 1795489277.5, {**_FIELDS, **fields}, body)
    changed: list[ChangedFile] = [{"path": "sched.py", "added": 1, "removed": 0}]
    (event,) = events_of(record, "p", lambda _base, _snapshot: changed)
    assert event.kind == "submission"
    assert event.at == "2026-11-24T03:01:17.500Z"
    found: dict[str, Any] = json.loads(event.data)
    return found


def test_a_record_tells_which_code_was_submitted() -> None:
    fact = _submission()
    assert (fact["job_id"], fact["branch"], fact["commit"], fact["snapshot"]) == ("12", "bf16", "a" * 40, "b" * 40)
    assert fact["argv"] == ["train.sh"]
    assert fact["session"] == "5a1e"
    assert fact["changed"] == [{"path": "sched.py", "added": 1, "removed": 0}]


@pytest.mark.parametrize(
    ("output", "found"),
    [
        ("Submitted batch job 12", ("12", None)),
        ("Submitted batch job 12 on cluster other", ("12", "other")),
        ("12", ("12", None)),
        ("12;other", ("12", "other")),
        ("", (None, None)),
        ("sbatch: 3 errors", (None, None)),
    ],
)
def test_sbatch_prints_its_number_in_several_ways(output: str, found: tuple[str | None, str | None]) -> None:
    assert printed_id(output) == found


def test_arguments_hold_newlines_and_backslashes() -> None:
    assert arguments("--wrap\necho 1\\necho \\\\n 2\n--x") == ["--wrap", "echo 1\necho \\n 2", "--x"]
    assert arguments("") == []


def test_without_a_snapshot_the_record_says_why() -> None:
    fact = _submission(snapshot="", base="", problem="the repository is read-only")
    assert (fact["snapshot"], fact["snapshot_at"], fact["changed"]) == (None, None, None)
    assert fact["problem"] == "the repository is read-only"
    assert fact["commit"] == "a" * 40


def test_a_record_of_something_else_tells_nothing() -> None:
    assert events_of(Record(Path("x"), 0, {**_FIELDS, "event": "scancel"}, ""), "p", lambda _a, _b: None) == []
