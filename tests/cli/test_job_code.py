"""The code of real jobs: what changed before they started and while they ran, and running them again."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from journal.capture.slurm.snapshot import take_snapshot
from journal.derive.sbatch_arguments import wrapped
from journal.moments import to_datetime
from journal.paths import store_file
from journal.store.database import open_store
from tests.cli.conftest import Journal, clear_error, eventually
from tests.git_repo import GitRepo
from tests.job_lab import Lab
from tests.slurm.cluster import Cluster

TRAIN = "#!/bin/sh\n#SBATCH --mem=10\ncat config.txt notes.txt data/set.txt\nsleep ${1-0}\n"


@pytest.fixture
def research(repo: GitRepo, by_hand: None) -> GitRepo:
    """A repository with a journal and a dirty tree: a change, an untracked file, ignored data."""
    repo.commit("Begin", **{"config.txt": "old\n", "train.sh": TRAIN, ".gitignore": "data/\n"})
    Journal(repo.path)("init", ok=True)
    repo.write("config.txt", "submitted\n")
    repo.write("notes.txt", "untracked\n")
    repo.write("data/set.txt", "data\n")
    return repo


def sbatch(research: GitRepo, slurm: Cluster, *arguments: str, stdin: str = "") -> str:
    """Submits through the shim; returns the job's number."""
    shim = Path(os.environ["JOURNAL_DATA_DIR"]) / "hooks/slurm/bin/sbatch"
    said = slurm.run(shim, "--parsable", f"--job-name={slurm.name}", *arguments, cwd=research.path, stdin=stdin)
    return slurm.mine(said.partition(";")[0])


def drift(journal: Journal, job: str, moment: str) -> list[dict[str, Any]]:
    """The files that differed; waits until a capture has looked."""
    found: list[str] = []

    def looked() -> bool:
        journal("capture", ok=True)
        query = f"select data from drift where job_id = '{job}' and moment = '{moment}'"  # noqa: S608
        found[:] = [row["data"] for row in journal.json("sql", query)]
        return bool(found)

    eventually(looked, 60)
    files: list[dict[str, Any]] = json.loads(found[0])["files"]
    return files


def rerun(journal: Journal, slurm: Cluster, job: str, *options: str) -> str:
    """Submits a job again; returns its number."""
    done = journal("rerun", job, "--yes", *options, ok=True)
    return slurm.mine(done.out.split()[-1])


def test_what_is_edited_before_the_start_is_reported_and_an_output_is_not(
    research: GitRepo, slurm: Cluster, journal: Journal
) -> None:
    job = sbatch(research, slurm, "--hold", "train.sh", "4")
    research.write("config.txt", "edited while it waited\n")
    research.write("slurm-1.out", "of another job\n")
    slurm.scontrol("release", job)
    slurm.wait_for(job, "RUNNING")
    (file,) = drift(journal, job, "start")
    assert (file["path"], file["added"], file["removed"]) == ("config.txt", 1, 1)
    slurm.settled(job)
    assert [file["path"] for file in drift(journal, job, "end")] == ["config.txt"]
    assert slurm.output(job, research.path) == "edited while it waited\nuntracked\ndata\n"
    shown = journal("job", job, "--diff", ok=True).out
    assert "-old\n+submitted\n" in shown
    assert "-submitted\n+edited while it waited\n" in shown
    assert "config.txt was edited" in journal("job", job, ok=True).out


def test_what_is_edited_while_it_runs_is_no_edit_before_its_start(
    research: GitRepo, slurm: Cluster, journal: Journal
) -> None:
    job = sbatch(research, slurm, "train.sh", "5")
    slurm.wait_for(job, "RUNNING")
    output = research.path / f"slurm-{job}.out"
    eventually(lambda: output.exists() and output.read_text() != "", 20)
    time.sleep(3)
    research.write("config.txt", "edited while it ran\n")
    slurm.settled(job)
    assert drift(journal, job, "start") == []
    assert [file["path"] for file in drift(journal, job, "end")] == ["config.txt"]


