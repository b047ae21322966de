"""What hurts on a cluster is told with the command that mends it, and nothing is told where nothing hurts."""

import os
import time
from pathlib import Path
from typing import Any

import pytest

from journal.capture.filesystem import FilesystemType
from journal.capture.machine.quota import Usage
from journal.capture.machine.source import read_machine
from journal.derive.profile_file import parse_profile
from journal.documents.environment import Environment, manifests_of
from journal.install import site_health
from journal.install.doctor_check import Check
from journal.install.site_health import checks_of_site
from tests.machines import view

DAY = 86400.0


class Site:
    """A cluster below a directory, with a home, a scratch that is emptied, and a repo in a project's part of it."""

    def __init__(self, root: Path) -> None:
        self.home = root / "home/ada"
        self.repo = root / "scratch/project_1/repo"
        self.home.mkdir(parents=True)
        self.repo.mkdir(parents=True)
        self.environ = {"HOME": str(self.home)}
        self.tables: dict[str, Any] = {
            "name": "reef",
            "storage": {
                "usage_command": "reefquota",
                "places": [
                    {"name": "home", "path": f"{root}/home/$USER", "size": "20 GB"},
                    {"name": "scratch", "path": f"{root}/scratch/$PROJECT", "purge_days": 90},
                    {"name": "project", "path": f"{root}/project/$PROJECT", "size": "50 GB"},
                ],
            },
            "packages": {"avoid_on_network": True, "instead": "cotainr build my.sif"},
            "caches": {
                "variables": [
                    {"name": "HF_HOME", "place": f"{root}/scratch/$PROJECT/hf", "default": ".cache/hf", "why": "large"},
                    {
                        "name": "TORCH_HOME",
                        "place": f"{root}/scratch/$PROJECT/t",
                        "default": ".cache/t",
                        "why": "large",
                    },
                ]
            },
        }

    def checks(self, name: str) -> list[Check]:
        """The checks of one name."""
        here = read_machine(self.repo, view=view(self.home.parent, self.environ, {}, "uan01", "x86_64"))
        here["filesystems"]["home"]["network"] = True
        profile = parse_profile(self.tables, "reef.toml")
        found = checks_of_site(Environment(here, here, [], profile, manifests_of(self.repo), self.repo))
        return [check for check in found if check.check == name]

    def file(self, name: str, idle_days: float) -> None:
        """A file of the repo that was last used so many days ago."""
        path = self.repo / name
        path.write_text("x", encoding="utf-8")
        then = time.time() - idle_days * DAY
        os.utime(path, (then, then))


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setattr(site_health, "fullest_limit", lambda *_: None)
    return Site(tmp_path)


def _lustre(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site_health, "filesystem_of", lambda *_: FilesystemType("lustre", network=True))


def test_on_no_cluster_nothing_is_checked(site: Site) -> None:
    here = read_machine(site.repo, view=view(site.home, {}, {}, "desk", "x86_64"))
    assert checks_of_site(Environment(here, here, [], None, manifests_of(site.repo), site.repo)) == []


def test_the_cluster_is_told(site: Site) -> None:
    site.tables |= {"title": "Reef", "login": {"source": "a page", "checked": "2026-11-24"}}
    assert site.checks("cluster") == [Check("cluster", True, "Reef, profile reef, checked 2026-11-24", "")]


# ── environments ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_venv_of_the_repo_on_lustre_hurts(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    _lustre(monkeypatch)
    assert site.checks("packages") == []
    (site.repo / ".venv").mkdir()
    (site.repo / ".venv/pyvenv.cfg").touch()
    (check,) = site.checks("packages")
    assert not check.ok
    assert f"{site.repo}/.venv is a pip environment on lustre" in check.detail
    assert check.fix == "cotainr build my.sif"


def test_an_active_conda_environment_on_lustre_hurts_where_the_site_says_so(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "conda/conda-meta").mkdir(parents=True)
    monkeypatch.setenv("CONDA_PREFIX", str(tmp_path / "conda"))
    assert site.checks("packages") == []  # on a disk of this machine
    _lustre(monkeypatch)
    assert [check.ok for check in site.checks("packages")] == [False]
    site.tables["packages"]["avoid_on_network"] = False
    assert site.checks("packages") == []


# ── caches ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_caches_that_default_to_a_small_home_are_one_line_with_one_command(site: Site, tmp_path: Path) -> None:
    (check,) = site.checks("caches")
    assert check.detail == "HF_HOME (not set), TORCH_HOME (not set): large"
    assert check.fix == (
        f'export HF_HOME="{tmp_path}/scratch/project_1/hf" TORCH_HOME="{tmp_path}/scratch/project_1/t"'
    )


def test_caches_set_outside_of_the_home_or_by_the_repos_job_script_are_well(site: Site) -> None:
    site.environ["HF_HOME"] = "/data/hf"
    (site.repo / "jobs").mkdir()
    (site.repo / "jobs/train.sh").write_text("#!/bin/sh\n#SBATCH -n 1\nexport TORCH_HOME=/data/torch\n")
    assert site.checks("caches") == []
    (site.home / ".cache/t").mkdir(parents=True)  # but then it is there all the same
    assert [check.detail for check in site.checks("caches")] == ["TORCH_HOME (not set): large"]


def test_in_a_home_of_no_known_size_only_what_is_there_counts(site: Site) -> None:
    del site.tables["storage"]["places"][0]
    assert site.checks("caches") == []
    (site.home / ".cache/hf").mkdir(parents=True)
    assert [check.detail for check in site.checks("caches")] == ["HF_HOME (not set): large"]


# ── the home ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("usage", "ok", "words"),
    [
        (Usage("bytes", 10 * 1024**3, 20 * 1024**3), True, "50% full of 20 GiB"),
        (Usage("bytes", 19 * 1024**3, 20 * 1024**3), False, "95% full of 20 GiB"),
        (Usage("files", 99_000, 100_000), False, "99% full of 100,000 files"),
        (None, True, "may hold 20 GB; reefquota tells how full it is"),
    ],
)
def test_how_full_the_home_is(
    usage: Usage | None, ok: bool, words: str, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site_health, "fullest_limit", lambda *_: usage)
    (check,) = site.checks("home")
    assert check.ok == ok
    assert words in check.detail
    assert bool(check.fix) != ok


# ── files near their end ─────────────────────────────────────────────────────────────────────────────────────


def test_files_that_will_soon_be_deleted_are_told_with_a_place_to_copy_them_to(site: Site, tmp_path: Path) -> None:
    site.file("new", 1)
    assert [check.ok for check in site.checks("purge")] == [True]
    site.file("checkpoint.pt", 80)
    (check,) = site.checks("purge")
    assert not check.ok
    assert "1 file in" in check.detail
    assert "80 days" in check.detail
    assert check.fix == f"rsync -a {site.repo} {tmp_path}/project/project_1/"


def test_a_repo_elsewhere_is_not_looked_through(site: Site) -> None:
    site.file("checkpoint.pt", 80)
    del site.tables["storage"]["places"][1]["purge_days"]
    assert site.checks("purge") == []


def test_more_than_can_be_looked_at_is_told_as_at_least(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from journal.capture.machine.unused_files import Unused

    monkeypatch.setattr(site_health, "unused_files", lambda *_: Unused(20_000, 95.0, complete=False))
    (check,) = site.checks("purge")
    assert "at least 20,000 files" in check.detail
