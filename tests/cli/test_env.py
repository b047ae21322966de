"""`journal env`: any directory, no set-up; and what `init` says and asks of a job script on a cluster."""

import os
import pty
import re
import select
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.conftest import JOURNAL, Journal, clear_error
from tests.git_repo import GitRepo
from tests.machines import LUMI_CONF
from tests.slurm.cluster import Cluster


@pytest.fixture
def on_lumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The configuration of a LUMI-like cluster is found."""
    conf = tmp_path / "slurm.conf"
    conf.write_text(LUMI_CONF, encoding="utf-8")
    monkeypatch.setenv("SLURM_CONF", str(conf))


def test_any_directory_with_no_set_up(journal: Journal, tmp_path: Path, isolated: Path, on_lumi: None) -> None:
    directory = tmp_path / "plain"
    directory.mkdir()
    (directory / "requirements.txt").write_text("torch==2.1.0\n", encoding="utf-8")
    done = journal("env", directory, cwd=tmp_path, ok=True)
    headings = [line for line in done.out.splitlines() if line.startswith("## ")]
    assert headings == ["## This cluster: LUMI", "## What this repo needs", "## Gotchas"]
    assert "| torch | `==2.1.0` | requirements.txt:1 |" in done.out
    assert "\x1b" not in done.out
    assert not Path(os.environ["JOURNAL_DATA_DIR"]).exists()
    assert [path.name for path in directory.iterdir()] == ["requirements.txt"]


def test_it_says_what_env_md_says(repo: GitRepo, journal: Journal, on_lumi: None) -> None:
    repo.commit("Begin", **{"requirements.txt": "torch\n"})
    journal("init", ok=True)
    document = (repo.path / "ENV.md").read_text(encoding="utf-8")
    told = journal("env", ok=True).out
    assert [line for line in told.splitlines() if line and line not in document] == []


def test_its_json(journal: Journal, repo: GitRepo, on_lumi: None) -> None:
    repo.commit("Begin", **{"requirements.txt": "torch==2.1.0\n"})
    told = journal.json("env")
    assert {"cluster", "profile", "machine", "needs", "advice"} <= told.keys()
    assert told["cluster"] == "lumi"
    assert told["profile"]["gpus"][0]["per_node"] == 8
    assert told["profile"]["storage"][0]["note"] is None
    assert told["machine"]["scheduler"]["partitions"][0]["max_time"] == "2-00:00:00"
    assert told["needs"]["packages"] == [{"name": "torch", "limits": "==2.1.0", "path": "requirements.txt", "line": 1}]
    assert all(set(advice) == {"check", "ok", "detail", "fix"} for advice in told["advice"])


def test_the_cluster_of_this_machine(journal: Journal, slurm: Cluster) -> None:
    told = journal.json("env")
    partitions = slurm.run("sinfo", "-h", "-o", "%R")
    assert [one["name"] for one in told["machine"]["scheduler"]["partitions"]] == partitions.split()
    config = slurm.scontrol("show", "config")
    assert re.search(rf"^ClusterName +=\s+{re.escape(told['cluster'])}$", config, re.MULTILINE)
    assert told["profile"]["name"] == "generic"
    assert told["profile"]["job"]["template"]


def test_no_such_directory(journal: Journal, tmp_path: Path) -> None:
    clear_error(journal("env", tmp_path / "none"), "none", "not a directory")


def test_a_broken_profile_of_ones_own_is_told(journal: Journal, repo: GitRepo, isolated: Path, on_lumi: None) -> None:
    own = isolated / ".config/journal/clusters/mine.toml"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text("name = 'lumi'\nqueues = 3\n", encoding="utf-8")
    clear_error(journal("env"), str(own), "queues")
    repo.commit("Begin")
    checks = {check["check"]: check for check in journal.json("doctor")}
    assert not checks["cluster"]["ok"]
    assert "queues" in checks["cluster"]["detail"]


def test_a_job_script_with_the_repos_own_command(journal: Journal, repo: GitRepo, on_lumi: None) -> None:
    readme = "# Model\n\n## Training\n\n```sh\npython train.py --config base.yaml\n```\n"
    repo.commit("Begin", **{"train.py": "print('loss')\n", "README.md": readme})
    script = journal("env", "--job-script", ok=True).out
    assert script.startswith("#!/bin/bash\n#SBATCH --job-name=repo\n#SBATCH --account=project_XXXXXXXXX\n")
    assert "# As README.md:6 has it" in script
    assert script.endswith('srun singularity run "$image" python train.py --config base.yaml\n')


# ── init ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_init_without_a_terminal_says_only_how_to_get_it(journal: Journal, repo: GitRepo, on_lumi: None) -> None:
    repo.commit("Begin", **{"train.py": "print('loss')\n"})
    done = journal("init", ok=True)
    assert "journal env --job-script" in done.out
    assert "job.sh?" not in done.out
    assert not (repo.path / "job.sh").exists()


def test_init_on_a_terminal_writes_it_when_told_to(repo: GitRepo, on_lumi: None) -> None:
    repo.commit("Begin", **{"train.py": "print('loss')\n"})
    assert "Write it as job.sh?" in _on_terminal(repo.path, "n\n")
    assert not (repo.path / "job.sh").exists()
    _on_terminal(repo.path, "y\n")
    assert (repo.path / "job.sh").read_text(encoding="utf-8").startswith("#!/bin/bash\n#SBATCH")
    assert repo.git("status", "--porcelain") == "?? job.sh"


def test_init_offers_nothing_where_a_batch_script_is(repo: GitRepo, on_lumi: None) -> None:
    repo.commit("Begin", **{"train.py": "print('loss')\n"})
    (repo.path / "slurm").mkdir()
    (repo.path / "slurm/run.sbatch").write_text("#!/bin/sh\n#SBATCH -n 1\n", encoding="utf-8")
    shown = _on_terminal(repo.path, "y\n")
    assert "Write it" not in shown
    assert not (repo.path / "job.sh").exists()


def _on_terminal(cwd: Path, answer: str) -> str:
    """Runs `journal init` on a terminal, answers its question if it has one, and gives all that was shown."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [JOURNAL, "init", "--no-shell-line"], cwd=cwd, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    shown, deadline, answered = b"", time.monotonic() + 60, False
    while time.monotonic() < deadline:
        if not select.select([ours], [], [], 0.1)[0]:
            continue
        try:
            read = os.read(ours, 4096)
        except OSError:  # the other side is closed
            break
        shown += read
        if b"job.sh?" in shown and not answered:
            os.write(ours, answer.encode())
            answered = True
        if not read:
            break
    os.close(ours)
    assert process.wait(30) == 0, shown
    return shown.decode("utf-8", "replace")
