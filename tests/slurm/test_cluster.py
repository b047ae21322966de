"""The real cluster of the tests does what tests rely on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.disks import as_root
from tests.environment import PROJECT
from tests.slurm.cluster import Cluster, NoClusterError, find_cluster, rows_of


def test_a_job_runs_and_accounting_has_it_whole(slurm: Cluster) -> None:
    job = slurm.submit("--comment=two\nlines|and\ta tab", script="echo hello from $SLURM_JOB_NAME")
    assert slurm.wait_for(job) == "COMPLETED"
    allocation, batch = slurm.settled(job)
    assert allocation["State"] == batch["State"] == "COMPLETED"
    assert allocation["JobName"] == slurm.name
    assert allocation["Comment"] == "two\nlines|and\ta tab"
    assert allocation["WorkDir"] == str(slurm.directory)
    assert slurm.output(job) == f"hello from {slurm.name}\n"


def test_what_a_test_leaves_running_is_cancelled(slurm: Cluster) -> None:
    job = slurm.submit("--wrap", "sleep 300")
    slurm.wait_for(job, "RUNNING")
    slurm.clean_up()
    assert slurm.wait_for(job) == "CANCELLED"


def test_nobody_is_beside_who_is_alone(slurm_alone: Cluster) -> None:
    program = "import fcntl; fcntl.flock(open('/run/slurm-lab/tests.lock', 'a'), fcntl.LOCK_SH | fcntl.LOCK_NB)"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=False).returncode == 1


def test_rows_are_told_apart_whatever_they_hold() -> None:
    first, second = rows_of("one\ntwo\n~COMPLETED~\n\nbatch~\nFAILED~\n", ["JobName", "State"], "~")
    assert first == {"JobName": "one\ntwo\n", "State": "COMPLETED"}
    assert second == {"JobName": "\nbatch", "State": "\nFAILED"}


@as_root
def test_a_cluster_that_is_not_ours_is_not_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = tmp_path / "slurm.conf"
    theirs.write_text("ClusterName=lumi\nStateSaveLocation=/var/spool/slurm\n")
    monkeypatch.setattr("tests.slurm.cluster.CONFIGURATION", theirs)
    monkeypatch.setattr("tests.slurm.cluster.shutil.which", lambda name: f"/usr/bin/{name}")
    with pytest.raises(NoClusterError, match="of this machine's own"):
        find_cluster(os.environ)


@as_root
def test_slurm_up_keeps_off_a_slurm_that_it_did_not_install(tmp_path: Path) -> None:
    sbatch = tmp_path / "sbatch"
    sbatch.write_text("#!/bin/sh\n")
    sbatch.chmod(0o755)
    done = subprocess.run(
        [PROJECT / "tests/slurm/slurm-up"],
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == f"slurm-up: this machine has a Slurm of its own: {sbatch}\n"
