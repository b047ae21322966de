"""`journal watch --plain`: a line for each thing that happens."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import JOURNAL, Journal, eventually
from tests.git_repo import GitRepo
from tests.slurm.cluster import Cluster


@pytest.mark.usefixtures("by_hand")
def test_it_tells_what_happens_until_interrupted(repo: GitRepo, journal: Journal, tmp_path: Path) -> None:
    repo.commit("one")
    journal("init")
    told = tmp_path / "told"
    with told.open("wb") as out:
        watching = subprocess.Popen([JOURNAL, "watch", "--plain", "--every", "1"], cwd=repo.path, stdout=out)
    try:
        repo.commit("seen by the watcher \x1b[31m")
        eventually(lambda: b"seen by the watcher" in told.read_bytes())
        repo.git("checkout", "-q", "-b", "bf16")
        eventually(lambda: "main → bf16" in told.read_text())
        assert "bf16" in (repo.path / "SCRATCH.md").read_text()
    finally:
        watching.send_signal(signal.SIGINT)
    assert watching.wait(timeout=20) == 130
    lines = told.read_text().splitlines()
    assert "\x1b" not in told.read_text()
    assert all(line[:4].isdigit() for line in lines)
    assert not any(" link " in line for line in lines)


def test_outside_of_any_repository_it_watches_all(repo: GitRepo, journal: Journal, tmp_path: Path) -> None:
    repo.commit("one")
    journal("init")
    outside = tmp_path / "outside"
    outside.mkdir()
    told = tmp_path / "told"
    with told.open("wb") as out:
        watching = subprocess.Popen(
            [JOURNAL, "watch", "--plain", "--every", "1"], cwd=outside, stdout=out, env={**os.environ}
        )
    try:
        repo.git("commit", "-q", "--allow-empty", "-m", "from afar")
        eventually(lambda: b"from afar" in told.read_bytes() or "from afar" in journal.titles()[0])
    finally:
        watching.send_signal(signal.SIGINT)
        watching.wait(timeout=20)


@pytest.mark.slow
def test_it_tells_what_becomes_of_jobs(repo: GitRepo, journal: Journal, slurm: Cluster, tmp_path: Path) -> None:
    repo.commit("one")
    journal("init", ok=True)
    job = slurm.submit("--wrap", "sleep 1; exit 3", cwd=repo.path)
    told = tmp_path / "told"
    with told.open("wb") as out:
        watching = subprocess.Popen([JOURNAL, "watch", "--plain", "--every", "1"], cwd=repo.path, stdout=out)
    try:
        eventually(lambda: f"{job} {slurm.name} ✗ failed · exit code 3" in told.read_text(), 90)
    finally:
        watching.send_signal(signal.SIGINT)
        watching.wait(timeout=20)
