"""What is captured of real jobs is what sacct says of them: every end state, every try, every step."""

import os
import sqlite3
import subprocess
import time
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from journal.store.database import open_store
from journal.store.rebuild import rebuild
from tests.slurm.capturing import attempts, cycle, name_of, state
from tests.slurm.cluster import Cluster, until
from tests.slurm.states import Made


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
    now = time.time()
    with closing(open_store(tmp_path / "journal.sqlite3")) as store:
        cycle(store, jobs, now)
        cycle(store, jobs, now + 1)  # what no window shows is asked for by its number
        assert differences(end_states, attempts(store)) == []
        told = [_events(store)]
        while len(told) < 5 and told[-1:] != told[-2:-1]:  # accounting may still fill in a row
            cycle(store, jobs, now + 1 + len(told))
            told.append(_events(store))
        assert told[-1] == told[-2], "the same is told again and again"
        tables = [store.execute(f"SELECT * FROM {table}").fetchall() for table in ("attempt", "job")]  # noqa: S608
        rebuild(store)
        assert [store.execute(f"SELECT * FROM {table}").fetchall() for table in ("attempt", "job")] == tables  # noqa: S608
        requeued = end_states["requeued"].jobs[0]
        assert store.execute("SELECT count(*) FROM job WHERE job_id = ?", (requeued,)).fetchone() == (1,)


def _events(store: sqlite3.Connection) -> tuple[int, int]:
    count, last = store.execute("SELECT count(*), max(seq) FROM event").fetchone()
    return count, last


def test_names_that_hold_separators_are_kept_whole(slurm: Cluster, tmp_path: Path) -> None:
    name, comment = "we|ird\tna\nme\x1f'", "a\nb|c\x1f"
    job = slurm.submit("-J", name, "--comment", comment, "--wrap", "true")
    slurm.settled(job)
    with closing(open_store(tmp_path / "journal.sqlite3")) as store:
        cycle(store, [job], time.time())
        (fact,) = [fact for fact in attempts(store) if fact["job_id"] == job]
    assert (fact["name"], fact["comment"]) == (name, comment)


def test_a_job_is_followed_from_hold_to_end(slurm: Cluster, tmp_path: Path) -> None:
    job = slurm.submit("--hold", "--wrap", "sleep 1")
    with closing(open_store(tmp_path / "journal.sqlite3")) as store:

        def is_told(wanted: str) -> bool:
            cycle(store, [job], time.time())
            return state(store, job) == wanted

        until(lambda: is_told("PENDING"), 30, lambda: f"{job} is {state(store, job)!r}")
        slurm.scontrol("release", job)
        until(lambda: is_told("COMPLETED"), 60, lambda: f"{job} is {state(store, job)}", pause=0.5)
        events = store.execute("SELECT count(*) FROM event WHERE kind = 'job'").fetchone()
        output = store.execute("SELECT data ->> 'stdout' FROM attempt WHERE job_id = ?", (job,)).fetchone()
    assert events == (1,)
    assert output == (f"{tmp_path}/slurm-{job}.out",)


RUNNING = Path("/run/slurm-lab")


@contextmanager
def stopped(daemon: str, *start: str) -> Generator[None]:
    """One of the cluster's daemons is down while the block runs."""
    pid = int((RUNNING / f"{daemon}.pid").read_text())
    os.kill(pid, 15)
    until(lambda: not _runs(pid), 30, lambda: f"{daemon} did not stop")
    try:
        yield
    finally:
        subprocess.run(start, check=True, timeout=30)
        until(_all_answer, 60, lambda: f"{daemon} did not come back")


def _runs(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def _all_answer() -> bool:
    commands = (["scontrol", "ping"], ["sacct", "--noheader", "-X"], ["squeue"])
    return all(
        subprocess.run(command, capture_output=True, timeout=30, check=False).returncode == 0 for command in commands
    )


@pytest.mark.slow
def test_with_accounting_down_the_queue_tells(slurm_alone: Cluster, tmp_path: Path) -> None:
    with closing(open_store(tmp_path / "journal.sqlite3")) as store:
        with stopped("slurmdbd", "runuser", "-u", "slurm", "--", "/usr/sbin/slurmdbd"):
            job = slurm_alone.submit("--wrap", "exit 3")
            slurm_alone.wait_for(job)
            skipped = cycle(store, [job], time.time())
            assert any(reason.startswith("sacct") for reason in skipped)
            (fact,) = attempts(store)
            assert (fact["told_by"], fact["state"], fact["exit_code"]) == ("squeue", "FAILED", 3)
        slurm_alone.settled(job)
        cycle(store, [job], time.time())
        (fact,) = attempts(store)
        assert (fact["told_by"], fact["state"], fact["exit_code"]) == ("sacct", "FAILED", 3)
        assert fact["steps"]


@pytest.mark.slow
def test_with_the_controller_down_accounting_tells(slurm_alone: Cluster, tmp_path: Path) -> None:
    job = slurm_alone.submit("--wrap", "true")
    slurm_alone.settled(job)
    with closing(open_store(tmp_path / "journal.sqlite3")) as store, stopped("slurmctld", "/usr/sbin/slurmctld"):
        started = time.monotonic()
        cycle(store, [job], time.time())
        assert state(store, job) == "COMPLETED"
        cycle(store, [job], time.time() + 1)  # by now it is known that the queue does not answer
        assert time.monotonic() - started < 60


def test_with_neither_nothing_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for command in ("sacct", "squeue", "scontrol"):
        program = tmp_path / command
        program.write_text("#!/bin/sh\necho 'Unable to contact' >&2\nexit 1\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with closing(open_store(tmp_path / "journal.sqlite3")) as store:
        skipped = cycle(store, ["12"], time.time())
        assert len(skipped) >= 1
        assert store.execute("SELECT count(*) FROM event").fetchone() == (0,)
        assert store.execute("SELECT count(*) FROM cursor WHERE name = 'job:12'").fetchone() == (1,)
