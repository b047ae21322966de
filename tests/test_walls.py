"""The test bed's own walls hold."""

import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import WALLS, OutOfBounds, Walls
from tests.environment import PROJECT
from tests.git_repo import GitRepo

TOUCHES: list[Callable[[Path], object]] = [
    lambda path: path.open(),
    lambda path: path.write_text("x"),
    lambda path: path.mkdir(),
    lambda path: list(path.iterdir()),
    lambda path: path.unlink(),
    lambda path: path.chmod(0o600),
    lambda path: path.rename(path.with_name("other")),
    sqlite3.connect,
    lambda path: os.open(os.fsencode(path), os.O_RDONLY),
]


def _refused(act: Callable[[], object]) -> None:
    with pytest.raises(OutOfBounds):
        act()
    WALLS.hits.clear()


def test_every_test_has_a_home_of_its_own(isolated: Path) -> None:
    assert Path.home() == isolated
    assert {path.name for path in isolated.iterdir()} == {".config", ".gitconfig"}
    names = ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "JOURNAL_DATA_DIR", "JOURNAL_CONFIG", "CLAUDE_CONFIG_DIR"]
    assert all(os.environ[name].startswith(str(isolated)) for name in names)


@pytest.mark.parametrize("touch", TOUCHES)
def test_the_real_home_is_off_limits(
    touch: Callable[[Path], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WALLS, "home", (f"{tmp_path}/",))
    monkeypatch.setattr(WALLS, "allowed", ())
    _refused(lambda: touch(tmp_path / "file"))
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == []


def test_what_the_interpreter_needs_inside_the_home_is_allowed(tmp_path: Path) -> None:
    walls = Walls(tmp_path, [tmp_path / "project"])
    walls.up = True
    walls("open", (str(tmp_path / "project/a.py"), "r", 0))
    with pytest.raises(OutOfBounds):
        walls("open", (str(tmp_path / "project-of-another/a.py"), "r", 0))
    assert len(walls.hits) == 1


def test_a_home_that_is_the_root_directory_closes_nothing() -> None:
    walls = Walls(Path("/"), [])
    walls.up = True
    walls("open", ("/etc/hosts", "r", 0))


def test_the_network_is_off_limits() -> None:
    _refused(lambda: socket.create_connection(("192.0.2.1", 80), timeout=1))
    _refused(lambda: socket.getaddrinfo("example.org", 80))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as packets:
        _refused(lambda: packets.sendto(b"x", ("192.0.2.1", 53)))


def test_loopback_and_unix_sockets_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1])).close()
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind("socket")
        server.listen()
        client.connect("socket")


def test_a_repository_is_adas_and_on_main(repo: GitRepo) -> None:
    first = repo.commit("Begin\n\nWith a body.", **{"src/train.py": "x = 1\n", "raw": "\udcff\0"})
    repo.write("loose", "not staged")
    assert len(first) == 40
    assert repo.git("log", "-1", "--format=%an <%ae> %s") == "Ada Tester <ada@example.org> Begin"
    assert repo.git("branch", "--show-current") == "main"
    assert repo.git("ls-tree", "-r", "--name-only", "HEAD").split() == ["raw", "src/train.py"]
    assert repo.git("status", "--porcelain") == "?? loose"
    with pytest.raises(AssertionError, match="no-such"):
        repo.git("checkout", "no-such")


@pytest.mark.parametrize(
    ("ci", "status", "counts"),
    [("true", 1, "1 failed, 1 xfailed, 2 errors"), ("", 0, "3 skipped, 1 xfailed")],
)
def test_with_ci_a_skip_is_a_failure(tmp_path: Path, ci: str, status: int, counts: str) -> None:
    (tmp_path / "test_some.py").write_text(
        "import pytest\n"
        "def test_a(): pytest.skip('no wind')\n"
        "@pytest.mark.skip(reason='calm')\n"
        "def test_b(): ...\n"
        "@pytest.mark.xfail(reason='known')\n"
        "def test_c(): assert False\n",
        encoding="utf-8",
    )
    (tmp_path / "test_all.py").write_text("import pytest\npytest.importorskip('no_such_wind')\n", encoding="utf-8")
    options = ["-p", "tests.conftest", "-p", "no:cacheprovider", "--continue-on-collection-errors"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, tmp_path],
        env={**os.environ, "CI": ci, "PYTHONPATH": str(PROJECT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stdout
    assert counts in done.stdout
    assert [reason in done.stdout for reason in ("no wind", "calm", "no_such_wind")] == [ci == "true"] * 3
