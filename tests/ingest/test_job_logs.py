"""Reading the logs of jobs in a capture, with a store and jobs as the scheduler would tell of them."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from journal.derive.job_outcome import job_outcome
from journal.derive.job_words import whole_cause
from journal.ingest import awaited_logs, ended_logs, running_logs
from journal.ingest.job_logs import Read, follow_logs
from journal.store.job_queries import find_job
from journal.store.log_queries import FILES, LiveLog, cursors_of, live_log
from tests.job_lab import Lab

MISSING = "ModuleNotFoundError: No module named 'einops'"
TRACEBACK = (
    f'Traceback (most recent call last):\n  File "train.py", line 3, in <module>\n    import einops\n{MISSING}\n'
)


def steps(first: int, last: int) -> str:
    return "".join(f"step {step}/1000 loss {2 / step:.4f}\n" for step in range(first, last + 1))


class Logs:
    """The lab's jobs, their logs, and what captures make of them."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab

    def path(self, number: str) -> Path:
        return self.lab.repo.path / f"slurm-{number}.out"

    def write(self, number: str, text: str) -> Path:
        with self.path(number).open("a", encoding="utf-8") as file:
            file.write(text)
        return self.path(number)

    def submitted(self, number: str, submitted: float = -600) -> None:
        self.lab.job(number, submitted)

    def runs(self, number: str, submitted: float = -600, **more: Any) -> None:
        self.lab.attempt(number, "RUNNING", submitted, started_at=submitted + 10, limit_s=7200, **more)

    def ended(
        self, number: str, state: str = "FAILED", submitted: float = -600, ended: float = -20, **more: Any
    ) -> None:
        more.setdefault("exit_code", int(state == "FAILED"))
        more.setdefault("started_at", submitted + 10)
        self.lab.attempt(number, state, submitted, ended_at=ended, **more)

    def capture(self, later: float = 0.0) -> Read:
        return follow_logs(self.lab.connection, self.lab.at(later))

    def live(self, number: str) -> LiveLog:
        found = find_job(self.lab.connection, number, None)
        assert found is not None
        told = live_log(self.lab.connection, found.job.attempts[-1])
        assert told is not None
        return told

    def facts(self) -> list[dict[str, Any]]:
        rows = self.lab.connection.execute("SELECT data FROM event WHERE kind = 'log' ORDER BY seq").fetchall()
        return [json.loads(data) for (data,) in rows]

    def cause(self, number: str) -> tuple[str, str | None]:
        found = find_job(self.lab.connection, number, None)
        assert found is not None
        outcome = job_outcome(found.job.attempts)
        return outcome.outcome, whole_cause(outcome)

    def cursors(self) -> set[str]:
        rows = self.lab.connection.execute("SELECT name FROM cursor WHERE source = 'log'").fetchall()
        return {name for (name,) in rows} - {"reached"}


@pytest.fixture
def logs(lab: Lab) -> Logs:
    return Logs(lab)


def test_a_job_is_followed_while_it_runs_and_told_of_when_it_ended(logs: Logs) -> None:
    logs.submitted("7")
    logs.write("7", steps(1, 100))
    logs.runs("7")
    assert logs.capture().kinds == {}
    assert (logs.live("7").progress.step, logs.live("7").progress.total_steps) == (100, 1000)
    logs.write("7", steps(101, 200))
    logs.capture(10)
    assert logs.live("7").progress.step == 200
    assert logs.live("7").paths == (str(logs.path("7")),)
    before = logs.lab.connection.total_changes
    logs.capture(20)
    assert logs.lab.connection.total_changes == before  # nothing new: nothing written
    logs.write("7", steps(201, 1000) + "Training completed")
    logs.ended("7", "COMPLETED")
    assert logs.capture(30).kinds == {"log": 1}
    (fact,) = logs.facts()
    assert (fact["label"], fact["progress"]["step"], fact["path"]) == ("ok", 1000, str(logs.path("7")))
    assert fact["loss"][0] == [1, 2.0]
    assert fact["loss"][-1] == [1000, 0.002]
    assert logs.cursors() == set()
    assert logs.capture(40).kinds == {}