def test_a_rerun_runs_the_old_code(research: GitRepo, slurm: Cluster, journal: Journal) -> None:
    job = sbatch(research, slurm, "train.sh")
    slurm.settled(job)
    research.write("config.txt", "today\n")
    research.write("train.sh", "#!/bin/sh\necho today\n")
    journal("capture", ok=True)
    eventually(
        lambda: "capture" in journal("capture", ok=True).out and journal("rerun", job, "--dry-run").status == 0, 30
    )
    clear_error(journal("rerun", job), "--yes")
    new = rerun(journal, slurm, job)
    assert slurm.wait_for(new) == "COMPLETED"
    code = next((research.path / ".git/journal/code").iterdir())
    assert slurm.output(new, code) == "submitted\nuntracked\ndata\n"
    assert rerun(journal, slurm, job) != new, "the code that is there already is used again"
    assert len(list((research.path / ".git/journal/code").iterdir())) == 1
    slurm.settled(new)
    eventually(lambda: journal("capture", ok=True).status == 0 and "COMPLETED" in str(journal.json("job", new)), 60)
    told = journal.json("job", new)
    assert told["snapshot"] == journal.json("job", job)["snapshot"]


def test_a_rerun_where_nothing_changed_is_in_the_work_tree(research: GitRepo, slurm: Cluster, journal: Journal) -> None:
    job = sbatch(research, slurm, stdin=TRAIN)
    eventually(lambda: journal("capture", ok=True).status == 0 and journal("rerun", job, "--dry-run").status == 0, 30)
    slurm.wait_for(job)
    new = rerun(journal, slurm, job)
    assert slurm.wait_for(new) == "COMPLETED"
    assert slurm.output(new, research.path) == "submitted\nuntracked\ndata\n"


def test_a_wrapped_command_is_kept_as_slurm_wraps_it(research: GitRepo, slurm: Cluster) -> None:
    job = sbatch(research, slurm, "--hold", "--wrap", "echo 'a  b'")
    assert slurm.scontrol("write", "batch_script", job, "-") == wrapped("echo 'a  b'").removesuffix("\n")


def test_a_job_that_no_shim_saw_gets_a_late_snapshot(research: GitRepo, slurm: Cluster, journal: Journal) -> None:
    job = slurm.submit("--wrap", "sleep 20", cwd=research.path)

    def told() -> bool:
        journal("capture", ok=True)
        done = journal("job", job, "--diff")
        return "+submitted" in done.out and "only after the job was submitted" in done.err

    eventually(told, 60)


@pytest.fixture
def lab(repo: GitRepo) -> Iterator[Lab]:
    """A clone and a store without a scheduler."""
    with closing(open_store(store_file())) as connection:
        yield Lab(repo, connection)


def test_the_diff_is_a_patch_that_applies(lab: Lab, journal: Journal, tmp_path: Path) -> None:
    lab.repo.git("config", "diff.external", "false")
    lab.repo.write(".git/info/attributes", "*.py diff=upper\n")
    lab.repo.git("config", "diff.upper.textconv", "tr a-z A-Z <")
    lab.repo.write("a.py", "was edited\x1b[2J\n")
    lab.repo.write("ü b.py", "new\n")
    lab.submission("7", -100)
    lab.job("7", -100)
    lab.repo.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "clean"))
    patch = journal("job", "7", "--diff", ok=True).out
    clean = GitRepo(tmp_path / "clean")
    clean.git("apply", stdin=patch)
    assert (clean.path / "a.py").read_text() == "was edited\x1b[2J\n"
    assert (clean.path / "ü b.py").read_text() == "new\n"


def test_a_clean_tree_and_no_snapshot_are_said(lab: Lab, journal: Journal) -> None:
    lab.submission("7", -100)
    lab.job("7", -100)
    done = journal("job", "7", "--diff", ok=True)
    assert (done.out, "nothing uncommitted" in done.err) == ("", True)
    lab.job("8", -100)
    clear_error(journal("job", "8", "--diff"), "no code was kept of job 8")
    clear_error(journal("rerun", "8"), "no code was kept of job 8")


def test_the_code_is_written(lab: Lab, journal: Journal, tmp_path: Path) -> None:
    lab.repo.write("a.py", "old\n")
    with lab.repo.write("big.bin", "").open("wb") as file:
        file.truncate(11 << 20)
    lab.submission("7", -100, left_out=1)
    lab.job("7", -100)
    lab.repo.write("a.py", "today\n")
    done = journal("job", "7", "--code", tmp_path / "out", ok=True)
    assert (tmp_path / "out/a.py").read_text() == "old\n"
    assert "missing: big.bin, which was not kept" in done.err
    assert "1 file left out (big.bin)" in journal("job", "7", ok=True).out
    assert "1 file left out (big.bin) of the code" in journal("rerun", "7", "--dry-run", ok=True).out
    assert journal.json("job", "7")["left_out"] == ["big.bin"]
    clear_error(journal("job", "7", "--code", tmp_path / "out"), "not an empty directory")


