"""Following the code of jobs, with a store, a real repository and jobs as the scheduler would tell of them."""

import os
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from journal.capture.slurm.snapshot import take_snapshot
from tests.disks import as_root, read_only
from tests.git_repo import GitRepo
from tests.job_lab import Lab


def test_a_waiting_job_that_nothing_saw_gets_a_late_snapshot(lab: Lab) -> None:
    lab.write("a.py", "2\n", -5)
    lab.job("7", -3000)
    lab.attempt("7", "PENDING", -3000)
    assert lab.follow().kinds == {"submission": 1}
    told = lab.told("7")
    assert (told["told_by"], told["branch"], told["snapshot_at"]) == ("accounting", "main", lab.at(0))
    assert told["changed"] == [{"path": "a.py", "added": 1, "removed": 1}]
    assert lab.repo.git("show", f"{told['snapshot']}:a.py") == "2"
    assert lab.follow(60).kinds == {}


def test_a_late_snapshot_does_not_count_what_the_job_itself_wrote(lab: Lab) -> None:
    lab.write("a.py", "2\n", -50)
    lab.write("slurm-7.out", "loss 0.1\n", -5)
    lab.write("slurm-6.out", "of another job\n", -500)
    lab.job("7", -30)
    lab.attempt("7", "RUNNING", -30, started_at=-20, stdout=str(lab.repo.path / "slurm-%j.out"))
    lab.follow()
    assert [file["path"] for file in lab.told("7")["changed"]] == ["a.py"]


def test_jobs_that_are_submitted_together_share_one_snapshot(lab: Lab) -> None:
    lab.write("new.py", "2\n", -5)
    for number in range(20):
        lab.job(str(number), -100)
        lab.attempt(str(number), "PENDING", -100)
    assert lab.follow().kinds == {"submission": 20}
    assert len(lab.refs()) == 1


def test_of_a_job_long_over_only_a_certain_commit_is_kept(lab: Lab) -> None:
    begun = datetime.fromtimestamp(int(lab.repo.git("log", "-1", "--format=%ct"))).astimezone()
    lab.now = begun + timedelta(hours=2)
    for number, submitted in (("1", -3600.0), ("2", -7201.0), ("3", -9999.0)):
        lab.job(number, submitted)
        lab.attempt(number, "COMPLETED", submitted, started_at=submitted + 1, ended_at=submitted + 2)
    assert lab.follow().kinds == {"submission": 1}
    assert lab.told("1")["commit"] == lab.repo.git("rev-parse", "HEAD")
    assert lab.told("1")["snapshot"] is None
    assert lab.told("2") == lab.told("3") == {}  # HEAD moved at that moment; the reflog begins later


def test_a_transcript_s_telling_is_joined_by_the_snapshot(lab: Lab) -> None:
    none = {"snapshot": None, "snapshot_at": None, "commit": None, "changed": None, "root": None}
    lab.submission("7", -20, told_by="transcript", session="5a1e", **none)
    lab.job("7", -20)
    lab.attempt("7", "RUNNING", -20, started_at=-10)
    lab.follow()
    told = lab.told("7")
    assert (told["told_by"], told["session"], told["argv"]) == ("transcript", "5a1e", ["run.sh"])
    assert told["snapshot"] == told["commit"] == lab.repo.git("rev-parse", "HEAD")


def test_an_edit_before_the_start_is_told_from_one_while_it_ran(lab: Lab) -> None:
    lab.submission("7", -100)
    lab.job("7", -100)
    lab.attempt("7", "PENDING", -100)
    assert lab.follow(-90).kinds == {}
    lab.write("a.py", "2\n", -60)
    lab.write("run.sh", "3\n", -30)
    lab.write("new.py", "x\n", -70)
    lab.write("metrics.json", "x\n", -20)
    lab.write("slurm-6.out", "x\n", -80)
    lab.attempt("7", "RUNNING", -100, started_at=-50)
    assert lab.follow().kinds == {"drift": 1}
    assert lab.drift("7", "start") == ["a.py", "new.py"]
    assert lab.follow(5).kinds == {}
    lab.attempt("7", "COMPLETED", -100, started_at=-50, ended_at=10)
    assert lab.follow(20).kinds["drift"] == 1
    assert lab.drift("7", "end") == ["a.py", "new.py", "run.sh"]
    assert lab.follow(30).kinds == {}


def test_code_as_submitted_and_output_by_another_name(lab: Lab) -> None:
    lab.repo.write("logs/train-7.txt", "")
    lab.submission("7", -100)
    lab.job("7", -100)
    lab.write("logs/train-7.txt", "loss\n", -10)
    times = {"started_at": -50.0, "ended_at": -5.0}
    lab.attempt("7", "COMPLETED", -100, stdout="logs/%x-%j.txt", **times)
    assert lab.follow().kinds == {"drift": 2, "script": 1}
    assert lab.drift("7", "start") == lab.drift("7", "end") == []
    row = lab.connection.execute("SELECT text, told_by FROM job_script").fetchone()
    assert row == ("#!/bin/sh\npython a.py\n", "snapshot")


def test_the_time_of_a_copy_is_no_proof(lab: Lab) -> None:
    lab.submission("7", -100)
    lab.job("7", -100)
    lab.attempt("7", "RUNNING", -100, started_at=-50)
    lab.write("a.py", "an old version, put back while the job runs\n", -9999)
    lab.follow()
    assert lab.drift("7", "start") == []


def test_what_was_deleted_before_the_start(lab: Lab) -> None:
    lab.submission("7", -100)
    lab.job("7", -100)
    (lab.repo.path / "a.py").unlink()
    os.utime(lab.repo.path, (0, lab.now.timestamp() - 60))
    lab.attempt("7", "RUNNING", -100, started_at=-50)
    lab.follow()
    assert lab.drift("7", "start") == ["a.py"]


