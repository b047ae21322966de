"""Which profile fits a machine, and what follows from a profile and a machine together."""

from pathlib import Path
from typing import Any

import pytest

from journal.capture.machine.source import read_machine
from journal.capture.machine.view import MachineView
from journal.derive.cluster_profile import ClusterProfile, choose_profile, misplaced_caches, place_of
from journal.derive.profile_file import parse_profile
from journal.documents.cluster_profiles import load_profiles
from journal.machine_facts import MachineFacts
from tests.machines import generic_login, lay_out, lumi_job, lumi_login, olivia_job, olivia_login, view


def _profile(name: str) -> ClusterProfile:
    return next(profile for profile in load_profiles() if profile.name == name)


def _facts(machine: MachineView, repo: str = "/scratch/project_465000001/repo") -> MachineFacts:
    return read_machine(Path(repo), view=machine)


@pytest.mark.parametrize(
    ("machine", "name"),
    [
        (lumi_login, "lumi"),
        (lumi_job, "lumi"),
        (olivia_login, "olivia"),
        (olivia_job, "olivia"),
        (generic_login, "generic"),
    ],
)
def test_a_cluster_is_known_by_its_name(machine: Any, name: str, tmp_path: Path) -> None:
    profile = choose_profile(load_profiles(), _facts(machine(tmp_path)))
    assert profile is not None
    assert profile.name == name


def test_where_nothing_names_the_cluster_host_and_directories_decide(tmp_path: Path) -> None:
    for directory in ("appl", "flash", "scratch", "users"):
        (tmp_path / directory).mkdir()
    lay_out(tmp_path, {}, ["/usr/bin/sbatch"])
    machine = view(tmp_path, {"PATH": "/usr/bin"}, {}, "uan03", "x86_64")
    assert choose_profile(load_profiles(), _facts(machine)) == _profile("lumi")
    assert choose_profile(load_profiles(), _facts(machine._replace(host="login1"))) == _profile("generic")
    (tmp_path / "flash").rmdir()
    assert choose_profile(load_profiles(), _facts(machine)) == _profile("generic")


def test_a_machine_without_a_batch_system_has_none(tmp_path: Path) -> None:
    assert choose_profile(load_profiles(), _facts(view(tmp_path, {}, {}, "desk", "x86_64"))) is None


def test_lmod_names_the_cluster_where_slurm_does_not(tmp_path: Path) -> None:
    lay_out(tmp_path, {}, ["/usr/bin/sbatch"])
    machine = view(tmp_path, {"PATH": "/usr/bin", "LMOD_SYSTEM_NAME": "Olivia"}, {}, "x1", "x86_64")
    assert choose_profile(load_profiles(), _facts(machine)) == _profile("olivia")


def test_a_persons_profile_comes_first(tmp_path: Path) -> None:
    own = parse_profile({"name": "mine", "detect": {"clusters": ["LUMI"]}}, "mine.toml")
    assert choose_profile([own, *load_profiles()], _facts(lumi_login(tmp_path))) == own


@pytest.mark.parametrize(
    ("name", "path", "place", "project"),
    [
        ("lumi", "/scratch/project_465000001/ada/repo", "scratch", "project_465000001"),
        ("lumi", "/scratch/project_465000001", "scratch", "project_465000001"),
        ("lumi", "/users/ada/repo", "home", ""),
        ("lumi", "/pfs/lustrep2/users/ada/repo", "home", ""),
        ("lumi", "/pfs/lustrep3/scratch/project_465000001/repo", "scratch", "project_465000001"),
        ("lumi", "/pfs/lustref1/flash/project_465000001", "flash", "project_465000001"),
        ("lumi", "/pfs/lustrep3", None, None),
        ("lumi", "/pfs/elsewhere/users/ada", None, None),
        ("olivia", "/cluster/work/projects/nn1234k/repo", "work", "nn1234k"),
        ("olivia", "/cluster/home/ada", "home", ""),
        ("lumi", "/scratch", None, None),
        ("lumi", "/scratchpad/project_1", None, None),
        ("generic", "/scratch/ada", None, None),
    ],
)
def test_where_a_path_lies(name: str, path: str, place: str | None, project: str | None) -> None:
    found = place_of(_profile(name), path)
    assert (found[0].name, found[1]) == (place, project) if found else (place, project) == (None, None)


def _misplaced(profile: str, home: str, caches: dict[str, str], tmp_path: Path) -> set[str]:
    facts = _facts(view(tmp_path, {"HOME": home, **caches}, {}, "uan01", "x86_64"))
    return {advice.variable for advice in misplaced_caches(_profile(profile), facts)}


def test_caches_in_the_home_are_misplaced_and_those_elsewhere_are_not(tmp_path: Path) -> None:
    caches = {
        "HF_HOME": "/users/ada/hf",
        "TORCH_HOME": "/scratch/project_1/torch",
        "SINGULARITY_CACHEDIR": "/users/adam",
    }
    found = _misplaced("lumi", "/users/ada", caches, tmp_path)
    assert found == {"HF_HOME", "PIP_CACHE_DIR", "MIOPEN_USER_DB_PATH", "MIOPEN_CUSTOM_CACHE_DIR"}


def test_a_home_is_known_by_its_mount_too(tmp_path: Path) -> None:
    assert "HF_HOME" in _misplaced("lumi", "/users/ada", {"HF_HOME": "/pfs/lustrep1/users/ada/hf"}, tmp_path)
    assert "HF_HOME" in _misplaced("lumi", "/pfs/lustrep1/users/ada", {"HF_HOME": "/users/ada/hf"}, tmp_path)


def test_the_defaults_of_caches_follow_xdg_cache_home(tmp_path: Path) -> None:
    found = _misplaced("lumi", "/users/ada", {"XDG_CACHE_HOME": "/scratch/project_1/cache"}, tmp_path)
    assert found == {"SINGULARITY_CACHEDIR", "MIOPEN_USER_DB_PATH", "MIOPEN_CUSTOM_CACHE_DIR"}


def test_a_cache_for_one_node_is_misplaced_on_storage_that_nodes_share(tmp_path: Path) -> None:
    caches = {"MIOPEN_USER_DB_PATH": "/scratch/project_1/miopen", "MIOPEN_CUSTOM_CACHE_DIR": "/tmp/ada-miopen"}  # noqa: S108
    found = _misplaced("lumi", "/users/ada", caches, tmp_path)
    assert "MIOPEN_USER_DB_PATH" in found
    assert "MIOPEN_CUSTOM_CACHE_DIR" not in found


def test_a_scratch_that_is_not_there_is_no_place_for_caches(tmp_path: Path) -> None:
    assert _misplaced("generic", "/home/ada", {}, tmp_path) == set()
    assert _misplaced("generic", "/home/ada", {"SCRATCH": "/scratch/ada"}, tmp_path) == {"HF_HOME", "TORCH_HOME"}
