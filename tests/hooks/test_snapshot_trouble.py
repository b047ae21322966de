"""What stands in the way of a snapshot."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from journal.paths import shipped
from tests.disks import as_root, fill, read_only, small_disk
from tests.git_repo import GitRepo
from tests.hooks.test_record import SHELLS
from tests.hooks.test_snapshot import shell, snapshot

__all__ = ["shell"]  # a fixture


@pytest.mark.parametrize("trouble", ["no repository", "no git", "no object", "not there"])
def test_trouble_is_told(repo: GitRepo, shell: str, tmp_path: Path, trouble: str) -> None:
    repo.commit("first", a="1")
    repo.write("a", "2")
    env: dict[str, str] = {}
    where = repo.path
    if trouble == "no repository":
        where = tmp_path
    elif trouble == "not there":
        where = tmp_path / "gone"
    elif trouble == "no git":
        (tmp_path / "bin").mkdir()
        for name in ("cp", "stat", "grep", "tr", "rm"):
            (tmp_path / "bin" / name).symlink_to(str(shutil.which(name)))
        env["PATH"] = str(tmp_path / "bin")
        shell_path = shutil.which(SHELLS[shell][0])
        (tmp_path / "bin" / SHELLS[shell][0]).symlink_to(str(shell_path))
    else:
        shutil.rmtree(repo.path / ".git/objects")
        (repo.path / ".git/objects").mkdir()
    told = snapshot(where, shell, **env)
    assert told.problem
    assert not told.snapshot
    assert not [name for name in (repo.path / ".git").iterdir() if name.name.startswith("journal-")]


@as_root
def test_a_repository_that_cannot_be_written(repo: GitRepo) -> None:
    repo.commit("first", a="1")
    repo.write("a", "2")
    with read_only(repo.path):
        told = snapshot(repo.path)
    assert told.problem
    assert not told.snapshot


@as_root
def test_a_full_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "4m"):
        repo = GitRepo.create(tmp_path / "disk/repo")
        repo.commit("first", a="1")
        repo.write("a", os.urandom(200_000))
        fill(tmp_path / "disk")
        told = snapshot(repo.path)
        assert "is the disk full?" in told.problem or "No space left" in told.problem
        assert not told.snapshot
        (tmp_path / "disk/ballast").unlink()
        assert snapshot(repo.path).snapshot


def test_it_ends_when_told_to_and_leaves_nothing(repo: GitRepo, shell: str) -> None:
    repo.commit("first", **{"a": "1", ".gitattributes": "a filter=slow\n"})
    repo.git("config", "filter.slow.clean", "sleep 30")
    repo.write("a", "22")
    started = time.monotonic()
    command = ["timeout", "1", *SHELLS[shell], str(shipped("hooks") / "slurm/snapshot"), str(repo.path)]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 124
    assert time.monotonic() - started < 10
    time.sleep(0.2)
    assert not [name for name in (repo.path / ".git").iterdir() if name.name.startswith("journal-")]


def test_copies_of_a_killed_one_are_removed(repo: GitRepo, shell: str) -> None:
    repo.commit("first", a="1")
    dead = subprocess.Popen(["true"])
    dead.wait()
    host = Path("/proc/sys/kernel/hostname").read_text().strip()
    left, elsewhere = (repo.path / f".git/journal-index.{name}.{dead.pid}" for name in (host, "elsewhere"))
    left.write_text("")
    elsewhere.write_text("")
    assert snapshot(repo.path, shell).problem == ""
    assert not left.exists()
    assert elsewhere.exists()


def test_while_git_works(repo: GitRepo) -> None:
    repo.commit("first", a="1")
    busy = subprocess.Popen(
        ["sh", "-c", "for i in $(seq 60); do echo $i >a; git add a; git commit -qm $i; git checkout -q -b b$i; done"],
        cwd=repo.path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    while busy.poll() is None:
        told = snapshot(repo.path)
        assert told.problem == ""
        assert repo.git("show", f"{told.snapshot}:a").strip("\n0123456789") == ""
    _, errors = busy.communicate()
    assert errors == b""