def test_what_another_journal_left_in_another_form_is_begun_anew(logs: Logs) -> None:
    logs.submitted("7")
    logs.write("7", steps(1, 5))
    logs.runs("7")
    logs.capture()
    other = json.dumps({"state": {"ledger": [1], "lines": []}, "progress": {"steps": 5}})
    logs.lab.connection.execute("UPDATE cursor SET value = ? WHERE name LIKE 'progress:%'", (other,))
    assert logs.live("7").progress.step is None
    logs.write("7", steps(6, 9))
    logs.capture(60)
    assert logs.live("7").progress.step == 9


def test_only_what_was_added_is_read(logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    logs.submitted("7")
    logs.write("7", steps(1, 2000))
    logs.runs("7")
    logs.capture()
    read: list[int] = []
    follow = running_logs.follow

    def counting(*arguments: Any, **more: Any) -> Any:
        added = follow(*arguments, **more)
        read.append(sum(len(piece.data) for piece in added.pieces) if added else 0)
        return added

    monkeypatch.setattr(running_logs, "follow", counting)
    logs.capture(10)
    logs.write("7", "step 2001/3000 loss 0.5\n")
    logs.capture(20)
    assert read == [0, 24]


def test_of_many_those_read_longest_ago_come_first(logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running_logs, "_MOST_FED", 2)
    for number in range(1, 6):
        logs.submitted(str(number), -1000 + number)
        logs.write(str(number), steps(1, 5))
        logs.runs(str(number), -1000 + number)
    for cycle in range(3):
        logs.capture(cycle)
        for number in range(1, 6):
            logs.write(str(number), steps(6 + cycle, 6 + cycle))
    assert all(logs.live(str(number)).progress.step for number in range(1, 6))


def test_a_missing_module_is_told_as_the_cause(logs: Logs) -> None:
    logs.submitted("7")
    logs.write("7", f"Loading\n{TRACEBACK}srun: error: n1: task 0: Exited with exit code 1\n")
    logs.ended("7")
    assert logs.capture().kinds == {"log": 1}
    (fact,) = logs.facts()
    assert (fact["label"], fact["signature"], fact["line"]) == ("missing_module", MISSING, 5)
    assert (fact["raw_id"], fact["try_submitted_at"]) == ("7", logs.lab.at(-600))
    assert logs.cause("7") == ("failed", MISSING)


def test_errors_in_a_file_of_their_own_are_found_there(logs: Logs) -> None:
    logs.submitted("7")
    logs.write("7", steps(1, 30))
    errors = logs.lab.repo.path / "7.err"
    errors.write_text(TRACEBACK)
    logs.ended("7", stderr=str(errors), stdout=str(logs.path("7")))
    logs.capture()
    (fact,) = logs.facts()
    assert (fact["path"], fact["line"], fact["signature"]) == (str(errors), 4, MISSING)
    assert fact["progress"]["step"] == 30


def test_of_an_array_some_tasks_are_read(logs: Logs) -> None:
    logs.submitted("7")
    for task in range(60):
        state = "FAILED" if task < 40 else "COMPLETED"
        logs.write(f"7_{task}", TRACEBACK if task < 40 else "done\n")
        logs.ended("7", state, raw_id=str(100 + task), task=str(task), ended=-100 + task)
    assert logs.capture().kinds == {"log": 21}
    assert logs.capture(10).kinds == {}
    read = {fact["task"] for fact in logs.facts()}
    assert read == {str(task) for task in range(20)} | {"40"}


def test_running_tasks_of_an_array_leave_nothing_behind(logs: Logs) -> None:
    logs.submitted("7")
    for task in range(30):
        logs.write(f"7_{task}", steps(1, 5))
        logs.runs("7", raw_id=str(100 + task), task=str(task))
    logs.capture()
    assert len(cursors_of(logs.lab.connection, FILES)) == running_logs._MOST_OF_AN_ARRAY
    for task in range(30):
        logs.ended("7", "COMPLETED", raw_id=str(100 + task), task=str(task))
    assert logs.capture(10).kinds == {"log": 1}
    assert logs.cursors() == set()


def test_what_the_next_try_wrote_over_is_told_as_it_was_followed(logs: Logs) -> None:
    logs.submitted("7")
    logs.write("7", steps(1, 50))
    logs.runs("7")
    logs.capture()
    logs.ended("7", "NODE_FAIL", ended=-100)
    logs.runs("7", submitted=-90)
    logs.path("7").write_text(steps(1, 3))
    assert logs.capture(10).kinds == {"log": 1}
    (fact,) = logs.facts()
    assert (fact["progress"]["step"], fact["path"], fact["signature"]) == (50, None, None)
    assert logs.live("7").progress.step == 3
    logs.ended("7", "COMPLETED", submitted=-90, ended=-5)
    logs.capture(20)
    assert [fact["progress"]["step"] for fact in logs.facts()] == [50, 3]


def test_a_log_that_is_not_there_is_waited_for_and_given_up(logs: Logs) -> None:
    logs.submitted("7")
    logs.ended("7")
    assert logs.capture() == ({}, {})
    assert len(logs.cursors()) == 1
    logs.write("7", TRACEBACK)
    assert logs.capture(60).kinds == {"log": 1}
    logs.submitted("8")
    logs.ended("8")
    logs.capture(100)
    assert logs.capture(2000).skipped == {"logs of jobs that cannot be read (gone)": 1}
    assert logs.cursors() == set()
    assert logs.cause("8") == ("failed", "exit code 1")


def test_a_link_out_of_the_jobs_directories_is_not_followed(logs: Logs, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(TRACEBACK)
    logs.path("7").symlink_to(secret)
    logs.submitted("7")
    logs.runs("7")
    logs.capture()
    assert "outside of its job's directory" in logs.live("7").problems[0]
    logs.ended("7")
    assert logs.capture().skipped == {"logs of jobs that cannot be read (link)": 1}
    assert logs.facts() == []


def test_a_pipe_in_place_of_a_log_holds_nobody_up(logs: Logs) -> None:
    os.mkfifo(logs.path("7"))
    logs.submitted("7")
    logs.ended("7")
    assert logs.capture().skipped == {"logs of jobs that cannot be read (no file)": 1}


def test_secrets_do_not_reach_the_store(logs: Logs) -> None:
    token = "hf_" + "AbCdEfGhIjKlMnOpQrStUvWxYz01234567"
    logs.submitted("7")
    logs.write("7", f'Traceback (most recent call last):\n  File "a.py", line 1\nValueError: bad token {token}\n')
    logs.ended("7")
    logs.capture()
    (fact,) = logs.facts()
    assert fact["signature"] == "ValueError: bad token [redacted:huggingface-token]"
    assert token not in json.dumps(fact)


def test_what_ended_long_ago_is_left(logs: Logs) -> None:
    logs.submitted("7", -90 * 86400)
    logs.write("7", TRACEBACK)
    logs.ended("7", submitted=-90 * 86400, ended=-89 * 86400)
    assert logs.capture().kinds == {}
    assert logs.cursors() == set()


def test_a_cycle_reads_so_many_logs_and_the_next_goes_on(logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ended_logs, "_MOST_AT_ONCE", 3)
    for number in range(1, 6):
        logs.submitted(str(number), -1000 + number)
        logs.write(str(number), TRACEBACK)
        state = "COMPLETED" if number == 5 else "FAILED"
        logs.ended(str(number), state, submitted=-1000 + number, ended=-100 + number)
    assert logs.capture().kinds == {"log": 3}
    assert [fact["job_id"] for fact in logs.facts()] == ["4", "3", "2"]  # those that failed, the newest first
    assert logs.capture(5).kinds == {"log": 2}


def test_only_so_many_are_taken_in_at_once(logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(awaited_logs, "_MOST_AWAITED", 2)
    for number in range(1, 5):
        logs.submitted(str(number), -1000)
        logs.write(str(number), TRACEBACK)
        logs.ended(str(number), submitted=-1000, ended=-100 + number)
    assert logs.capture().kinds == {"log": 2}
    assert logs.capture(10).kinds == {}


def test_a_job_without_output_is_let_go(logs: Logs) -> None:
    logs.lab.job("7", -600, command="srun")
    logs.ended("7")
    logs.submitted("8")
    logs.ended("8", stdout="/dev/null")
    assert logs.capture() == ({}, {})
    assert logs.cursors() == set()


def test_junk_in_a_log_does_no_harm(logs: Logs) -> None:
    logs.submitted("7")
    logs.path("7").write_bytes(bytes(range(256)) * 4000 + b"\xff\xfe" + "ä".encode()[:1] + b"\r" * 100_000)
    logs.runs("7")
    logs.capture()
    logs.ended("7", "COMPLETED")
    assert logs.capture(10).kinds == {"log": 1}
    assert logs.facts()[0]["label"] == "ok"
    json.dumps(logs.facts(), allow_nan=False)
