"""`journal init` with a Slurm: the line that puts sbatch's shim on PATH; `doctor` and `uninstall` know of it."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import JOURNAL, Journal
from tests.cli.trees import tree_of
from tests.git_repo import GitRepo

pytestmark = pytest.mark.usefixtures("by_hand")


@pytest.fixture
def start_file(isolated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, repo: GitRepo) -> Path:
    """The start file of a person whose machine has an sbatch, and who stands in a repository with a commit."""
    sbatch = tmp_path / "bin/sbatch"
    sbatch.parent.mkdir()
    sbatch.write_text("#!/bin/sh\necho Submitted batch job 7\n")
    sbatch.chmod(0o755)
    monkeypatch.setenv("PATH", f"{sbatch.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("SHELL", "/bin/bash")
    file = isolated / ".bashrc"
    file.write_text("export A=1")
    repo.commit("Train a model", **{"train.py": "print('loss')\n", "job.sh": "#!/bin/sh\n#SBATCH -n1\n"})
    return file


def on_a_terminal(command: str, repo: GitRepo, answer: str) -> str:
    done = subprocess.run(
        ["script", "-qec", command, "/dev/null"],
        cwd=repo.path, input=answer.encode(), env={**os.environ, "TERM": "dumb"}, capture_output=True, check=True,
    )  # fmt: skip
    return done.stdout.decode("utf-8", "replace")


def slurm_check(journal: Journal) -> dict[str, object]:
    (check,) = [check for check in journal.json("doctor") if check["check"] == "slurm"]
    return dict(check)


def test_without_a_terminal_it_says_how(start_file: Path, journal: Journal) -> None:
    before = start_file.read_bytes()
    assert "journal init --shell-line" in journal("init", ok=True).out.splitlines()[-1]
    assert "project" in journal.json("init")
    assert "journal init" not in journal("init", "--no-shell-line", ok=True).out
    assert start_file.read_bytes() == before
    assert slurm_check(journal)["ok"]
    assert "journal init --shell-line" in str(slurm_check(journal)["detail"])


def test_a_dry_run_tells(start_file: Path, journal: Journal, isolated: Path) -> None:
    before = tree_of(isolated)
    assert "would offer to add a line to " in journal("init", "--dry-run", ok=True).out
    told = journal("init", "--dry-run", "--shell-line", ok=True).out
    assert f"would add a line to {start_file}: [ ! -r " in told
    assert "would install the shim of sbatch in " in told
    assert tree_of(isolated) == before


@pytest.mark.parametrize(("answer", "added"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_on_a_terminal_it_asks(start_file: Path, repo: GitRepo, answer: str, added: bool) -> None:
    told = on_a_terminal(f"{JOURNAL} init", repo, answer)
    assert "Add it?" in told
    assert ("keeps the code of submitted jobs" in start_file.read_text()) == added
    if added:
        assert "Add it?" not in on_a_terminal(f"{JOURNAL} init", repo, "")
    assert "Add it?" not in on_a_terminal(f"{JOURNAL} init --no-shell-line", repo, "")
    assert start_file.read_text() == "export A=1"


def test_doctor_sees_whether_it_works(start_file: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    journal("init", "--shell-line", ok=True)
    check = slurm_check(journal)
    assert (check["ok"], "open a new shell" in str(check["fix"])) == (False, True)
    new_shell = subprocess.run(
        ["bash", "-c", f". {start_file}; printenv PATH"], capture_output=True, text=True, check=True
    )
    monkeypatch.setenv("PATH", new_shell.stdout.strip())
    assert slurm_check(journal)["ok"]
    data = Path(os.environ["JOURNAL_DATA_DIR"])
    (data / "hooks/slurm/snapshot").unlink()
    check = slurm_check(journal)
    assert (check["ok"], check["fix"]) == (False, "journal init")
    journal("init", ok=True)
    assert slurm_check(journal)["ok"]
    monkeypatch.setenv("JOURNAL_DATA_DIR", str(data.parent / "other"))
    journal("init", ok=True)
    assert "another data directory" in str(slurm_check(journal)["detail"]) or not slurm_check(journal)["ok"]


def test_the_last_repository_takes_the_line_with_it(start_file: Path, journal: Journal, tmp_path: Path) -> None:
    before = start_file.read_bytes()
    other = GitRepo.create(tmp_path / "other")
    other.commit("Another project")
    journal("init", "--shell-line", ok=True)
    journal("init", cwd=other.path, ok=True)
    told = journal("uninstall", ok=True).out
    assert f"left the line in {start_file}, which {other.path}/.git uses too" in told
    assert start_file.read_bytes() != before
    assert f"removed the journal's line from {start_file}" in journal("uninstall", cwd=other.path, ok=True).out
    assert start_file.read_bytes() == before
