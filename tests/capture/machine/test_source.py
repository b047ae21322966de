import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from journal.capture.machine.python_environment import installed_since
from journal.capture.machine.source import SECONDS_BETWEEN_PROBES, MachineSource, read_machine
from journal.capture.machine.view import run_side_by_side, this_machine
from tests.machines import lay_out, lumi_job, lumi_login, olivia_job, olivia_login, view

NOW = 1_772_625_600.0


def test_a_lumi_login_node(tmp_path: Path) -> None:
    facts = read_machine(Path("/scratch/project_1/repo"), Path("/users/ada/.local"), lumi_login(tmp_path))
    assert facts["host"] == "uan03"
    assert facts["cpu"] == {"count": 256, "model": "AMD EPYC 7742 64-Core Processor"}
    assert facts["memory_gib"] == 1008
    assert facts["gpus"] == []
    scheduler = facts["scheduler"]
    assert scheduler is not None
    assert (scheduler["cluster"], scheduler["version"]) == ("lumi", "24.11.5")
    assert [partition["name"] for partition in scheduler["partitions"]] == ["standard-g", "dev-g"]
    assert scheduler["nodes"][0]["gres"] == "gpu:mi250:8"
    assert facts["modules"] == {
        "system": "Lmod",
        "version": "8.3.1",
        "loaded": ["LUMI/24.03", "partition/L", "cotainr"],
    }
    assert facts["containers"] == {"singularity": "4.1.3-1"}
    assert facts["package_tools"] == ["cotainr"]
    packages = {"torch": "2.1.0+rocm5.6"}
    assert facts["python"] == {"where": "$VIRTUAL_ENV", "kind": "venv", "version": "3.11.5", "packages": packages}
    assert facts["filesystems"]["repo"] == {"path": "/scratch/project_1/repo", "type": "lustre", "network": True}


def test_a_lumi_compute_node(tmp_path: Path) -> None:
    facts = read_machine(view=lumi_job(tmp_path))
    assert facts["gpus"] == [{"vendor": "amd", "model": "MI250X", "memory_gib": 64, "count": 8, "target": "gfx90a"}]
    assert facts["gpu_software"] == {"amd_driver": "6.3.6", "rocm": "6.0.3"}
    assert facts["job"] == {"partition": "standard-g"}


def test_an_olivia_login_node(tmp_path: Path) -> None:
    facts = read_machine(view=olivia_login(tmp_path))
    assert facts["python"] == {"where": "PATH", "kind": "system", "version": "3.9", "packages": {}}
    assert facts["containers"] == {"apptainer": "1.4.1-1.el9"}


def test_an_olivia_compute_node(tmp_path: Path) -> None:
    facts = read_machine(view=olivia_job(tmp_path))
    assert facts["architecture"] == "aarch64"
    assert facts["gpus"] == [{"vendor": "nvidia", "model": "NVIDIA GH200 120GB", "memory_gib": 96, "count": 4}]
    assert facts["gpu_software"] == {"nvidia_driver": "575.57.08", "cuda": "12.9.0"}


def test_nvidia_without_its_tool(tmp_path: Path) -> None:
    lay_out(
        tmp_path,
        {
            "/proc/driver/nvidia/gpus/0000:01:00.0/information": "Model: \t\t NVIDIA A100-SXM4-40GB\nIRQ: 1\n",
            "/proc/driver/nvidia/version": "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5\n",
        },
    )
    facts = read_machine(view=view(tmp_path, {}, {}, "n", "x86_64"))
    assert facts["gpus"] == [{"vendor": "nvidia", "model": "NVIDIA A100-SXM4-40GB", "memory_gib": None, "count": 1}]
    assert facts["gpu_software"] == {"nvidia_driver": "550.54.15"}


def test_the_frameworks_of_the_repos_own_environment(tmp_path: Path) -> None:
    repo = lay_out(
        tmp_path / "repo",
        {
            ".venv/pyvenv.cfg": "version_info = 3.11.9.final.0\n",
            ".venv/lib/python3.11/site-packages/torch-2.1.0.dist-info/METADATA": "Version: 2.1.0+rocm5.6\n",
            ".venv/lib/python3.11/site-packages/requests-2.0.dist-info/METADATA": "Version: 2.0\n",
        },
    )
    facts = read_machine(repo, view=view(tmp_path / "root", {}, {}, "n", "x86_64"))
    python = {"where": ".venv", "kind": "venv", "version": "3.11.9", "packages": {"torch": "2.1.0+rocm5.6"}}
    assert facts["python"] == python


def test_a_conda_environment(tmp_path: Path) -> None:
    lay_out(tmp_path, {"/conda/envs/x/conda-meta/python-3.10.4-h1_0.json": "{}"})
    facts = read_machine(view=view(tmp_path, {"CONDA_PREFIX": "/conda/envs/x"}, {}, "n", "x86_64"))
    assert facts["python"] == {"where": "$CONDA_PREFIX", "kind": "conda", "version": "3.10.4", "packages": {}}


def test_a_pipe_in_place_of_a_file_does_not_stall(tmp_path: Path) -> None:
    (tmp_path / ".venv").mkdir()
    os.mkfifo(tmp_path / ".venv/pyvenv.cfg")
    assert read_machine(tmp_path, view=view(tmp_path / "root", {}, {}, "n", "x86_64"))["python"] is None


def test_only_variables_of_the_allowlist_are_recorded(tmp_path: Path) -> None:
    facts = read_machine(view=lumi_login(tmp_path))
    assert facts["caches"] == {
        "HF_HOME": "/scratch/project_1/hf",
        "MIOPEN_USER_DB_PATH": "/local/ada-miopen",
        "SCRATCH": "/scratch/project_1",
    }
    assert "hf_never_recorded" not in json.dumps(facts)


