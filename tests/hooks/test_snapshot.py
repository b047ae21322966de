"""The snapshot of a work tree, in each shell that /bin/sh may be."""

import os
import shutil
import socket
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from journal.paths import shipped
from tests.disks import as_root
from tests.git_repo import GitRepo
from tests.hooks.test_record import SHELLS

MIB = 1024 * 1024


class Told(NamedTuple):
    """What a snapshot printed."""

    base: str
    snapshot: str
    left_out: list[tuple[int, str]]
    more: int
    problem: str


def snapshot(directory: Path, shell: str = "dash", **env: str) -> Told:
    """Takes one; asserts that it ended well and said nothing else."""
    done = subprocess.run(
        [*SHELLS[shell], shipped("hooks") / "slurm/snapshot", directory],
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    fields: dict[str, list[str]] = {}
    for line in done.stdout.decode("utf-8", "surrogateescape").removesuffix("\n").split("\n"):
        key, _, value = line.partition(" ")
        fields.setdefault(key, []).append(value)
    fields.pop("taken", None)
    left_out = [(int(value.split(" ", 1)[0]), value.split(" ", 1)[1]) for value in fields.pop("left_out", [])]
    more = int(fields.pop("left_out_more", ["0"])[0])
    one = {key: values[0] for key, values in fields.items() if len(values) == 1}
    assert fields.keys() == one.keys() <= {"base", "snapshot", "problem"}
    told = {key: one.get(key, "") for key in ("base", "snapshot")}
    return Told(**told, left_out=left_out, more=more, problem=one.get("problem", ""))


def tree(repo: GitRepo, told: Told) -> str:
    """The tree of a snapshot."""
    return repo.git("rev-parse", f"{told.snapshot}^{{tree}}")


def names(repo: GitRepo, sha: str) -> list[str]:
    return [name for name in repo.git("ls-tree", "-r", "-z", "--name-only", sha).split("\0") if name]


def private(repo: GitRepo) -> tuple[bytes, float, str, str, str]:
    """All that a snapshot must leave alone."""
    index = repo.path / ".git/index"
    return (
        index.read_bytes() if index.exists() else b"",
        index.stat().st_mtime if index.exists() else 0,
        repo.git("for-each-ref", "--exclude=x", check=False)
        + repo.git("for-each-ref", "refs/heads", "refs/stash", check=False),
        repo.git("reflog", "--all", check=False),
        "\n".join(sorted(name.name for name in (repo.path / ".git").iterdir())),
    )


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> str:
    """Each shell."""
    if not shutil.which(SHELLS[request.param][0]):
        pytest.skip(f"{request.param} is not installed")
    return str(request.param)


def test_staged_unstaged_and_untracked(repo: GitRepo, shell: str) -> None:
    head = repo.commit("first", kept="1", staged="1", unstaged="1", gone="1", **{".gitignore": "*.ckpt\n"})
    repo.write("staged", "2")
    repo.git("add", "staged")
    repo.write("unstaged", "2")
    repo.write("sub/new", "2")
    repo.write("big.ckpt", "2")
    (repo.path / "gone").unlink()
    before, status = private(repo), repo.git("--no-optional-locks", "status", "--porcelain")
    told = snapshot(repo.path / "sub", shell)
    assert private(repo) == before
    assert repo.git("--no-optional-locks", "status", "--porcelain") == status
    assert (told.base, told.problem, told.left_out) == (head, "", [])
    assert names(repo, told.snapshot) == [".gitignore", "kept", "staged", "sub/new", "unstaged"]
    assert [repo.git("show", f"{told.snapshot}:{name}") for name in ("staged", "unstaged", "sub/new")] == ["2"] * 3
    assert repo.git("rev-parse", f"{told.snapshot}^") == head
    assert repo.git("rev-parse", f"refs/journal/snap/{told.snapshot}") == told.snapshot
    assert repo.git("fsck", "--strict") == ""
    assert snapshot(repo.path, shell) == told
    assert len(repo.git("for-each-ref", "refs/journal").splitlines()) == 1


def test_a_clean_tree_is_head_and_survives_what_follows(repo: GitRepo, shell: str) -> None:
    head = repo.commit("first", a="1")
    told = snapshot(repo.path, shell)
    assert (told.snapshot, told.base) == (head, head)
    repo.git("commit", "-q", "--amend", "--allow-empty", "-m", "other")
    repo.git("reflog", "expire", "--expire=now", "--all")
    repo.git("gc", "-q", "--prune=now")
    assert repo.git("cat-file", "-t", head) == "commit"


def test_without_a_commit(repo: GitRepo, shell: str) -> None:
    assert snapshot(repo.path, shell).problem == ""
    repo.write("a", "1")
    repo.write("b", "1")
    repo.git("add", "b")
    told = snapshot(repo.path, shell)
    assert (told.base, told.problem) == ("", "")
    assert names(repo, told.snapshot) == ["a", "b"]
    assert snapshot(repo.path, shell) == told


NAMES = [
    "with\nnewline", 'quo"te', "per%cent", "back\\slash", "tab\there", "-n", "--", "é", "\u2028", "new\\nline", '\\"',
    " leading", "trailing ", "*", "[a]", "$(touch x)", "? x", "a\rb", ":(top)x", "%s", '"', "\udcff\udcfe", "dir/\nx/y",
]  # fmt: skip


@pytest.mark.parametrize("tracked", [True, False])
def test_any_name(repo: GitRepo, shell: str, tracked: bool) -> None:
    repo.commit("first")
    files = {name: f"one {number}" for number, name in enumerate(NAMES)}
    if tracked:
        repo.commit("names", **files)
    for name, text in files.items():
        repo.write(name, text + " and two")
    told = snapshot(repo.path, shell)
    assert (told.problem, told.left_out) == ("", [])
    repo.git("add", "--all")
    assert tree(repo, told) == repo.git("write-tree")


def test_large_files_of_any_name_are_left_out_and_named(repo: GitRepo, shell: str, tmp_path: Path) -> None:
    repo.commit("first", data="small")
    for name in ("data", 'new\n%d"file', "-x"):
        repo.write(name, b"\0" * (MIB + 1))
    repo.write("fits", b"\0" * MIB)
    (tmp_path / "config.toml").write_text("snapshot_file_mib = 1 # not more\n")
    told = snapshot(repo.path, shell, JOURNAL_CONFIG=str(tmp_path / "config.toml"))
    assert sorted(told.left_out) == [(MIB + 1, '"new\\n%d\\"file"'), (MIB + 1, "-x"), (MIB + 1, "data")]
    assert names(repo, told.snapshot) == ["data", "fits"]
    assert repo.git("show", f"{told.snapshot}:data") == "small"
    assert f"left_out {MIB + 1} -x" in repo.git("show", "-s", "--format=%B", told.snapshot)


def test_no_more_in_all_than_is_allowed(repo: GitRepo, shell: str, tmp_path: Path) -> None:
    for number in range(4):
        repo.write(f"f{number}", b"\0" * MIB)
    (tmp_path / "config.toml").write_text("automatic_capture = true\nsnapshot_total_mib=2")
    told = snapshot(repo.path, shell, JOURNAL_CONFIG=str(tmp_path / "config.toml"))
    assert told.left_out == [(MIB, "f2"), (MIB, "f3")]
    assert names(repo, told.snapshot) == ["f0", "f1"]


def test_many_untracked_files(repo: GitRepo) -> None:
    repo.commit("first", a="1")
    for number in range(5010):
        (repo.path / f"{number:05}.png").write_text("x")
    repo.write("a", "2")
    told = snapshot(repo.path)
    assert len(names(repo, told.snapshot)) == 5001
    assert repo.git("show", f"{told.snapshot}:a") == "2"
    assert "5010 untracked files" in told.problem
    assert told.more == 10


def test_many_left_out_are_summed_up(repo: GitRepo, tmp_path: Path) -> None:
    for number in range(130):
        repo.write(f"{number:03}", "x")
    (tmp_path / "config.toml").write_text("snapshot_file_mib = 0\n")
    told = snapshot(repo.path, JOURNAL_CONFIG=str(tmp_path / "config.toml"))
    assert (len(told.left_out), told.more) == (100, 30)


def test_the_second_in_which_a_file_was_added(repo: GitRepo, shell: str) -> None:
    repo.commit("first", a="1")
    for number in range(10):  # git trusts the time of a file only where it is older than the index's
        repo.write("a", f"one {number}")
        repo.git("add", "a")
        repo.write("a", f"two {number}")
        told = snapshot(repo.path, shell)
        assert repo.git("show", f"{told.snapshot}:a") == f"two {number}"


def test_links_modes_and_changes_of_type(repo: GitRepo, shell: str) -> None:
    repo.commit("first", **{"script": "1", "file": "1", "dir/a": "1", "link": "1", "deep/er/x": "1"})
    (repo.path / "script").chmod(0o755)
    (repo.path / "file").unlink()
    repo.write("file/now/dir", "1")
    shutil.rmtree(repo.path / "dir")
    repo.write("dir", "now a file")
    (repo.path / "link").unlink()
    (repo.path / "link").symlink_to("nowhere")
    (repo.path / "deep/er").rename(repo.path / "elsewhere")
    (repo.path / "deep/er").symlink_to("../elsewhere")
    told = snapshot(repo.path, shell)
    assert told.problem == ""
    repo.git("add", "--all")
    assert tree(repo, told) == repo.git("write-tree")


def test_what_is_no_file(repo: GitRepo, shell: str) -> None:
    repo.commit("first", pipe="1", a="1")
    (repo.path / "pipe").unlink()
    os.mkfifo(repo.path / "pipe")
    os.mkfifo(repo.path / "another")
    with socket.socket(socket.AF_UNIX) as listening:
        os.chdir(repo.path)  # the path may be longer than a socket's may be
        listening.bind("socket")
        repo.write("a", "2")
        told = snapshot(repo.path, shell)
    os.chdir("/")
    assert (told.problem, told.left_out) == ("", [(0, "pipe")])
    assert repo.git("show", f"{told.snapshot}:a") == "2"


def test_what_cannot_be_taken_is_left_out(repo: GitRepo, shell: str) -> None:
    repo.commit("first", **{"bad": "1", "a": "1", "worse bad": "1", ".gitattributes": "*bad filter=broken\n"})
    repo.git("config", "filter.broken.clean", "false")
    repo.git("config", "filter.broken.required", "true")
    for name in ("bad", "a", "worse bad"):
        repo.write(name, "2 now")
    told = snapshot(repo.path, shell)
    assert (told.problem, sorted(told.left_out)) == ("", [(5, "bad"), (5, "worse bad")])
    assert repo.git("show", f"{told.snapshot}:a") == "2 now"


@as_root
def test_an_unreadable_file_of_a_person_who_is_not_root(repo: GitRepo) -> None:
    repo.commit("first", a="1", secret="1")
    repo.write("secret", "22")
    repo.write("a", "2")
    (repo.path / "secret").chmod(0)
    subprocess.run(["chown", "-R", "65534:65534", repo.path], check=True)
    for directory in (*repo.path.parents,):
        if directory.stat().st_uid == 0 and not directory.stat().st_mode & 0o001:
            directory.chmod(directory.stat().st_mode | 0o011)
    script = shipped("hooks") / "slurm/snapshot"
    if subprocess.run(["setpriv", "--reuid=65534", "test", "-r", script], check=False).returncode:
        pytest.skip("others cannot read this source tree")
    command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh", str(script), str(repo.path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "HOME": "/"})
    assert "left_out 0 secret\n" in done.stdout, done
    assert "problem" not in done.stdout


def test_locked_merging_and_unmerged(repo: GitRepo, shell: str) -> None:
    repo.commit("first", a="1", b="1", c="1")
    repo.git("checkout", "-q", "-b", "side")
    repo.commit("theirs", a="theirs", b="theirs", c="theirs")
    repo.git("checkout", "-q", "main")
    head = repo.commit("ours", a="ours", b="ours", c="ours")
    repo.git("merge", "-q", "side", check=False)
    repo.write("b", "settled")
    (repo.path / "c").unlink()
    lock = repo.path / ".git/index.lock"
    lock.write_text("")
    told = snapshot(repo.path, shell)
    lock.unlink()
    assert (told.problem, told.base) == ("", head)
    assert "<<<<<<<" in repo.git("show", f"{told.snapshot}:a")
    assert repo.git("show", f"{told.snapshot}:b") == "settled"
    assert names(repo, told.snapshot) == ["a", "b"]
    assert len(repo.git("ls-files", "-u").splitlines()) == 9
    assert repo.git("rev-parse", "MERGE_HEAD") == repo.git("rev-parse", "side")


def test_detached_linked_and_as_a_hook_sees_it(repo: GitRepo, shell: str, tmp_path: Path) -> None:
    repo.commit("first", a="1")
    repo.git("worktree", "add", "-q", "--detach", tmp_path / "linked")
    linked = GitRepo(tmp_path / "linked")
    linked.write("a", "2")
    repo.write("a", "3")
    told = snapshot(linked.path, shell, GIT_DIR=f"{repo.path}/.git", GIT_INDEX_FILE=f"{repo.path}/.git/index")
    assert linked.git("show", f"{told.snapshot}:a") == "2"
    assert repo.git("rev-parse", f"refs/journal/snap/{told.snapshot}") == told.snapshot


def test_flags_of_the_index(repo: GitRepo, shell: str) -> None:
    repo.commit("first", **{"sparse/a": "1", "other": "1"})
    repo.git("update-index", "--skip-worktree", "sparse/a")
    shutil.rmtree(repo.path / "sparse")
    repo.write("intended", "later")
    repo.git("add", "--intent-to-add", "intended")
    before = private(repo)
    told = snapshot(repo.path, shell)
    assert private(repo) == before
    assert names(repo, told.snapshot) == ["intended", "other", "sparse/a"]
    assert repo.git("show", f"{told.snapshot}:intended") == "later"


@pytest.mark.parametrize("setting", ["core.splitIndex true", "index.version 4", "core.fsmonitor /bin/false"])
def test_other_kinds_of_index(repo: GitRepo, setting: str) -> None:
    repo.commit("first", a="1", b="1")
    repo.git("config", *setting.split())
    repo.git("update-index", "--force-write-index", check=False)
    repo.write("a", "2")
    told = snapshot(repo.path)
    assert (told.problem, repo.git("show", f"{told.snapshot}:a")) == ("", "2")


def test_a_sparse_checkout(repo: GitRepo) -> None:
    repo.commit("first", **{"in/a": "1", "out/a": "1"})
    repo.git("sparse-checkout", "set", "--sparse-index", "in")
    repo.write("in/a", "2")
    told = snapshot(repo.path)
    assert names(repo, told.snapshot) == ["in/a", "out/a"]
    assert repo.git("show", f"{told.snapshot}:in/a") == "2"


def test_no_hook_of_the_person_runs(repo: GitRepo, tmp_path: Path) -> None:
    repo.commit("first", a="1")
    for name in ("reference-transaction", "post-index-change", "pre-commit"):
        hook = repo.path / ".git/hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\n: >'{tmp_path}/ran'\nexit 1\n")
        hook.chmod(0o755)
    repo.write("a", "2")
    assert snapshot(repo.path).problem == ""
    assert not (tmp_path / "ran").exists()


