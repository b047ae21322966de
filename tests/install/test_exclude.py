"""The documents' lines in info/exclude."""

import shutil

import pytest

from journal.install.exclude import exclude_documents, include_documents, untracked
from tests.git_repo import GitRepo
from tests.install.hooked import Hooked, tree

DOCUMENTS = ["SCRATCH.md", "ENV.md", "REPO_MAP.md"]


@pytest.mark.parametrize("content", [None, b"", b"*.pyc", b"*.pyc\n", b"a\r\n\n# b", b"\xff\n"])
def test_excluded_and_back(repo: GitRepo, hooked: Hooked, content: bytes | None) -> None:
    file = repo.path / ".git/info/exclude"
    shutil.rmtree(file.parent, ignore_errors=True)
    if content is not None:
        file.parent.mkdir()
        file.write_bytes(content)
        file.chmod(0o640)
    untouched = tree(repo.path)
    assert exclude_documents(hooked.repository, DOCUMENTS) == DOCUMENTS
    excluded = tree(repo.path)
    exclude_documents(hooked.repository, DOCUMENTS)
    assert tree(repo.path) == excluded
    for name in [*DOCUMENTS, "other.md"]:
        repo.write(name, "x")
    assert repo.git("status", "--porcelain") == "?? other.md"
    for name in [*DOCUMENTS, "other.md"]:
        (repo.path / name).unlink()
    include_documents(hooked.repository)
    assert tree(repo.path) == untouched


def test_what_is_tracked_is_passed_over(repo: GitRepo, hooked: Hooked) -> None:
    repo.commit("theirs", **{"ENV.md": "mine"})
    assert untracked(hooked.repository, DOCUMENTS) == ["SCRATCH.md", "REPO_MAP.md"]
    assert exclude_documents(hooked.repository, DOCUMENTS) == ["SCRATCH.md", "REPO_MAP.md"]
    assert exclude_documents(hooked.repository, []) == []
    assert not (repo.path / ".git/journal").exists()


def test_lines_added_after_ours_stay(repo: GitRepo, hooked: Hooked) -> None:
    file = repo.path / ".git/info/exclude"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"before")
    exclude_documents(hooked.repository, DOCUMENTS)
    with file.open("ab") as end:
        end.write(b"after\n")
    include_documents(hooked.repository)
    assert file.read_bytes() == b"before\nafter\n"


@pytest.mark.parametrize("first", ["hooks", "exclude"])
def test_with_hooks_in_either_order(repo: GitRepo, hooked: Hooked, first: str) -> None:
    shutil.rmtree(repo.path / ".git/hooks", ignore_errors=True)
    shutil.rmtree(repo.path / ".git/info", ignore_errors=True)
    untouched = tree(repo.path)
    hooked.install()
    exclude_documents(hooked.repository, DOCUMENTS)
    hooked.install()
    if first == "hooks":
        hooked.remove()
        include_documents(hooked.repository)
    else:
        include_documents(hooked.repository)
        hooked.remove()
    assert tree(repo.path) == untouched


def test_a_lost_manifest_is_made_up_for(repo: GitRepo, hooked: Hooked) -> None:
    file = repo.path / ".git/info/exclude"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"before\n")
    exclude_documents(hooked.repository, DOCUMENTS)
    (repo.path / ".git/journal/installed.json").unlink()
    include_documents(hooked.repository)
    assert file.read_bytes() == b"before\n"