def test_an_empty_machine(tmp_path: Path) -> None:
    facts = read_machine(view=view(tmp_path, {}, {}, "bare", "riscv64"))
    assert facts["gpus"] == []
    assert facts["scheduler"] is None
    assert facts["python"] is None
    assert facts["os"] == {"name": "Linux", "kernel": "5.14.21"}


def test_the_real_machine(tmp_path: Path) -> None:
    facts = read_machine(tmp_path, tmp_path)
    assert facts["host"] == this_machine().host
    assert json.loads(json.dumps(facts)) == facts


def test_a_command_that_hangs_is_given_up() -> None:
    begun = time.monotonic()
    outputs = run_side_by_side(
        {"hangs": ["sh", "-c", "sleep 30 & wait"], "works": ["echo", "yes"], "fails": ["false"], "lacks": ["/no/such"]},
        timeout=0.3,
    )
    assert outputs == {"works": "yes\n"}
    assert time.monotonic() - begun < 10


# ── the source ───────────────────────────────────────────────────────────────────────────────────────────────


def _read(source: MachineSource, cursors: dict[str, Any]) -> int:
    """Reads into the cursors; returns how many events there were."""
    count = 0
    for batch in source.read(cursors):
        cursors.update(json.loads(json.dumps(dict(batch.cursors))))
        count += len(batch.events)
    return count


def test_a_change_is_told_once_and_looked_for_once_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = lumi_login(tmp_path)
    cursors: dict[str, Any] = {}
    assert _read(MachineSource("p", tmp_path, tmp_path, NOW, machine), cursors) == 1
    lay_out(tmp_path, {"/etc/os-release": 'PRETTY_NAME="Another"\n'})
    assert _read(MachineSource("p", tmp_path, tmp_path, NOW + 60, machine), cursors) == 0
    assert _read(MachineSource("p", tmp_path, tmp_path, NOW + 60, machine, force=True), cursors) == 1
    later = NOW + 120 + SECONDS_BETWEEN_PROBES
    assert _read(MachineSource("p", tmp_path, tmp_path, later, machine), cursors) == 0
    assert cursors["host uan03"]["probed"] == later


def test_a_machine_that_turns_back_is_told_again(tmp_path: Path) -> None:
    machine = lumi_login(tmp_path)
    ids = set()
    cursors: dict[str, Any] = {}
    for day, name in enumerate(("A", "B", "A")):
        lay_out(tmp_path, {"/etc/os-release": f"PRETTY_NAME={name}\n"})
        for batch in MachineSource("p", tmp_path, tmp_path, NOW + day * SECONDS_BETWEEN_PROBES, machine).read(cursors):
            cursors.update(batch.cursors)
            ids.update(event.id for event in batch.events)
    assert len(ids) == 3


def test_compute_nodes_of_a_partition_count_as_one(tmp_path: Path) -> None:
    cursors: dict[str, Any] = {}
    first = lumi_job(tmp_path)
    assert _read(MachineSource("p", tmp_path, tmp_path, NOW, first), cursors) == 1
    second = first._replace(host="nid006000")
    assert _read(MachineSource("p", tmp_path, tmp_path, NOW + 2 * SECONDS_BETWEEN_PROBES, second), cursors) == 0
    assert list(cursors) == ["partition lumi/standard-g"]


@pytest.mark.parametrize("cursor", [None, 7, "x", {}, {"probed": "soon"}, {"probed": NOW + 9e9, "digest": 3}])
def test_a_cursor_that_makes_no_sense_means_look_again(tmp_path: Path, cursor: object) -> None:
    machine = lumi_login(tmp_path)
    assert _read(MachineSource("p", tmp_path, tmp_path, NOW, machine), {"host uan03": cursor}) == 1


def test_the_packages_that_came_lately(tmp_path: Path) -> None:
    repo = lay_out(
        tmp_path / "repo",
        {
            ".venv/lib/python3.11/site-packages/torch-2.1.0.dist-info/METADATA": "Version: 2.1.0\n",
            ".venv/lib/python3.11/site-packages/einops-0.8.0.dist-info/METADATA": "Version: 0.8.0\n",
            ".venv/lib/python3.11/site-packages/numpy-1.26.4.dist-info/METADATA": "Version: 1.26.4\n",
        },
    )
    conda = lay_out(tmp_path / "machine", {"/conda/conda-meta/pip-tools-24.0-py311_0.json": "{}"}) / "conda"
    ages = {
        repo / ".venv/lib/python3.11/site-packages/torch-2.1.0.dist-info": -5,
        conda / "conda-meta/pip-tools-24.0-py311_0.json": 5,
    }
    for number, name in enumerate(("einops-0.8.0", "numpy-1.26.4"), 10):
        ages[repo / f".venv/lib/python3.11/site-packages/{name}.dist-info"] = number
    for path, age in ages.items():
        os.utime(path, (NOW + age, NOW + age))
    machine = view(tmp_path / "machine", {"CONDA_PREFIX": "/conda", "VIRTUAL_ENV": "/none"}, {}, "n", "x86_64")
    assert installed_since(machine, repo, NOW) == [
        ("pip-tools", "24.0", "$CONDA_PREFIX", NOW + 5),
        ("einops", "0.8.0", ".venv", NOW + 10),
        ("numpy", "1.26.4", ".venv", NOW + 11),
    ]
    assert installed_since(machine, None, NOW + 20) == []
