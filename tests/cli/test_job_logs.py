"""What the commands tell of jobs' logs. What Slurm told is made up: tests/slurm asks a real one."""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Journal, clear_error
from tests.cli.test_jobs import ran, tell
from tests.git_repo import GitRepo
from tests.store import stories

pytestmark = pytest.mark.usefixtures("by_hand")

MISSING = stories.MISSING
TRACEBACK = (
    f'Traceback (most recent call last):\n  File "train.py", line 3, in <module>\n    import einops\n{MISSING}\n'
)
PROGRESS = {"step", "total_steps", "epoch", "total_epochs", "metrics", "throughput", "eta_s", "done"}
DIAGNOSIS = {
    "label", "signature", "line", "fingerprint", "component", "explanation", "advice", "seen_before", "progress",
}  # fmt: skip


def steps(first: int, last: int) -> str:
    return "".join(f"step {step}/1000 loss {2 / step:.4f}\n" for step in range(first, last + 1))


def submitted(number: str, minute: int, repo: GitRepo) -> Any:
    return stories.job(number, minute, work_dir=str(repo.path))


def attempt(number: str, state: str, minute: int, repo: GitRepo, **more: Any) -> Any:
    return stories.attempt(number, state, minute, work_dir=str(repo.path), **more)


@pytest.fixture
def lab(repo: GitRepo, journal: Journal) -> GitRepo:
    """Jobs of a repository: one runs, one lacked a module, one went well, an array of which tasks failed, one waits."""
    repo.commit("Train a model", **{"train.py": "print('loss')\n"})
    journal("init", ok=True)
    files = {"1": steps(1, 300), "2": TRACEBACK, "3": steps(1, 1000), "4_0": "", "4_1": TRACEBACK, "4_2": TRACEBACK}
    for name, text in files.items():
        repo.write(f"slurm-{name}.out", text)
    done = {
        "progress": {"step": 1000, "total_steps": 1000, "metrics": {"loss": 0.002}},
        "loss": [[1, 2.0], [1000, 0.002]],
    }
    tell(
        submitted("1", 0, repo), attempt("1", "RUNNING", 0, repo, started_at=stories.at(1)),
        submitted("2", 10, repo), attempt("2", "FAILED", 10, repo, **ran(11, 12), exit_code=1),
        stories.log("2", minute=10),
        submitted("3", 20, repo), attempt("3", "COMPLETED", 20, repo, **ran(21, 32), exit_code=0),
        stories.log("3", "ok", 20, **done),
        submitted("4", 40, repo),
        *(
            attempt("4", "FAILED" if task else "COMPLETED", 40, repo, raw_id=str(40 + task), task=str(task),
                    exit_code=int(task > 0), **ran(41, 42))
            for task in range(4)
        ),
        *(
            stories.log("4", minute=40, raw_id=str(40 + task), task=str(task)) for task in (1, 2)
        ),
        submitted("5", 50, repo), attempt("5", "PENDING", 50, repo),
        stories.job("6", 60, command="srun"), attempt("6", "FAILED", 60, repo, **ran(61, 62), exit_code=1),
    )  # fmt: skip
    journal("capture", ok=True)
    return repo


def test_jobs_tell_how_far_they_are_and_why_they_failed(lab: GitRepo, journal: Journal) -> None:
    told = {job["job_id"]: job for job in journal.json("jobs")}
    running = told["1"]["progress"]
    assert set(running) >= PROGRESS
    assert (running["step"], running["total_steps"], running["metrics"]["loss"]) == (300, 1000, pytest.approx(0.0067))
    assert "outlook" in running
    assert (told["2"]["cause"], told["2"]["log"]["label"]) == (MISSING, "missing_module")
    assert told["3"]["progress"]["step"] == 1000
    assert told["4"]["cause"] == f"{MISSING} (2 of them; 1 other cause)"
    assert told["5"]["progress"] is None
    lines = {line.split()[0]: line for line in journal("jobs", env={"COLUMNS": "200"}).out.splitlines()}
    assert "30 % · step 300 of 1,000 · loss 0.0067 ↓" in lines["1"]
    assert MISSING in lines["2"]
    assert "step 1,000 of 1,000 · loss 2 → 0.002" in lines["3"]


