"""Running a job again: the plan, the directory of its code, and what sbatch is given (by one that tells its words)."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from journal.derive.job import Job
from journal.errors import JournalError
from journal.events import make_event
from journal.rerun.code_directory import copy_code, write_code
from journal.rerun.kept_code import kept_code
from journal.rerun.plan import Plan, make_plan
from journal.rerun.submission import submit, told
from journal.store.job_queries import find_job
from tests.job_lab import PROJECT, WRITER, Lab

SBATCH = """#!/bin/sh
for word; do printf '%s\\n' "$word" >>"$0.words"; done
pwd >"$0.cwd"; cat >"$0.stdin"
echo 99
"""


def job(lab: Lab, *argv: str, **more: Any) -> Job:
    """A job that the shim saw."""
    lab.submission("7", -100, argv=list(argv), **more)
    lab.job("7", -100)
    found = find_job(lab.connection, "7", None)
    assert found is not None
    return found.job


def keep_script(lab: Lab, text: str) -> None:
    """The controller told the job's script."""
    fact = {"cluster": "lab", "job_id": "7", "submitted_at": lab.at(-100), "text": text, "told_by": "slurmctld"}
    lab.store(make_event("script", lab.at(-100), PROJECT, "slurm", ("lab", "7", lab.at(-100)), fact))


def plan(lab: Lab, of: Job, task: str | None = None) -> Plan:
    return make_plan(lab.connection, of, task)


def test_the_same_code_runs_where_it_is(lab: Lab) -> None:
    lab.repo.write("a.py", "dirty\n")
    made = plan(lab, job(lab, "run.sh", "3"))
    assert (made.directory, made.cwd, made.words, made.differing) == (None, lab.repo.path, ("run.sh", "3"), ())


def test_old_code_gets_a_directory_of_its_own_with_links(lab: Lab) -> None:
    lab.repo.write(".gitignore", "data/\n*.pt\n__pycache__/\nslurm-*.out\n.venv\n")
    for name in ("data/x/1.bin", "sub/last.pt", "__pycache__/a.pyc", "slurm-1.out", ".venv/bin/python"):
        lab.repo.write(name, "today\n")
    lab.repo.write("sub/a.py", "old\n")
    old = job(lab, "run.sh", cwd=str(lab.repo.path / "sub"))
    lab.repo.write("sub/a.py", "today\n")
    lab.repo.write("b.py", "today\n")
    made = plan(lab, old)
    assert made.directory is not None
    top = lab.repo.path / ".git/journal/code" / made.code.commit[:12]
    assert (made.directory.path, made.cwd, made.differing) == (top, top / "sub", ("b.py", "sub/a.py"))
    assert set(made.linked) == {"data", ".venv", "sub/last.pt"}
    assert not top.exists()
    assert write_code(made.code, made.directory) == []
    assert (top / "sub/a.py").read_text() == "old\n"
    assert (top / "data").is_symlink()
    assert (top / "sub/last.pt").read_text() == "today\n"
    assert not (top / "b.py").exists()
    (top / "slurm-8.out").write_text("of the first rerun")
    again = plan(lab, old).directory
    assert again is not None
    assert (again.path, again.is_written) == (top, True)
    (top / "sub/a.py").write_text("edited there\n")
    third = plan(lab, old).directory
    assert third is not None
    assert (third.path.name, third.is_written) == (f"{top.name}-2", False)


def test_paths_of_the_old_work_tree_become_those_of_the_new(lab: Lab, tmp_path: Path) -> None:
    root = lab.repo.path
    argv = [
        "--chdir",
        f"{root}/sub",
        "-o",
        f"{root}/logs/%j.out",
        f"{root}/run.sh",
        f"--config={root}/a.py",
        f"{root}/no",
        "/data",
    ]
    old = job(lab, *argv)
    lab.repo.write("a.py", "today\n")
    made = plan(lab, old)
    assert made.directory is not None
    top = made.directory.path
    assert made.words == (
        f"--chdir={top}/sub", "-o", f"{root}/logs/%j.out", f"{top}/run.sh", f"--config={top}/a.py", f"{root}/no",
        "/data",
    )  # fmt: skip


def test_a_script_from_standard_input_or_from_elsewhere_is_given_as_it_was(lab: Lab, tmp_path: Path) -> None:
    elsewhere = tmp_path / "job.sh"
    elsewhere.write_text("#!/bin/sh\ntoday\n")
    old = job(lab, "-n1", str(elsewhere))
    lab.repo.write("a.py", "today\n")
    made = plan(lab, old)
    assert made.words == ("-n1", str(elsewhere))
    assert "runs as it is today" in made.notes[0]
    keep_script(lab, "#!/bin/sh\nold\n")
    made = plan(lab, old)
    assert (made.words, made.stdin) == (("-n1", "--job-name=train"), "#!/bin/sh\nold\n")
    elsewhere.write_text("#!/bin/sh\nold\n")
    assert plan(lab, old).stdin is None


def test_a_script_on_standard_input_that_nobody_kept(lab: Lab) -> None:
    with pytest.raises(JournalError, match="was not kept"):
        plan(lab, job(lab, "-n1"))


def test_what_it_waited_for_is_left_out_and_a_task_runs_alone(lab: Lab) -> None:
    old = job(lab, "-d", "afterok:6", "--parsable", "-W", "--array=0-9", "--export=A=1", "--wrap", "echo 'a  b'")
    made = plan(lab, old, "3")
    assert made.words == ("--export=A=1", "--wrap", "echo 'a  b'", "--array=3")
    assert sorted(made.notes) == ["-W is left out", "-d afterok:6 is left out"]


