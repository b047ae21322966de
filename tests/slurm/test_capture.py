"""What is captured of real jobs is what sacct says of them: every end state, every try, every step."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from journal.capture.slurm.situation import Known, Owner, Situation
from journal.capture.slurm.source import NAME, read_slurm
from journal.ingest.jobs import POLLER, store_told
from journal.store.database import open_store
from journal.store.event_log import cursors, stored_events
from journal.store.rebuild import rebuild
from tests.slurm.cluster import Cluster, until
from tests.slurm.states import Made

OWNER = Owner("p" * 32, "w" * 16)


def cycle(store: sqlite3.Connection, jobs: list[str], now: float) -> dict[str, int]:
    """Asks once for all that is new of some jobs, which are known to be ours; returns what was skipped."""
    here = Situation(
        now=now,
        per_minute=60,
        asked_for=True,
        homes=(),
        submitted=[
            job for job in jobs if not store.execute("SELECT 1 FROM attempt WHERE job_id = ?", (job,)).fetchone()
        ],
        known=lambda _cluster, job_id, _at: Known(OWNER, None) if job_id in jobs else None,
    )
    skipped: dict[str, int] = {}
    for told in list(read_slurm(cursors(store, POLLER, NAME), here)):
        store_told(store, told)
        skipped |= {reason: count for reason, count in told.batch.skipped.items() if count}
    return skipped


def rows(store: sqlite3.Connection) -> list[dict[str, Any]]:
    """The attempts, in order, with the JobID that sacct has for each."""
    found = [event.data for event in stored_events(store, "WHERE id IN (SELECT event FROM attempt) ORDER BY seq", ())]
    return sorted(found, key=lambda fact: fact["submitted_at"])


def name_of(fact: Mapping[str, Any]) -> str:
    """12, 12_7, 12_[3-9%2], 12+1."""
    task, component = fact.get("task"), fact.get("component")
    if task is not None:
        return f"{fact['job_id']}_{task}" if task.isdecimal() else f"{fact['job_id']}_[{task}]"
    return f"{fact['job_id']}+{component}" if component is not None else str(fact["job_id"])


def differences(made: Mapping[str, Made], facts: list[dict[str, Any]]) -> list[str]:
    """Where the attempts do not say what was made."""
    states: dict[str, list[str]] = {}
    codes: dict[str, str] = {}
    for fact in facts:
        states.setdefault(name_of(fact), []).append(fact["state"])
        codes[name_of(fact)] = f"{fact.get('exit_code', 0)}:{fact.get('signal', 0)}"
        for step in fact.get("steps", ()):
            states[f"{name_of(fact)}.{step['id']}"] = [step["state"]]
            codes[f"{name_of(fact)}.{step['id']}"] = f"{step.get('exit_code', 0)}:{step.get('signal', 0)}"
    found: list[str] = []
    for name, one in made.items():
        for job, wanted in one.states.items():
            if tuple(states.get(job, ())) != tuple(wanted):
                found.append(f"{name}: {job} is {states.get(job)}, not {wanted}")
        for job, code in one.exit_codes.items():
            if codes.get(job) != code:
                found.append(f"{name}: {job} ended with {codes.get(job)}, not {code}")
    return found


@pytest.mark.slow
def test_every_end_state_is_captured_as_sacct_tells_it(
    slurm: Cluster, end_states: Mapping[str, Made], tmp_path: Path
) -> None:
    jobs = [job for one in end_states.values() for job in one.jobs]
    now = float(slurm.run("date", "+%s"))
    with closing(open_store(tmp_path / "journal.sqlite3")) as store:
        cycle(store, jobs, now)
        cycle(store, jobs, now + 1)  # what no window shows is asked for by its number
        assert differences(end_states, rows(store)) == []
        before = store.execute("SELECT count(*), max(seq) FROM event").fetchone()
        cycle(store, jobs, now + 2)
        assert store.execute("SELECT count(*), max(seq) FROM event").fetchone() == before
        tables = [store.execute(f"SELECT * FROM {table}").fetchall() for table in ("attempt", "job")]  # noqa: S608
        rebuild(store)
        assert [store.execute(f"SELECT * FROM {table}").fetchall() for table in ("attempt", "job")] == tables  # noqa: S608
        requeued = end_states["requeued"].jobs[0]
        assert store.execute("SELECT count(*) FROM job WHERE job_id = ?", (requeued,)).fetchone() == (1,)


def test_names_that_hold_separators_are_kept_whole(slurm: Cluster, tmp_path: Path) -> None:
    name, comment = "we|ird\tna\nme\x1f'", "a\nb|c\x1f"
    job = slurm.submit("-J", name, "--comment", comment, "--wrap", "true")
    slurm.settled(job)
    with closing(open_store(tmp_path / "journal.sqlite3")) as store:
        cycle(store, [job], float(slurm.run("date", "+%s")))
        (fact,) = [fact for fact in rows(store) if fact["job_id"] == job]
    assert (fact["name"], fact["comment"]) == (name, comment)


def test_a_job_is_followed_from_hold_to_end(slurm: Cluster, tmp_path: Path) -> None:
    job = slurm.submit("--hold", "--wrap", "sleep 1")
    with closing(open_store(tmp_path / "journal.sqlite3")) as store:
        told: list[str] = []

        def state() -> str:
            cycle(store, [job], float(slurm.run("date", "+%s")))
            row = store.execute("SELECT state FROM attempt WHERE job_id = ?", (job,)).fetchone()
            told.append(row[0] if row else "")
            return told[-1]

        until(lambda: state() == "PENDING", 30, lambda: f"{job} was {told}")
        slurm.scontrol("release", job)
        until(lambda: state() == "COMPLETED", 60, lambda: f"{job} was {told}", pause=0.5)
        events = store.execute("SELECT kind FROM event WHERE kind = 'job'").fetchall()
        output = store.execute("SELECT data ->> 'stdout' FROM attempt WHERE job_id = ?", (job,)).fetchone()[0]
    assert events == [("job",)]
    assert output == f"{tmp_path}/slurm-{job}.out"
