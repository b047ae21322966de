"""Jobs, as COMMANDS.md promises them. What Slurm told is made up: tests/slurm asks a real one."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from journal.events import Batch, Event
from journal.moments import from_datetime
from journal.paths import store_file
from journal.store.database import open_store
from journal.store.event_log import append_batch
from tests.cli.conftest import Journal, clear_error
from tests.git_repo import GitRepo
from tests.store import stories

pytestmark = pytest.mark.usefixtures("by_hand")

LISTED = {
    "job_id", "cluster", "name", "state", "outcome", "cause", "commit", "snapshot", "dirty", "session", "idea",
    "submitted_at", "started_at", "ended_at", "elapsed_s", "gpu_hours", "attempts", "progress",
}  # fmt: skip
STEP = {"id": "0", "name": "train.py", "state": "OUT_OF_MEMORY"}


def tell(*events: Event) -> None:
    connection = open_store(store_file())
    (project,) = connection.execute("SELECT project FROM clone").fetchone()
    moved = [event._replace(project=project) for event in events]
    append_batch(connection, stories.WRITER, "test", Batch(moved, {}, {}))
    connection.close()


def ran(start: int, end: int, **more: Any) -> dict[str, Any]:
    times = {"started_at": stories.at(start), "ended_at": stories.at(end), "elapsed_s": (end - start) * 60}
    return {**times, "nodes": "nid005921", **more}


@pytest.fixture
def lab(repo: GitRepo, journal: Journal) -> GitRepo:
    """A repository whose jobs are: a hidden kill for memory after a requeue, a sweep, one that runs, one lost."""
    head = repo.commit("Train a model", **{"train.py": "print('loss')\n"})
    journal("init")
    here = str(repo.path)
    argv = ["--export=ALL,WANDB_API_KEY=0123456789abcdef", "job.sh"]
    late = {"path": "sched.py", "added": 1, "removed": 1, "edited_at": "2026-11-12T00:10:30.000Z"}
    tell(
        stories.session("5a1e77d2"), stories.title("5a1e77d2", "Wire the schedule"),
        stories.prompt("5a1e77d2", "run it for 10k", 5),
        stories.job("8123407", 10, "train-10k", work_dir=here),
        stories.submission("8123407", 10, session="5a1e77d2", argv=argv, commit=head, cwd=here),
        stories.attempt("8123407", "NODE_FAIL", 10, **ran(11, 20, gpus=8, node_count=1), work_dir=here),
        stories.attempt("8123407", "COMPLETED", 21, **ran(30, 60, gpus=8, steps=[STEP], exit_code=0), work_dir=here),
        stories.drift("8123407", "start", [late], 10),
        stories.script("8123407", "#!/bin/sh\n#SBATCH -o out-%j.txt\nsrun python train.py\x1b[2J\n", 10),
        stories.job("8123500", 70, "sweep"),
        *(
            stories.attempt("8123500", "FAILED" if task > 997 else "COMPLETED", 70, raw_id=str(8123500 + task),
                            task=str(task), exit_code=int(task > 997), **ran(71, 80))
            for task in range(1000)
        ),
        stories.job("8123519", 90, "train-full\x1b[31m\nnow"), stories.attempt("8123519", "RUNNING", 90,
                                                                               started_at=stories.at(91)),
        stories.submission("8123600", 100, argv=["-J", "lost", "x.sh"]),
    )  # fmt: skip
    return repo


def test_the_listing(lab: GitRepo, journal: Journal) -> None:
    jobs = journal.json("jobs")
    assert [job["job_id"] for job in jobs] == ["8123600", "8123519", "8123500", "8123407"]
    assert all(set(job) >= LISTED for job in jobs)
    lost, running, sweep, train = jobs
    assert (lost["outcome"], lost["attempts"], lost["name"]) == ("unknown", [], "lost")
    assert (running["outcome"], running["ended_at"]) == ("running", None)
    assert (sweep["outcome"], sweep["counts"]) == ("failed", {"failed": 2, "succeeded": 998})
    assert (train["state"], train["outcome"]) == ("COMPLETED", "out of memory")
    assert (train["dirty"], train["late"]) == (True, False)
    assert [one["outcome"] for one in train["attempts"]] == ["node failure", "out of memory"]
    assert train["elapsed_s"] == 39 * 60
    assert train["gpu_hours"] == pytest.approx(5.2)
    assert train["commit"] == lab.git("rev-parse", "HEAD")
    lines = journal("jobs").out.splitlines()
    assert len(lines) == 5
    assert "1,000 tasks: 998 succeeded, 2 failed" in lines[3]
    assert "✗ out of memory" in lines[4]
    assert "code changed before it started" in lines[4]
    assert "\x1b" not in "".join(lines)


def test_which_jobs_are_listed(lab: GitRepo, journal: Journal) -> None:
    def numbers(*arguments: str) -> list[str]:
        return [job["job_id"] for job in journal.json("jobs", *arguments)]

    assert numbers("-n", "2") == ["8123600", "8123519"]
    assert numbers("--failed") == ["8123500", "8123407"]
    assert numbers("--failed", "-n", "1") == ["8123500"]
    assert numbers("--state", "running", "--state", "out-of-memory") == ["8123519", "8123407"]
    assert numbers("--state", "completed") == ["8123407"]
    assert numbers("--failed", "--each") == ["8123500_998", "8123500_999", "8123407"]
    assert len(numbers("--each")) == 1003
    assert numbers("--until", "2001-01-01") == []
    clear_error(journal("jobs", "--state", "broken"), "broken", "succeeded")
    assert "no such jobs" in journal("jobs", "--state", "deadline").err


def test_one_job(lab: GitRepo, journal: Journal) -> None:
    told = journal.json("job", "8123407")
    assert set(told) >= {*LISTED, "script", "submit_line", "work_dir", "stdout", "stderr", "steps"}
    assert told["stdout"] == f"{lab.path}/out-8123407.txt"
    assert told["submit_line"] == "sbatch --export=ALL,WANDB_API_KEY=[redacted] job.sh"
    assert told["steps"] == [STEP]
    shown = journal("job", "8123407").out
    for words in (
        "✗ out of memory in step 0 (train.py); the script went on and exited 0",
        '"Train a model" + 1 uncommitted (sched.py)',
        "sched.py was edited 30 s after submission, before the job started (+1 −1) ← not what you submitted",
        'session "Wire the schedule": "run it for 10k"',
        "1st try", "NODE_FAIL", "node nid005921 failed", "2nd try", "WANDB_API_KEY=[redacted]",
    ):  # fmt: skip
        assert words in shown, shown
    for name in ("8123500_999", "lab/8123500_999", "8123500_999"):
        assert journal.json("job", name)["outcome"] == "failed"
    assert "998, 999" in journal("job", "8123500").out
    assert "never" not in journal("job", "8123600").out
    clear_error(journal("job", "8123500_1000"), "no task 1000")
    clear_error(journal("job", "1"), "no job is called '1'")


def test_a_job_that_could_not_run_at_once_says_from_when(lab: GitRepo, journal: Journal) -> None:
    tell(
        stories.job("8", 10),
        stories.attempt("8", "COMPLETED", 10, **ran(41, 50), eligible_at=stories.at(40)),
        stories.job("9", 10),
        stories.attempt("9", "COMPLETED", 10, **ran(41, 50), eligible_at=stories.at(10)),
    )
    assert "00:10 · could run from 00:40 · waited 1 m · started 00:41" in journal("job", "8", ok=True).out
    assert "could run" not in journal("job", "9", ok=True).out


def test_script_and_log(lab: GitRepo, journal: Journal) -> None:
    assert journal("job", "8123407", "--script").out == "#!/bin/sh\n#SBATCH -o out-%j.txt\nsrun python train.py\n"
    clear_error(journal("job", "8123519", "--script"), "not kept")
    clear_error(journal("job", "8123407", "--log"), "out-8123407.txt cannot be read")
    log = lab.path / "out-8123407.txt"
    log.write_bytes(b"begin\n" + b"x" * 3_000_000 + b"\n10%\r50%\r100%\r\n\x1b]0;title\x07loss \xff0.1\nend")
    assert journal("job", "8123407", "--log", "-n", "3").out.splitlines()[1:] == ["100%", "loss \ufffd0.1", "end"]
    log.write_text("")
    assert journal("job", "8123407", "--log").out == "(empty)\n"
    log.unlink()
    log.mkdir()
    clear_error(journal("job", "8123407", "--log"), "is not a file")
    log.rmdir()
    os.mkfifo(log)
    clear_error(journal("job", "8123407", "--log"), "is not a file")


def test_show_log_and_search_know_jobs(lab: GitRepo, journal: Journal) -> None:
    assert journal.json("show", "8123407")["event"]["kind"] == "job"
    assert {link["how"] for link in journal.json("show", "8123407")["links"]} == {"code", "asked in"}
    assert "out of memory in step 0" in journal("show", "8123407").out
    assert "exit code 1" in journal("show", "8123500_999").out
    assert "8123407 train-10k" in journal("show", "HEAD").out
    assert "8123407 train-10k" in journal("show", "5a1e77d2").out
    assert journal("show", "8123600").out.startswith("job 8123600 lost")
    titles = journal.titles("--kind", "job")
    assert titles[-1].startswith("8123407 train-10k ✗ out of memory · in step 0")
    assert "8123500 sweep" in journal("search", "sweep").out
    assert journal.json("search", "srun")[0]["kind"] == "script"
    assert "0123456789abcdef" not in journal("log", "--kind", "all").out


def test_status_tells_what_runs(lab: GitRepo, journal: Journal) -> None:
    told = journal.json("status")
    assert [job["job_id"] for job in told["jobs"]["running"]] == ["8123519"]
    assert told["needs"] == []
    tell(stories.job("9", 120), stories.attempt("9", "PENDING", 120, reason="DependencyNeverSatisfied"))
    assert journal.json("status")["needs"] == [{"what": "job 9 train never starts", "do": "scancel 9"}]
    assert "running   8123519 train-full now" in journal("status").out


def test_status_folds_failures_that_repeat_and_says_what_is_waited_for(repo: GitRepo, journal: Journal) -> None:
    repo.commit("Train a model", **{"train.py": "1"})
    journal("init")
    now = datetime.now(UTC)
    moment = [from_datetime(now - timedelta(seconds=100 - number)) for number in range(10)]
    failed = {"exit_code": 1, "started_at": moment[8], "ended_at": moment[9], "elapsed_s": 1}
    tell(
        *(stories.job(str(number), 0, submitted_at=moment[number]) for number in range(1, 6)),
        *(
            stories.attempt(str(number), "FAILED", submitted_at=moment[number], **failed)
            for number in range(1, 5)
        ),
        stories.attempt("5", "PENDING", submitted_at=moment[5], submit_line="sbatch -d afterok:4 x.sh"),
    )  # fmt: skip
    told = journal("status", ok=True).out
    assert "failed    4 train · exit code 1 · as 3 and 2 more · 1 min ago\n" in told
    assert "queued    5 train · after 4\n" in told
    assert [job["job_id"] for job in journal.json("status")["jobs"]["failed"]] == ["4", "3", "2", "1"]


def test_jobs_of_snakemake_are_called_by_their_rule(lab: GitRepo, journal: Journal) -> None:
    name = "03f1d2b9-0a7e-4c66-a663-930c20e3ec2a"
    tell(
        stories.job("9", 120, name), stories.attempt("9", "COMPLETED", 120, comment="rule_train", **ran(121, 122)),
        stories.job("10", 121, name), stories.attempt("10", "COMPLETED", 121, **ran(122, 123)),
        stories.job("11", 122), stories.attempt("11", "COMPLETED", 122, comment="of my own", **ran(123, 124)),
    )  # fmt: skip
    assert {job["job_id"]: job["name"] for job in journal.json("jobs", "-n", "3")} == {
        "9": "rule_train", "10": name, "11": "train",
    }  # fmt: skip
    assert "9 rule_train" in journal("log", "--kind", "job", ok=True).out


def test_the_diary_tells_of_them(lab: GitRepo, journal: Journal, tmp_path: Path) -> None:
    journal("docs")
    scratch = (lab.path / "SCRATCH.md").read_text()
    assert "- **Running** 8123519 `train-full now`" in scratch
    assert "4 jobs, 2 failed" in scratch
    journal("docs")
    assert (lab.path / "SCRATCH.md").read_text() == scratch
