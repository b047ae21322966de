"""What real Slurms said of every end state, as outcome and cause, against a file that a person read and found right.

After a wanted change: `python -m tests.derive.test_recorded_outcomes` writes the file anew; read it before you commit.
"""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from journal.capture.slurm.accounting import FIELDS, attempts, parse_rows
from journal.derive.job_outcome import BAD_OUTCOMES, job_outcome
from journal.derive.job_usage import job_usage
from journal.facts import AttemptFact
from tests.environment import PROJECT

RECORDINGS = sorted((PROJECT / "tests/fixtures/slurm").iterdir())
GOLDEN = Path(__file__).parent / "recorded_outcomes.golden.txt"
NOW = "2026-11-24T12:00:00.000Z"


def recorded(recording: Path, name: str) -> dict[str, list[AttemptFact]]:
    """Job → its attempts, of one way to end."""
    fields = (recording / "format").read_text().strip().split(",")
    rows = (dict(zip(fields, line.split("\x1f"), strict=True)) for line in _lines(recording / f"{name}.txt"))
    output = "".join(f"{row.get(field, '')}\x1f" for row in rows for field in FIELDS)
    jobs: dict[str, list[AttemptFact]] = {}
    for fact in attempts(parse_rows([output.encode()], FIELDS, "\x1f", Counter()), NOW, Counter()):
        jobs.setdefault(fact["job_id"], []).append(fact)
    return jobs


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").removesuffix("\n").split("\n")


def told(recording: Path) -> Iterator[str]:
    """A line for each recorded job; numbers of jobs and users differ between recordings and are left out."""
    made = json.loads((recording / "made.json").read_bytes())
    yield f"Slurm {recording.name}"
    for name in sorted(made.keys() - {"nasty"}):
        for facts in recorded(recording, name).values():
            found = job_outcome(facts, own_uid=0)
            counts = f" {dict(found.counts)}" if found.tasks > 1 else ""
            tries = f" ({found.tries} tries)" if found.tries > 1 else ""
            yield f"  {name}: {found.state} is {found.outcome}{tries}{counts}: {found.cause}"


def test_every_recorded_end_is_told_rightly() -> None:
    assert [line for recording in RECORDINGS for line in told(recording)] == GOLDEN.read_text().splitlines()


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.name)
def test_what_was_made_to_fail_is_told_to_have_failed(recording: Path) -> None:
    for name, outcome in (
        ("failed", "failed"), ("failed_by_signal", "failed"), ("failed_in_step", "failed"), ("timed_out", "timeout"),
        ("out_of_memory", "out of memory"), ("hidden_out_of_memory", "out of memory"), ("array", "failed"),
        ("missed_deadline", "deadline"), ("node_failed", "node failure"), ("parallel_steps", "failed"),
    ):  # fmt: skip
        outcomes = {job_outcome(facts).outcome for facts in recorded(recording, name).values()}
        assert outcome in outcomes, name
    for name in ("completed", "cancelled", "preempted", "preempted_and_requeued", "requeued", "suspended"):
        outcomes = {job_outcome(facts).outcome for facts in recorded(recording, name).values()}
        assert not outcomes & set(BAD_OUTCOMES), name


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.name)
def test_usage_of_recorded_jobs_is_possible(recording: Path) -> None:
    for name in json.loads((recording / "made.json").read_bytes()).keys() - {"nasty"}:
        for facts in recorded(recording, name).values():
            usage = job_usage(facts)
            assert usage.elapsed_s is None or 0 <= usage.elapsed_s < 600, name
            assert usage.wait_s is None or usage.wait_s < 600, name


if __name__ == "__main__":
    GOLDEN.write_text("".join(f"{line}\n" for recording in RECORDINGS for line in told(recording)), encoding="utf-8")