def test_one_job_and_the_status(lab: GitRepo, journal: Journal) -> None:
    wide = {"COLUMNS": "200"}
    assert "progress  30 % · step 300 of 1,000" in journal("job", "1", env=wide).out
    failed = journal("job", "2", env=wide).out
    assert f"result    ✗ failed: {MISSING}" in failed
    assert "(line 12) → journal diagnose 2" in failed
    assert "came to   step 1,000 of 1,000 · loss 2 → 0.002" in journal("job", "3", env=wide).out
    (lab.path / "slurm-1.out").unlink()
    journal("capture", ok=True)
    assert "is not there" in journal("job", "1", env=wide).out
    status = journal.json("status")["jobs"]
    assert [job["progress"]["step"] for job in status["running"]] == [300]


def test_the_diary_tells_what_the_log_said(lab: GitRepo, journal: Journal) -> None:
    journal("docs", ok=True)
    scratch = (lab.path / "SCRATCH.md").read_text()
    assert "No module named 'einops'" in scratch
    assert "loss 2 → 0.002" in scratch
    assert "step 300" not in scratch  # what changes by the second is no part of a document
    journal("docs", ok=True)
    assert (lab.path / "SCRATCH.md").read_text() == scratch


def test_a_failed_job_is_diagnosed(lab: GitRepo, journal: Journal) -> None:
    told = journal.json("diagnose", "2")
    assert set(told) >= DIAGNOSIS
    assert (told["label"], told["signature"], told["line"]) == ("missing_module", MISSING, 4)
    assert (told["job_id"], told["path"]) == ("2", str(lab.path / "slurm-2.out"))
    words = journal("diagnose", "2").out
    assert words.startswith("missing module · python (line 4)\n")
    assert f"log    {lab.path}/slurm-2.out" in words
    (lab.path / "slurm-2.out").unlink()
    kept = journal.json("diagnose", "2")
    assert (kept["label"], kept["line"]) == ("missing_module", 12)
    assert "this is what was read of it when the job had ended" in kept["notes"][0]


def test_a_running_job_is_diagnosed_as_it_is_now(lab: GitRepo, journal: Journal) -> None:
    lab.write("slurm-1.out", steps(1, 420))
    told = journal.json("diagnose", "1")
    assert (told["label"], told["progress"]["step"]) == ("ok", 420)
    assert "at     42 % · step 420 of 1,000" in journal("diagnose", "1").out


def test_an_array_is_diagnosed_by_its_first_failed_task(lab: GitRepo, journal: Journal) -> None:
    told = journal.json("diagnose", "4")
    assert (told["job_id"], told["label"]) == ("4_1", "missing_module")
    assert told["notes"] == ["2 other tasks failed: 2, 3", "1 of those the same way"]
    assert journal.json("diagnose", "4_2")["path"] == str(lab.path / "slurm-4_2.out")
    assert journal.json("diagnose", "4_0")["label"] == "ok"
    assert "is empty" in journal("diagnose", "4_0").out


def test_what_cannot_be_diagnosed_is_told_in_words(lab: GitRepo, journal: Journal, tmp_path: Path) -> None:
    clear_error(journal("diagnose", "5"), "job 5 has not started")
    clear_error(journal("diagnose", "6"), "where job 6 writes is not known")
    clear_error(journal("diagnose", "4_3"), "slurm-4_3.out is not there")
    clear_error(journal("diagnose", "4_9"), "no task 9")
    clear_error(journal("diagnose", "77"), "neither a file nor a job called '77'")
    clear_error(journal("diagnose", "none.out"), "none.out is not there")
    clear_error(journal("diagnose", str(tmp_path)), "is a directory")
    log = lab.path / "slurm-2.out"
    log.unlink()
    os.mkfifo(log)
    clear_error(journal("diagnose", str(log)), "is a pipe")
    log.unlink()
    (tmp_path / "elsewhere").write_text(TRACEBACK)
    log.symlink_to(tmp_path / "elsewhere")
    assert "outside of its job's directory" in journal.json("diagnose", "2")["notes"][0]
    assert journal.json("diagnose", str(log))["label"] == "missing_module"  # named by the person


def test_a_file_is_diagnosed_without_a_journal(journal: Journal, tmp_path: Path) -> None:
    log = tmp_path / "123"  # as a job is called
    log.write_text(steps(1, 10) + TRACEBACK)
    told = journal.json("diagnose", "123", cwd=tmp_path)
    assert (told["line"], told["job_id"], told["progress"]["step"]) == (14, None, 10)
    clear_error(journal("diagnose", "124", cwd=tmp_path), "no file called '124'")