def test_a_rerun_asks_first_and_says_what_it_would_do(lab: Lab, journal: Journal, tmp_path: Path) -> None:
    lab.repo.write("a.py", "old\n")
    lab.submission("7", -100)
    lab.job("7", -100)
    lab.repo.write("a.py", "today\n")
    told = journal("rerun", "7", "--dry-run", ok=True, env={"TZ": "JST-9"}).out
    at = to_datetime(lab.at(-100)).astimezone(timezone(timedelta(hours=9)))
    assert f"7 train, submitted {at:%Y-%m-%d %H:%M}\n" in told
    assert "today a.py differs" in told
    assert "sbatch run.sh" in told
    assert not (lab.repo.path / ".git/journal/code").exists()
    sbatch = tmp_path / "bin/sbatch"
    sbatch.parent.mkdir()
    sbatch.write_text("#!/bin/sh\necho '99;lab'\n")
    sbatch.chmod(0o755)
    path = {"PATH": f"{sbatch.parent}{os.pathsep}{os.environ['PATH']}"}
    assert "nothing was submitted" in journal("rerun", "7", env=path).err
    done = journal("rerun", "7", "--yes", "--json", env=path, ok=True)
    assert json.loads(done.out) == {
        "job_id": "99",
        "cluster": "lab",
        "reruns": "7",
        "directory": str(next((lab.repo.path / ".git/journal/code").iterdir())),
    }
    assert lab.told("99")["told_by"] == "rerun"
    rows = lab.connection.execute("SELECT subject, how, object FROM link WHERE how = 'reruns'").fetchall()
    assert rows == [("job:lab/99", "reruns", "job:lab/7")]


@pytest.mark.parametrize("purge", [False, True])
def test_uninstall_leaves_the_output_of_reruns_and_purge_lets_go_of_snapshots(
    repo: GitRepo, journal: Journal, by_hand: None, purge: bool
) -> None:
    repo.commit("Begin", **{"a.py": "1\n"})
    journal("init", ok=True)
    repo.write("a.py", "2\n")
    assert take_snapshot(repo.path).commit
    repo.write(".git/journal/code/5ddbecba5030/slurm-9.out", "loss\n")
    journal("uninstall", *(["--purge"] if purge else []), ok=True)
    assert [path.name for path in (repo.path / ".git/journal").iterdir()] == ["code"]
    assert (repo.path / ".git/journal/code/5ddbecba5030/slurm-9.out").read_text() == "loss\n"
    assert bool(repo.git("for-each-ref", "refs/journal/snap")) == (not purge)


def test_a_job_edited_while_it_waited_then_requeued_then_killed_for_memory(
    research: GitRepo, slurm: Cluster, journal: Journal
) -> None:
    """The whole story: the exact code, the late change, both tries and the cause; the rerun runs the old code."""
    if not slurm.confines_memory():
        pytest.skip("no cgroup confines memory here")
    grow = "srun -n1 python3 -c 'bytearray(200 << 20)'"
    text = f'#!/bin/sh\ncat config.txt notes.txt\n[ "${{SLURM_RESTART_COUNT-0}}" = 0 ] && sleep 60\n{grow}\nexit 0\n'
    research.write("grow.sh", text)
    job = sbatch(research, slurm, "--hold", "--requeue", "--mem=50", "-n1", "grow.sh")
    research.write("config.txt", "edited while it waited\n")
    slurm.scontrol("release", job)
    slurm.wait_for(job, "RUNNING")
    assert [file["path"] for file in drift(journal, job, "start")] == ["config.txt"]
    slurm.scontrol("requeue", job)
    slurm.wait_for(job, "PENDING")
    # At once it would meet its own first try, which the node still ends: "already killed, do not launch".
    slurm.scontrol("update", f"JobId={job}", "StartTime=now+8")
    slurm.wait_for(job, timeout=150)
    slurm.settled(job)
    told: dict[str, Any] = {}

    def is_told() -> bool:
        journal("capture", ok=True)
        told.update(journal.json("job", job))
        return told["outcome"] == "out of memory"

    eventually(is_told, 60)
    assert len(told["attempts"]) == 2
    assert drift(journal, job, "end")
    shown = journal("job", job, ok=True).out
    assert "config.txt was edited" in shown
    research.write("grow.sh", "#!/bin/sh\necho today\n")
    new = rerun(journal, slurm, job)
    slurm.scontrol("release", new)  # the arguments are the same: it was held, too
    eventually(lambda: any(research.path.glob(f".git/journal/code/*/slurm-{new}.out")), 60)
    (output,) = research.path.glob(f".git/journal/code/*/slurm-{new}.out")
    eventually(lambda: output.read_text() == "submitted\nuntracked\n", 20)
