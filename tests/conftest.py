"""The walls of the test bed: no test sees the person's home, their git, their agents or a network.

Every test gets fresh directories in place of all those (`isolated`); an audit hook raises when a test reaches
for the real ones all the same. With CI=true a skipped test counts as a failure.
"""

import fcntl
import os
import re
import sys
import tempfile
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import hypothesis.configuration
import pytest

from tests.environment import PROJECT, environment_in
from tests.git_repo import GitRepo
from tests.slurm.cluster import LOCKS, Cluster, NoClusterError, find_cluster, held
from tests.slurm.states import Made, made_once

hypothesis.configuration.set_hypothesis_home_dir(PROJECT / ".cache/hypothesis")
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None)
hypothesis.settings.register_profile("dev", deadline=None)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") == "true" else "dev")

# ── the walls ────────────────────────────────────────────────────────────────────────────────────────────────

FILE_EVENTS = frozenset(
    {
        "open", "os.chdir", "os.chmod", "os.chown", "os.link", "os.listdir", "os.mkdir", "os.remove", "os.rename",
        "os.rmdir", "os.scandir", "os.symlink", "os.truncate", "os.utime", "shutil.copytree", "shutil.rmtree",
        "sqlite3.connect",
    }
)  # fmt: skip
TWO_PATHS = frozenset({"os.link", "os.rename", "os.symlink"})
LOOPBACK = ("127.", "::1", "localhost")


class OutOfBounds(BaseException):
    """A test reached for the real home or the network; not an Exception, so that no handler swallows it."""


class Walls:
    """An audit hook (they cannot be removed) that speaks only while a test runs.

    Args:
        home: the person's real home, off limits.
        allowed: directories inside it that the interpreter and pytest need themselves.
    """

    def __init__(self, home: Path, allowed: list[Path]) -> None:
        self.home = _with_resolved([home])
        self.allowed = _with_resolved(allowed)
        self.up = False
        self.network = False
        self.hits: list[str] = []

    def __call__(self, event: str, args: tuple[object, ...]) -> None:
        if not self.up:
            return
        if event in FILE_EVENTS:
            for path in args[: 2 if event in TWO_PATHS else 1]:
                if self._off_limits(path):
                    self._refuse(f"{event} on {path!r}: the real home is off limits, see tests/conftest.py")
        elif event in {"socket.connect", "socket.sendto"} and not self.network:
            if _is_remote(args[1]):
                self._refuse(f"{event} to {args[1]!r}: tests have no network but loopback")
        elif event in {"socket.getaddrinfo", "socket.gethostbyname"} and not self.network and _is_remote(args):
            self._refuse(f"{event} of {args[0]!r}: tests have no network but loopback")

    def _off_limits(self, path: object) -> bool:
        if not isinstance(path, str | bytes | os.PathLike):
            return False
        full = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - resolving would call the file system, and us again
        return full.startswith(self.home) and not (full + "/").startswith(self.allowed)

    def _refuse(self, message: str) -> None:
        self.hits.append(message)
        raise OutOfBounds(message)


def _with_resolved(paths: list[Path]) -> tuple[str, ...]:
    """The directories as prefixes, each also with its symbolic links resolved; the root is no prefix."""
    both = {str(form) + "/" for path in paths for form in (path, path.resolve())}
    return tuple(sorted(both - {"//"}))


def _is_remote(address: object) -> bool:
    """Whether a socket address (host, port, …) leaves the machine; AF_UNIX addresses are no tuples."""
    if not isinstance(address, tuple) or not address:
        return False
    host = os.fsdecode(address[0]) if isinstance(address[0], str | bytes) else ""
    return bool(host) and not host.startswith(LOOPBACK)


def _walls() -> Walls:
    """Walls around the real home, but for what the interpreter, pytest and this project have inside it."""
    home, temporary = Path(os.path.expanduser("~")), Path(tempfile.gettempdir())  # noqa: PTH111 - never raises
    if home == temporary:
        home = Path("/")  # a container that has no home of its own: nothing to protect
    entries = [Path(entry) for entry in sys.path if entry]
    needed = [
        PROJECT,
        temporary,
        *(Path(prefix) for prefix in (sys.prefix, sys.base_prefix, sys.exec_prefix)),
        *entries,
    ]
    return Walls(home, [path for path in needed if path != home])


