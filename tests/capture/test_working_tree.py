import os
from pathlib import Path

import pytest

from journal.capture.working_tree import WorkingTree
from tests.git_repo import GitRepo


def test_tracked_files_only(repo: GitRepo) -> None:
    repo.commit("first", **{"b.py": "", "a/with space.py": "", "a/newline\n.py": "", "caf\udce9.py": ""})
    repo.write("untracked.bin", "")
    tree = WorkingTree(repo.path)
    assert tree.paths == ("a/newline\n.py", "a/with space.py", "b.py", "caf\udce9.py")
    assert tree.exists("untracked.bin")
    assert not tree.exists("missing")


def test_a_directory_without_git_is_walked(tmp_path: Path) -> None:
    for path in ("a.py", ".venv/lib/x.py", "node_modules/x.js", "sub/b.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("")
    (tmp_path / "sub/loop").symlink_to(tmp_path)
    assert WorkingTree(tmp_path).paths == ("a.py", "sub/b.py")


def test_the_callers_git_variables_do_not_redirect(
    repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit("first", **{"a.py": ""})
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    assert WorkingTree(repo.path).paths == ("a.py",)


def test_a_configured_monitor_is_not_run(repo: GitRepo, tmp_path: Path) -> None:
    repo.commit("first", **{"a.py": ""})
    monitor = tmp_path / "monitor"
    monitor.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    monitor.chmod(0o755)
    repo.git("config", "core.fsmonitor", str(monitor))
    (tmp_path / "ran").unlink(missing_ok=True)
    assert WorkingTree(repo.path).paths == ("a.py",)
    assert not (tmp_path / "ran").exists()


def test_texts(tmp_path: Path) -> None:
    (tmp_path / "latin1.py").write_bytes(b"\xef\xbb\xbf# Andr\xe9\r\nx\ry")
    (tmp_path / "binary").write_bytes(b"a\0b")
    (tmp_path / "lfs.bin").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:1\n")
    (tmp_path / "large").write_bytes(b"x" * 10_000)
    (tmp_path / "directory").mkdir()
    (tmp_path / "outside").symlink_to("/etc/passwd")
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")
    tree = WorkingTree(tmp_path)
    assert tree.text("latin1.py", 1000) == "# Andr\ufffd\nx\ny"
    assert tree.text("large", 10) == "x" * 10
    for name in ("binary", "lfs.bin", "directory", "outside", "loop", "pipe", "missing", "nul\0"):
        assert tree.text(name, 1000) is None


def test_existence_ends_at_the_root(tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("")
    (tmp_path / "root").mkdir()
    tree = WorkingTree(tmp_path / "root")
    assert not tree.exists("../outside")
    assert not tree.exists("/etc")
    assert not tree.exists("\0")
    assert tree.exists(".")