def test_parts_of_a_heterogeneous_job_stay_apart(lab: Lab) -> None:
    old = job(lab, "-n1", "--dependency=singleton", ":", "-n2", "run.sh")
    assert plan(lab, old).words == ("-n1", ":", "-n2", "run.sh")


def test_arguments_that_only_accounting_knows(lab: Lab) -> None:
    lab.job("7", -100)
    lab.attempt("7", "PENDING", -100, submit_line="sbatch -n 2 run.sh 3")
    lab.follow()
    found = find_job(lab.connection, "7", None)
    assert found is not None
    made = plan(lab, found.job)
    assert made.words == ("-n", "2", "run.sh", "3")
    assert "loses quotes" in made.notes[0]


@pytest.mark.parametrize("command", ["srun", "salloc"])
def test_only_jobs_of_sbatch_run_again(lab: Lab, command: str) -> None:
    with pytest.raises(JournalError, match=command):
        plan(lab, job(lab, "run.sh", command=command))


def test_packages_installed_from_the_work_tree_are_named(lab: Lab) -> None:
    packages = lab.repo.path / ".venv/lib/python3.11/site-packages"
    packages.mkdir(parents=True)
    (packages / "__editable__.pointdiff-0.1.pth").write_text(f"{lab.repo.path}/src\n")
    (packages / "other.pth").write_text(f"{lab.repo.path}-other\n")
    (lab.repo.path / ".gitignore").write_text(".venv\n")
    old = job(lab, "run.sh")
    assert plan(lab, old).notes == ()
    lab.repo.write("a.py", "today\n")
    (note,) = plan(lab, old).notes
    assert "imports pointdiff from the worktree" in note


def test_sbatch_gets_its_words_and_the_store_the_same_snapshot(lab: Lab, tmp_path: Path) -> None:
    sbatch = tmp_path / "sbatch"
    sbatch.write_text(SBATCH)
    sbatch.chmod(0o755)
    old = job(lab, "-J", "a\nb")
    keep_script(lab, "#!/bin/sh\nold é\n")
    made = plan(lab, old)
    new = submit(made, sbatch)
    assert new == ("99", None)
    assert Path(f"{sbatch}.words").read_text() == "--parsable\n-J\na\nb\n"
    assert Path(f"{sbatch}.stdin").read_text() == "#!/bin/sh\nold é\n"
    assert Path(f"{sbatch}.cwd").read_text() == f"{lab.repo.path}\n"
    submission, link = told(made, new, lab.at(0))
    fact = json.loads(submission.data)
    assert (fact["told_by"], fact["snapshot"], fact["job_id"]) == ("rerun", old.submitted["snapshot"], "99")
    assert json.loads(link.data)["object"] == "job:lab/7"


@pytest.mark.parametrize(
    ("script", "words"),
    [("exit 1", "did not submit"), ("echo sorry >&2; exit 1", "sorry"), ("sleep 9", "may have submitted")],
)
def test_an_sbatch_that_says_no_or_nothing(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, words: str
) -> None:
    monkeypatch.setattr("journal.rerun.submission._SECONDS", 1)
    sbatch = tmp_path / "sbatch"
    sbatch.write_text(f"#!/bin/sh\n{script}\n")
    sbatch.chmod(0o755)
    with pytest.raises(JournalError, match=words):
        submit(plan(lab, job(lab, "run.sh")), sbatch)


def test_code_goes_into_an_empty_directory_only(lab: Lab, tmp_path: Path) -> None:
    lab.repo.write("a.py", "old\n")
    code = kept_code(lab.connection, job(lab, "run.sh"))
    for target in (tmp_path / "new/deep", tmp_path / "empty"):
        if target.name == "empty":
            target.mkdir()
        assert copy_code(code, target) == []
        assert sorted(path.name for path in target.iterdir()) == ["a.py", "run.sh"]
    with pytest.raises(JournalError, match="not an empty directory"):
        copy_code(code, tmp_path / "empty")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(JournalError, match="not an empty directory"):
        copy_code(code, tmp_path / "link")


def test_code_is_found_when_the_work_tree_has_moved(lab: Lab, tmp_path: Path) -> None:
    other = tmp_path / "linked"
    lab.repo.git("worktree", "add", "--quiet", str(other), "-b", "other")
    old = job(lab, "run.sh", root=str(other), cwd=str(other))
    lab.repo.git("worktree", "remove", "--force", str(other))
    with pytest.raises(JournalError, match="in no clone"):
        kept_code(lab.connection, old)
    fact = {"name": "repo", "path": str(lab.repo.path), "git_dir": "x", "root_commit": None, "remote": None}
    lab.store(make_event("clone", lab.at(0), PROJECT, "clone", (WRITER,), fact))
    assert kept_code(lab.connection, old).commit == old.submitted["snapshot"]
    assert not os.path.lexists(other)


def test_why_there_is_no_code(lab: Lab) -> None:
    lab.job("8", -100)
    found = find_job(lab.connection, "8", None)
    assert found is not None
    with pytest.raises(JournalError, match="journal doctor"):
        kept_code(lab.connection, found.job)
    with pytest.raises(JournalError, match="disk full"):
        kept_code(lab.connection, job(lab, "x", snapshot=None, problem="disk full"))