WALLS = _walls()
sys.addaudithook(WALLS)

# ── what a test gets ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(autouse=True)
def isolated(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """A machine of its own for every test; returns its home, which holds `.gitconfig` and a configuration.

    The environment is that of `environment_in`. A test marked `network` may leave the machine; one that does not use
    the tests' cluster asks no Slurm that may be here.
    """
    home = tmp_path_factory.mktemp("home")
    environment = environment_in(home)
    if "slurm_cluster" not in request.fixturenames:
        config = Path(environment["JOURNAL_CONFIG"])
        config.parent.mkdir(parents=True)
        config.write_text("slurm_calls_per_minute = 0\n", encoding="utf-8")
    for name in os.environ.keys() - environment.keys():
        monkeypatch.delenv(name)
    for name in environment.keys() - {"PYTEST_CURRENT_TEST"}:
        monkeypatch.setenv(name, environment[name])
    time.tzset()
    WALLS.hits.clear()
    WALLS.network = request.node.get_closest_marker("network") is not None
    WALLS.up = True
    yield home
    WALLS.up = False
    assert not WALLS.hits, WALLS.hits


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    """An empty repository on the branch `main`."""
    return GitRepo.create(tmp_path / "repo")


@pytest.fixture
def now() -> datetime:
    """The present, to pass to code that needs one: 12:00 UTC on Wednesday 4 March 2026."""
    return datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


# ── a Slurm cluster ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def slurm_cluster() -> str | None:
    """None when the cluster of tests/slurm/slurm-up answers, otherwise why the tests marked slurm are skipped."""
    try:
        with held(fcntl.LOCK_SH) if LOCKS.is_dir() else nullcontext():  # no test has stopped a part of it
            find_cluster(os.environ)
    except NoClusterError as problem:
        return str(problem)
    return None


def _slurm(name: str, directory: Path, missing: str | None, how: int) -> Iterator[Cluster]:
    if missing:
        pytest.skip(missing)
    cluster = Cluster(directory, re.sub(r"\W+", "-", name).strip("-")[:60])
    with held(how):
        yield cluster
        cluster.clean_up()


@pytest.fixture
def slurm(request: pytest.FixtureRequest, tmp_path: Path, slurm_cluster: str | None) -> Iterator[Cluster]:
    """The cluster, shared with other tests that run at the same time; the test's jobs are cancelled at its end."""
    yield from _slurm(request.node.name, tmp_path, slurm_cluster, fcntl.LOCK_SH)


@pytest.fixture
def slurm_alone(request: pytest.FixtureRequest, tmp_path: Path, slurm_cluster: str | None) -> Iterator[Cluster]:
    """The cluster while no other test uses it: for tests that stop a daemon or take a node down, and undo it.

    Waits for the tests at work; those that come later wait for this one.
    """
    yield from _slurm(request.node.name, tmp_path, slurm_cluster, fcntl.LOCK_EX)


@pytest.fixture(scope="session")
def end_states(
    slurm_cluster: str | None, tmp_path_factory: pytest.TempPathFactory, testrun_uid: str
) -> Iterator[Mapping[str, Made]]:
    """Jobs that ended, or wait, in every way of tests/slurm/states.py, by its names; accounting has them.

    Made once a run, in half a minute, by the worker that comes first.
    """
    if slurm_cluster:
        pytest.skip(slurm_cluster)
    directory = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        directory = directory.parent  # which the workers share
    with made_once(directory / f"end-states-{testrun_uid}") as made:
        yield made


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests that use the cluster, before -m chooses."""
    for item in items:
        if "slurm_cluster" in getattr(item, "fixturenames", ()):
            item.add_marker("slurm")


# ── with CI=true a skip is a failure ─────────────────────────────────────────────────────────────────────────


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test skipped, by a mark or while it runs; one expected to fail is no skip."""
    report = yield
    if not hasattr(report, "wasxfail"):
        _fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A whole file skipped, by `importorskip` or the like."""
    report = yield
    _fail_if_skipped(report)
    return report


def _fail_if_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.outcome == "skipped" and os.environ.get("CI") == "true":
        reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid}: with CI=true nothing may be skipped. {reason}"
