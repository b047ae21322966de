"""`kill -9` at any moment: what is stored in the end is what a run that nobody disturbed stores, id for id."""

import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.conftest import JOURNAL, Journal
from tests.cli.test_whole_line import lay_out_sessions
from tests.git_repo import GitRepo

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.usefixtures("by_hand")]

DATED_BY_THE_READER = ("clone", "machine")  # these tell when the journal looked


def _ids(journal: Journal, data: Path) -> dict[str, list[str]]:
    """Every event's id by kind, but of those that are dated when they are read."""
    query = "SELECT kind, id FROM event ORDER BY kind, id"
    ran = journal("sql", query, "--json", env={"JOURNAL_DATA_DIR": str(data)}, ok=True)
    told: dict[str, list[str]] = {}
    for row in json.loads(ran.out):
        if row["kind"] not in DATED_BY_THE_READER:
            told.setdefault(row["kind"], []).append(row["id"])
    return told


@pytest.mark.parametrize("command", ["init", "capture"])
@pytest.mark.parametrize("seed", [1, 2])
def test_killed_again_and_again(repo: GitRepo, journal: Journal, tmp_path: Path, command: str, seed: int) -> None:
    for number in range(30):
        repo.commit(f"step {number}", **{f"file_{number % 5}.py": f"{number}\n" * 20})
    repo.git("checkout", "--quiet", "-b", "side", "HEAD~5")
    repo.commit("on the side", **{"side.py": "1\n"})
    repo.git("rebase", "--quiet", "main")
    lay_out_sessions(repo.path)
    disturbed, calm = tmp_path / "disturbed", tmp_path / "calm"
    chance = random.Random(seed)  # noqa: S311  (the same moments in every run)
    if command == "capture":
        journal("init", env={"JOURNAL_DATA_DIR": str(tmp_path / "first")}, ok=True)
    killed = 0
    for patience in (0.0, 0.05, *(chance.uniform(0.05, 0.7) for _ in range(15))):  # the first is never too late
        with subprocess.Popen(
            [JOURNAL, command],
            cwd=repo.path,
            env={**os.environ, "JOURNAL_DATA_DIR": str(disturbed)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            time.sleep(patience)
            process.send_signal(signal.SIGKILL)
        killed += process.returncode == -signal.SIGKILL
    assert killed, "every run was over before it was killed"
    journal(command, env={"JOURNAL_DATA_DIR": str(disturbed)}, ok=True)
    journal("capture", env={"JOURNAL_DATA_DIR": str(calm)}, ok=True)
    assert _ids(journal, disturbed) == _ids(journal, calm)
    assert len(_ids(journal, calm)["commit"]) > 30
    assert len(_ids(journal, calm)["session"]) == 12
    before = _ids(journal, disturbed)
    journal("rebuild", env={"JOURNAL_DATA_DIR": str(disturbed)}, ok=True)
    assert _ids(journal, disturbed) == before
    journal("uninstall", env={"JOURNAL_DATA_DIR": str(disturbed)}, ok=True)
    assert not (repo.path / ".git/journal").exists()
    assert repo.git("status", "--porcelain") == ""