@pytest.mark.parametrize("harm", ["directory", "snapshot"])
def test_what_cannot_be_compared_is_told_once(lab: Lab, harm: str, tmp_path: Path) -> None:
    lab.repo.write("b.py", "x\n")
    more = {"root": str(tmp_path / "gone"), "cwd": str(tmp_path / "gone")} if harm == "directory" else {}
    lab.submission("7", -100, **more)
    lab.job("7", -100, work_dir=more.get("cwd", str(lab.repo.path)))
    lab.attempt("7", "RUNNING", -100, started_at=-50)
    if harm == "snapshot":
        for ref in lab.refs():
            lab.repo.git("update-ref", "-d", f"refs/journal/snap/{ref}")
        (lab.repo.path / "b.py").unlink()
        lab.repo.git("prune", "--expire=now")
    (reason,) = lab.follow().skipped
    assert f"its {harm} is gone" in reason
    assert lab.follow().skipped == {}


@as_root
def test_a_repository_on_read_only_storage(lab: Lab) -> None:
    lab.write("a.py", "2\n", -200)
    lab.submission("7", -100)
    lab.job("7", -100)
    lab.attempt("7", "RUNNING", -100, started_at=-50)
    lab.write("a.py", "3\n", -60)
    lab.job("8", -100)
    lab.attempt("8", "PENDING", -100)
    with read_only(lab.repo.path):
        followed = lab.follow(2 * 86400)
        assert followed.kinds == {"submission": 1}
        assert any("not written" in reason for reason in followed.skipped)
        assert lab.follow(2 * 86400).skipped == {}
    assert (lab.told("8")["snapshot"], bool(lab.told("8")["problem"])) == (None, True)


def test_a_linked_work_tree_has_code_of_its_own(lab: Lab, tmp_path: Path) -> None:
    other = tmp_path / "other"
    lab.repo.git("worktree", "add", "--quiet", str(other), "-b", "other")
    lab.write("a.py", "of the main one\n", -200)
    (other / "a.py").write_text("of the other\n")
    lab.job("7", -100, work_dir=str(other))
    lab.attempt("7", "PENDING", -100)
    lab.follow()
    told = lab.told("7")
    assert (told["branch"], told["root"]) == ("other", str(other))
    assert lab.repo.git("show", f"{told['snapshot']}:a.py") == "of the other"


def test_a_job_that_runs_code_written_by_a_rerun_is_not_compared_with_the_work_tree(lab: Lab) -> None:
    inside = lab.repo.path / ".git/journal/code/5ddbecba5030"
    inside.mkdir(parents=True)
    lab.submission("7", -100, told_by="rerun", root=str(inside), cwd=str(inside))
    lab.job("7", -100, work_dir=str(inside))
    lab.write("a.py", "today\n", -70)
    lab.attempt("7", "RUNNING", -100, started_at=-50)
    assert lab.follow() == (Counter(), Counter())


def test_numbers_of_events_that_are_given_out_again(lab: Lab) -> None:
    lab.job("7", -100)
    lab.attempt("7", "PENDING", -100)
    lab.follow()
    lab.follow()
    lab.connection.execute("DELETE FROM event")
    lab.job("8", -50)
    lab.attempt("8", "PENDING", -50)
    assert lab.follow().kinds == {"submission": 1}


def test_an_array_is_one_job(lab: Lab) -> None:
    lab.submission("7", -100)
    lab.job("7", -100)
    for task in range(50):
        times = {"started_at": -50.0 + task, "ended_at": -40.0 + task}
        state = "COMPLETED" if task < 49 else "RUNNING"
        lab.attempt("7", state, -100, raw_id=str(100 + task), task=str(task), **times)
    assert lab.follow(20).kinds == {"drift": 1}


def test_a_job_cancelled_before_it_ran_is_followed_no_further(lab: Lab) -> None:
    lab.submission("7", -100)
    lab.job("7", -100)
    lab.attempt("7", "CANCELLED", -100, ended_at=-50)
    assert lab.follow().kinds == {}
    assert not lab.connection.execute("SELECT 1 FROM cursor WHERE name LIKE 'job:%'").fetchall()


def test_snapshots_go_when_they_are_old_or_nobody_names_them(lab: Lab) -> None:
    day = 86400.0
    lab.write("a.py", "old\n", -5)
    old = lab.submission("1", -400 * day)
    lab.write("a.py", "kept\n", -4)
    kept = lab.submission("2", -300 * day)
    lab.write("a.py", "unnamed\n", -3)
    unnamed = str(take_snapshot(lab.repo.path).commit)
    lab.follow(days=0)
    assert lab.refs() == {old, kept, unnamed}
    lab.follow(3600)
    assert lab.refs() == {old, kept, unnamed}, "once a day"
    lab.follow(2 * day)
    assert lab.refs() == {kept}


def test_snapshots_within_submodules_go_too(lab: Lab, tmp_path: Path) -> None:
    library = GitRepo.create(tmp_path / "library")
    library.commit("Library", **{"lib.py": "1\n"})
    lab.repo.git("submodule", "--quiet", "add", str(library.path), "lib")
    lab.repo.commit("Add the library")
    inside = GitRepo(lab.repo.path / "lib")

    def kept() -> int:
        return len(inside.git("for-each-ref", "refs/journal/snap").splitlines())

    inside.write("lib.py", "old\n")
    lab.submission("1", -400 * 86400.0)
    inside.write("lib.py", "new\n")
    lab.submission("2", -100.0)
    assert kept() == 2
    lab.follow()
    assert kept() == 1
