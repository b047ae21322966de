"""The wheel that people install: what is in it, and that `journal init` works from it."""

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path, PurePosixPath

import pytest

from tests.environment import PROJECT
from tests.git_repo import GitRepo

SHIPPED = ("hooks", "schema", "exporters")
WHEELS = PROJECT / ".cache/wheels"  # what the package depends on, fetched by tests/run


def _run(*command: str | Path, cwd: Path) -> str:
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}  # else the source tree is found
    done = subprocess.run(
        command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source distribution, so that this one is complete too."""
    out = tmp_path_factory.mktemp("dist")
    _run(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, PROJECT, cwd=out)
    assert len(list(out.glob("*.tar.gz"))) == 1
    [built] = out.glob("*.whl")
    return built


class FreshVenv:
    """A virtual environment without pip; the test's own pip fills it.

    Args:
        path: where it is made.
        borrowing: it also sees the packages of the test's environment, after its own.
    """

    def __init__(self, path: Path, *, borrowing: bool) -> None:
        self.path = path
        _run(sys.executable, "-m", "venv", "--without-pip", path, cwd=path.parent)
        if borrowing:
            [packages] = path.glob("lib/python*/site-packages")
            (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")

    def pip_install(self, *arguments: str | Path) -> None:
        """Installs without an index."""
        pip: list[str | Path] = [
            sys.executable,
            "-m",
            "pip",
            "--python",
            self.path / "bin/python",
            "--disable-pip-version-check",
        ]
        _run(*pip, "install", "--quiet", "--no-index", *arguments, cwd=self.path)

    def run(self, program: str, *arguments: str, cwd: Path) -> str:
        """Runs a program of the environment; returns what it printed."""
        return _run(self.path / "bin" / program, *arguments, cwd=cwd)


def _tracked(directory: str) -> set[PurePosixPath]:
    listing = _run("git", "-c", "safe.directory=*", "ls-files", "-z", directory, cwd=PROJECT)
    return {PurePosixPath(name) for name in listing.split("\0") if name}


def test_the_wheel_holds_the_package_and_what_is_shipped_beside_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {PurePosixPath(name) for name in archive.namelist()}
    package = {name for name in names if name.parts[0] == "journal"}
    assert {name.parts[0] for name in names - package} == {f"{'-'.join(wheel.name.split('-')[:2])}.dist-info"}
    shipped = {name for kind in SHIPPED for name in _tracked(kind)}
    assert {name.parts[0] for name in shipped} == set(SHIPPED)
    assert package == _tracked("journal") | {PurePosixPath("journal/_shared") / name for name in shipped}


def test_what_is_executable_stays_so_in_the_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        executable = {entry.filename for entry in archive.infolist() if entry.external_attr >> 16 & 0o111}
    assert executable == {
        f"journal/_shared/{name}" for kind in SHIPPED for name in _tracked(kind) if os.access(PROJECT / name, os.X_OK)
    }


def test_the_metadata_names_no_address_of_a_dependency(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        [metadata] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        lines = archive.read(metadata).decode().splitlines()
    requirements = [line for line in lines if line.startswith("Requires-Dist:")]
    assert requirements
    assert not [line for line in requirements if "@" in line or "://" in line]


@pytest.mark.slow
@pytest.mark.integration
def test_journal_init_works_from_the_wheel_with_its_own_dependencies(
    wheel: Path, tmp_path: Path, repo: GitRepo
) -> None:
    if not WHEELS.is_dir():
        pytest.skip("the dependencies' wheels are not in .cache/wheels: tests/run fetches them")
    venv = FreshVenv(tmp_path / "venv", borrowing=False)
    venv.pip_install("--find-links", WHEELS, wheel)
    sha = repo.commit("Train a model", **{"train.py": "print('loss')\n"})
    venv.run("journal", "init", cwd=repo.path)
    events = json.loads(venv.run("journal", "log", "--json", cwd=repo.path))
    assert sha in {event["data"].get("sha") for event in events}
    assert (repo.path / "SCRATCH.md").is_file()
    assert repo.git("status", "--porcelain") == ""
    venv.run("journal", "publish", str(tmp_path / "site"), cwd=repo.path)
    assert (tmp_path / "site/index.html").is_file()


@pytest.mark.parametrize("how", ["wheel", "editable"])
def test_what_is_shipped_is_found_however_it_is_installed(how: str, wheel: Path, tmp_path: Path) -> None:
    venv = FreshVenv(tmp_path / "venv", borrowing=True)
    venv.pip_install("--no-deps", *([wheel] if how == "wheel" else ["--no-build-isolation", "--editable", PROJECT]))
    found = venv.run(
        "python",
        "-c",
        f"from journal.paths import shipped\nfor kind in {SHIPPED}: print(shipped(kind))",
        cwd=tmp_path,
    ).split()
    root = PROJECT if how == "editable" else next(venv.path.glob("lib/python*/site-packages")) / "journal/_shared"
    assert [Path(path) for path in found] == [root / kind for kind in SHIPPED]