def test_submodules_and_repositories_within(repo: GitRepo, shell: str, tmp_path: Path) -> None:
    library = GitRepo.create(tmp_path / "library")
    library.commit("lib", code="1", other="1")
    repo.commit("first", a="1")
    repo.git("submodule", "--quiet", "add", library.path, "my lib")
    repo.git("submodule", "--quiet", "add", library.path, "clean")
    repo.git("submodule", "--quiet", "add", library.path, "not here")
    head = repo.commit("with submodules")
    repo.git("submodule", "--quiet", "deinit", "not here")
    inner, fresh, odd = GitRepo(repo.path / "my lib"), GitRepo.create(repo.path / "fresh"), 'nes"ted'
    inner.write("code", "2")
    fresh.write("x", "1")
    nested = GitRepo.create(repo.path / odd)
    nested.commit("n", y="1")
    nested.write("y", "2")
    told = snapshot(repo.path, shell)
    assert (told.problem, told.base) == ("", head)
    links = dict(line.split()[2:0:-1] for line in repo.git("ls-tree", "-r", told.snapshot).splitlines())
    assert links
    link = repo.git("rev-parse", f"{told.snapshot}:my lib")
    assert inner.git("show", f"{link}:code") == "2"
    assert inner.git("rev-parse", f"refs/journal/snap/{link}") == link
    assert repo.git("rev-parse", f"{told.snapshot}:clean") == repo.git("rev-parse", "HEAD:clean")
    assert repo.git("rev-parse", f"{told.snapshot}:not here") == repo.git("rev-parse", "HEAD:not here")
    assert nested.git("show", f"{repo.git('rev-parse', f'{told.snapshot}:{odd}')}:y") == "2"
    assert fresh.git("show", f"{repo.git('rev-parse', f'{told.snapshot}:fresh')}:x") == "1"
    assert snapshot(repo.path, shell) == told


def test_a_large_file_in_a_submodule_is_named(repo: GitRepo, tmp_path: Path) -> None:
    library = GitRepo.create(tmp_path / "library")
    library.commit("lib", code="1")
    repo.git("submodule", "--quiet", "add", library.path, "lib")
    repo.commit("first")
    GitRepo(repo.path / "lib").write("big\n", b"\0" * (2 * MIB))
    (tmp_path / "config.toml").write_text("snapshot_file_mib = 1\n")
    told = snapshot(repo.path, JOURNAL_CONFIG=str(tmp_path / "config.toml"))
    assert told.left_out == [(2 * MIB, '"lib/big\\n"')]
