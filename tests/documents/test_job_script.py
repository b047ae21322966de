"""The job script of a directory, and which batch scripts it has already."""

import os
from pathlib import Path

import pytest

from journal.capture.machine.source import read_machine
from journal.documents.cluster_profiles import profile_of
from journal.documents.environment import Environment, manifests_of
from journal.documents.job_script import has_batch_script, job_script_of, variables_set_by_scripts
from journal.errors import JournalError
from tests.machines import lumi_login, view


def test_a_machine_without_slurm_has_none(tmp_path: Path) -> None:
    here = read_machine(tmp_path, view=view(tmp_path, {}, {}, "desk", "x86_64"))
    with pytest.raises(JournalError, match="desk has no Slurm"):
        job_script_of(Environment(here, here, [], profile_of(here), manifests_of(tmp_path), tmp_path))


def test_the_account_is_the_project_in_whose_storage_the_repo_lies(tmp_path: Path) -> None:
    here = read_machine(Path("/scratch/project_465000001/ada/repo"), view=lumi_login(tmp_path / "lumi"))
    script = job_script_of(Environment(here, here, [], profile_of(here), manifests_of(tmp_path), tmp_path))
    assert "#SBATCH --account=project_465000001\n" in script
    assert f"#SBATCH --job-name={tmp_path.name}\n" in script


def test_batch_scripts_are_found_at_the_top_and_one_directory_below(tmp_path: Path) -> None:
    (tmp_path / "build.sh").write_text("#!/bin/sh\nexport CC=gcc\n", encoding="utf-8")
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/job.sh").write_text("#!/bin/sh\n#SBATCH -n 1\n", encoding="utf-8")
    os.mkfifo(tmp_path / "pipe.sh")
    (tmp_path / "gone.sh").symlink_to("nowhere")
    assert not has_batch_script(tmp_path)
    (tmp_path / "a/train.slurm").write_bytes(b"#!/bin/sh\n#SBATCH -n 1\n\xff\n  export HF_HOME=/x\nTORCH_HOME=/y\n")
    assert has_batch_script(tmp_path)
    assert variables_set_by_scripts(tmp_path) == {"HF_HOME", "TORCH_HOME"}
