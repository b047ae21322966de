"""Trees of commits: compared, and written out, whatever they hold."""

import hashlib
import os
import zlib
from contextlib import suppress
from pathlib import Path

import pytest

from journal.capture.git.process import GitError
from journal.capture.git.trees import changed_between, deep_differences, differences, file_in, write_tree
from tests.git_repo import GitRepo

ODD = ["a\nb.txt", "tab\t.txt", 'quote".py', "späce name.py", "-dash", ":(top)x", "\udcff.bin"]


def nested_tree(repo: GitRepo, name: str) -> str:
    """A commit with a file in a directory of that name."""
    blob = repo.git("hash-object", "-w", "--stdin", stdin="evil")
    inner = repo.git("mktree", stdin=f"100644 blob {blob}\tfile\n")
    raw = b"40000 " + name.encode() + b"\0" + bytes.fromhex(inner)
    store = hashlib.sha1(b"tree %d\0" % len(raw) + raw).hexdigest()  # noqa: S324  (as git names it)
    path = repo.path / ".git/objects" / store[:2] / store[2:]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(zlib.compress(b"tree %d\0" % len(raw) + raw))
    return repo.git("commit-tree", "-m", "x", store)


def test_odd_names_are_told_as_they_are(repo: GitRepo) -> None:
    one = repo.commit("One", **dict.fromkeys(ODD, "1\n2\n3\n"))
    repo.write(ODD[0], "1\n")
    (repo.path / "\udcff.bin").write_bytes(b"\0")
    repo.git("mv", "--", "-dash", "moved")
    two = repo.commit("Two")
    git_dir = repo.path / ".git"
    found = {file["path"]: file for file in changed_between(git_dir, one, two) or []}
    assert found["a\nb.txt"] == {"path": "a\nb.txt", "added": 0, "removed": 2}
    assert found["\\xff.bin"] == {"path": "\\xff.bin", "added": None, "removed": None}
    assert found["moved"]["old_path"] == "-dash"
    assert len(found) == 3
    assert {each.name for each in differences(git_dir, one, two)} == {b"a\nb.txt", b"\xff.bin", b"-dash", b"moved"}
    assert [file_in(git_dir, two, name, 100) for name in ODD[1:4]] == [b"1\n2\n3\n"] * 3
    assert file_in(git_dir, two, ":(top)x", 100) == b"1\n2\n3\n"


def test_a_first_commit_is_all_new_and_a_pruned_one_unknown(repo: GitRepo) -> None:
    sha = repo.commit("One", **{"a.py": "1\n"})
    git_dir = repo.path / ".git"
    assert changed_between(git_dir, None, sha) == [{"path": "a.py", "added": 1, "removed": 0}]
    assert changed_between(git_dir, sha, sha) == []
    assert changed_between(git_dir, sha, "f" * 40) is None


def test_attributes_and_settings_of_today_do_not_decide(repo: GitRepo) -> None:
    one = repo.commit("One", **{"a.py": "1\n"})
    two = repo.commit("Two", **{"a.py": "1\n2\n"})
    repo.write(".gitattributes", "*.py -diff\n")
    repo.git("config", "diff.external", "false")
    assert changed_between(repo.path / ".git", one, two) == [{"path": "a.py", "added": 1, "removed": 0}]


def test_a_tree_is_written_with_links_and_bits(repo: GitRepo, tmp_path: Path) -> None:
    repo.write("run.sh", "#!/bin/sh\n").chmod(0o755)
    (repo.path / "link").symlink_to("run.sh")
    (repo.path / "outside").symlink_to("/etc/passwd")
    sha = repo.commit("One", **dict.fromkeys(ODD, "x"), **{"keep/.gitattributes": "* export-ignore\n"})
    (repo.path / ".git/info/sparse-checkout").write_text("/none\n")
    repo.git("config", "core.sparseCheckout", "true")
    target = tmp_path / "out"
    target.mkdir()
    index = (repo.path / ".git/index").read_bytes()
    assert write_tree(repo.path, repo.path / ".git", sha, target) == []
    assert (target / "link").readlink() == Path("run.sh")
    assert (target / "outside").is_symlink()
    assert os.access(target / "run.sh", os.X_OK)
    assert not os.access(target / ODD[0], os.X_OK)
    assert sorted(path.name for path in target.iterdir()) == sorted([*ODD, "keep", "link", "outside", "run.sh"])
    assert (repo.path / ".git/index").read_bytes() == index


@pytest.mark.parametrize("name", ["..", ".git", ".GIT", ".git ", "git~1", "a/../../b", "."])
def test_a_hostile_tree_is_refused(repo: GitRepo, tmp_path: Path, name: str) -> None:
    repo.commit("One")
    sha = nested_tree(repo, name)
    target = tmp_path / "deep/out"
    target.mkdir(parents=True)
    with pytest.raises(GitError):
        write_tree(repo.path, repo.path / ".git", sha, target)
    assert not list(tmp_path.rglob("file"))


def test_nothing_is_written_through_a_link(repo: GitRepo, tmp_path: Path) -> None:
    repo.commit("One")
    outside = tmp_path / "outside"
    outside.mkdir()
    link = repo.git("hash-object", "-w", "--stdin", stdin=str(outside))
    blob = repo.git("hash-object", "-w", "--stdin", stdin="evil")
    inner = repo.git("mktree", stdin=f"100644 blob {blob}\tfile\n")
    tree = repo.git("mktree", stdin=f"120000 blob {link}\tdir\n040000 tree {inner}\tdir\n")
    sha = repo.git("commit-tree", "-m", "x", tree)
    target = tmp_path / "out"
    target.mkdir()
    with suppress(GitError):
        write_tree(repo.path, repo.path / ".git", sha, target)
    assert list(outside.iterdir()) == []


def test_submodules_are_written_and_compared_within(repo: GitRepo, tmp_path: Path) -> None:
    library = GitRepo.create(tmp_path / "library")
    library.commit("Library", **{"lib.py": "1\n"})
    repo.commit("One", **{"a.py": "1\n"})
    repo.git("submodule", "--quiet", "add", str(library.path), "vendor/lib")
    one = repo.commit("Two")
    inside = GitRepo(repo.path / "vendor/lib")
    inside.commit("More", **{"lib.py": "1\n2\n"})
    two = repo.commit("Three")
    (found,) = deep_differences(repo.path, repo.path / ".git", one, two)
    assert (found.path, found.added) == ("vendor/lib/lib.py", 1)
    for number, (sha, root, missing) in enumerate([(one, repo.path, []), (two, None, ["vendor/lib"])]):
        target = tmp_path / f"out{number}"
        target.mkdir()
        assert write_tree(root, repo.path / ".git", sha, target) == missing
    assert (tmp_path / "out0/vendor/lib/lib.py").read_text() == "1\n"
