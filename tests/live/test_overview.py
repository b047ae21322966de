"""What the screen tells of, from the store."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from journal.capture.slurm.inquiry import INSTALLED, PATIENCE, PURSE
from journal.capture.slurm.source import NAME as SLURM
from journal.events import Batch, Event
from journal.ingest.running_logs import follow_running
from journal.live.overview import Known, SlurmCalls, read_overview
from journal.moments import from_epoch
from journal.paths import store_file
from journal.store.database import open_store
from journal.store.event_log import POLLER, append_batch
from tests.store.stories import PROJECT, WRITER, at, attempt, commit, job, log, note, usage

NOW = datetime(2026, 11, 12, 20, 0, tzinfo=UTC)


@pytest.fixture
def store() -> Iterator[sqlite3.Connection]:
    """An empty store."""
    with closing(open_store(store_file())) as connection:
        yield connection


def tell(store: sqlite3.Connection, *events: Event) -> None:
    append_batch(store, WRITER, "test", Batch(list(events), {}, {}))


def failed(number: str, minute: int, **more: object) -> list[Event]:
    """A job that failed."""
    return [
        job(number, minute),
        attempt(number, "FAILED", minute, started_at=at(minute), ended_at=at(minute + 1), elapsed_s=60, **more),
    ]


def test_jobs_stand_where_they_belong(store: sqlite3.Connection) -> None:
    tell(store, job("1", 600), attempt("1", "RUNNING", 600, started_at=at(601)))
    tell(store, job("2", 610), attempt("2", "PENDING", 610, reason="Priority"))
    tell(store, *failed("3", 620), *failed("4", 630))
    old = from_epoch((NOW - timedelta(days=2)).timestamp())
    tell(store, job("5", 1), attempt("5", "COMPLETED", 1, started_at=old, ended_at=old))
    other = (job("6", 640), attempt("6", "RUNNING", 640, started_at=at(641)))
    tell(store, *(event._replace(project="q" * 32) for event in other))
    seen = read_overview(store, PROJECT, NOW, 4)
    told = {group: [each.job.job_id for each in getattr(seen, group)] for group in ("running", "queued", "ended")}
    assert told == {"running": ["1"], "queued": ["2"], "ended": ["4", "3"]}
    everywhere = read_overview(store, None, NOW, 4)
    assert [each.job.job_id for each in everywhere.running] == ["6", "1"]
    assert everywhere.name is None


def test_a_job_that_was_requeued_is_told_once(store: sqlite3.Connection) -> None:
    tell(store, job("1", 600), attempt("1", "NODE_FAIL", 600, started_at=at(601), ended_at=at(605)))
    tell(store, attempt("1", "RUNNING", 606, started_at=at(607), first_submitted_at=at(600)))
    seen = read_overview(store, PROJECT, NOW, 4)
    assert [each.job.job_id for each in seen.running] == ["1"]
    assert seen.ended == ()


def test_what_a_log_says_of_a_job_that_runs(store: sqlite3.Connection, tmp_path: Path) -> None:
    path = tmp_path / "slurm-1.out"
    path.write_text("step 3/10 | loss 0.5\n")
    tell(store, job("1", 600), attempt("1", "RUNNING", 600, started_at=at(601), stdout=str(path)))
    before = read_overview(store, PROJECT, NOW, 4)
    assert before.running[0].progress is None
    follow_running(store, NOW.timestamp())
    seen = read_overview(store, PROJECT, NOW, 4, before)
    progress = seen.running[0].progress
    assert progress is not None
    assert (progress.step, progress.total_steps, dict(progress.metrics)) == (3, 10, {"loss": 0.5})
    assert seen.running[0].written_at == pytest.approx(path.stat().st_mtime)


def test_why_one_that_ended_did_and_whether_that_is_known(store: sqlite3.Connection) -> None:
    tell(store, *failed("1", 600), log("1", minute=600))
    ended = read_overview(store, PROJECT, NOW, 4).ended[0]
    assert ended.log is not None
    assert ended.log["label"] == "missing_module"
    assert ended.known is None  # seen in no other job
    tell(store, *failed("2", 610), log("2", minute=610))
    second, first = read_overview(store, PROJECT, NOW, 4).ended
    assert first.known == second.known == Known("G1", None, "try: Install it in the environment that the job uses.")


def test_today(store: sqlite3.Connection) -> None:
    tell(store, commit(1), note("a thought"), usage("m", "s", 500), *failed("1", 600, gpus=4))
    seen = read_overview(store, PROJECT, NOW, 4)
    assert (seen.today.commits, seen.today.notes, seen.jobs_today, seen.tokens) == (1, 1, 1, 503)
    assert seen.gpu_hours == pytest.approx(4 / 60)
    tomorrow = read_overview(store, PROJECT, NOW + timedelta(days=1), 4, seen)
    assert (tomorrow.today.commits, tomorrow.jobs_today, tomorrow.tokens) == (0, 0, 0)


def test_where_no_event_came_the_same_is_told(store: sqlite3.Connection) -> None:
    tell(store, *failed("1", 600))
    seen = read_overview(store, PROJECT, NOW, 4)
    assert read_overview(store, PROJECT, NOW, 4, seen) == seen
    assert read_overview(store, PROJECT, NOW, 4, seen).ended is seen.ended
    tell(store, *failed("2", 610))
    assert [each.job.job_id for each in read_overview(store, PROJECT, NOW, 4, seen).ended] == ["2", "1"]


def test_calls_of_slurm(store: sqlite3.Connection) -> None:
    assert read_overview(store, PROJECT, NOW, 4).slurm is None
    purse = {"calls": 3.0, "at": NOW.timestamp() - 60, "asked_at": 0.0, "day": "2026-11-12", "made": 31}
    known = {PURSE: purse, INSTALLED: {"cluster": "lab"}, PATIENCE: {"accounting": [2, 9.0], "controller": [0, 0.0]}}
    append_batch(store, POLLER, SLURM, Batch([], known, {}))
    assert read_overview(store, PROJECT, NOW, 4).slurm == SlurmCalls("lab", 31, 7, 20, ("sacct",))
    later = NOW + timedelta(days=1)
    slurm = read_overview(store, PROJECT, later, 4).slurm
    assert slurm is not None
    assert (slurm.today, slurm.in_hand) == (0, 20)
