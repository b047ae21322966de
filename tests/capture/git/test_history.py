"""Commits as events, from repositories as they are met."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from journal.capture.git.history import commit_events
from journal.capture.git.process import failure, run_git
from journal.errors import JournalError
from tests.capture.reading import Reading, read
from tests.git_repo import GitRepo


def test_a_commit_in_full(repo: GitRepo) -> None:
    env = {
        "GIT_AUTHOR_NAME": "Grace",
        "GIT_AUTHOR_EMAIL": "grace@example.org",
        "GIT_AUTHOR_DATE": "2026-01-02T03:04:05+0530",
        "GIT_COMMITTER_DATE": "2026-01-02T00:00:00-0230",
    }
    repo.write("a b.txt", "1\n2\n")
    repo.write("data.bin", b"\0\1")
    repo.git("add", "--all")
    repo.git("commit", "-qm", "subject\n\nbody", env=env)
    (event,) = [event for event in read(repo.path).events.values() if event.kind == "commit"]
    sha = repo.git("rev-parse", "HEAD")
    patch_id = repo.git("patch-id", "--stable", stdin=repo.git("show", sha) + "\n").split()[0]
    assert event.at == "2026-01-02T02:30:00.000Z"
    assert json.loads(event.data) == {
        "sha": sha,
        "tree": repo.git("rev-parse", "HEAD^{tree}"),
        "parents": [],
        "author": "Grace",
        "author_email": "grace@example.org",
        "authored_at": "2026-01-02T03:04:05+05:30",
        "committer": "Ada Tester",
        "committer_email": "ada@example.org",
        "committed_at": "2026-01-02T00:00:00-02:30",
        "message": "subject\n\nbody\n",
        "files": [
            {"path": "a b.txt", "added": 2, "removed": 0},
            {"path": "data.bin", "added": None, "removed": None},
        ],
        "patch_id": json.loads(event.data)["patch_id"],
    }
    assert len(patch_id) == len(json.loads(event.data)["patch_id"])


def test_patch_ids_are_git_s(repo: GitRepo) -> None:
    repo.commit("one", a="1\n2\n3\n")
    repo.commit("two", a="1\n2\n4\n", b="x")
    repo.git("mv", "a", "c")
    repo.commit("three")
    repo.commit("empty")
    log = repo.git("log", "-p", "-M")
    answers = [line.split() for line in repo.git("patch-id", "--stable", stdin=log + "\n").splitlines()]
    expected = {sha: patch_id for patch_id, sha in answers}
    assert {sha: fact["patch_id"] for sha, fact in read(repo.path).commits().items() if fact["patch_id"]} == expected


def test_counts_are_those_of_numstat(repo: GitRepo) -> None:
    repo.commit("one", **{"a": "1\n2\n3\n", "+++ b": "--- x\n+++ y\n@@ -1 +1 @@\n", "no newline": "x"})
    repo.commit("two", **{"a": "1\n3\n4\n5\n", "+++ b": "diff --git a/x b/x\n--- x\n", "no newline": "y"})
    repo.git("mv", "a", "moved")
    repo.commit("three", big="long " * 200_000 + "\nend\n")
    repo.write("big", "short\n")
    (repo.path / "no newline").unlink()
    (repo.path / "no newline").symlink_to("big")
    (repo.path / "moved").chmod(0o700)
    repo.commit("four")
    for sha, fact in read(repo.path).commits().items():
        numstat = repo.git("show", "--format=", "--numstat", "-z", "-M", sha).replace("\0\0", "\0")
        told = [(f["added"], f["removed"]) for f in fact["files"]]
        if fact["message"] != "four\n":
            lines = [part.split("\t") for part in numstat.split("\0") if part.count("\t") == 2]
            assert told == [(int(added), int(removed)) for added, removed, _ in lines]
        else:
            assert sorted(told) == [(0, 0), (1, 1), (1, 2)]
    moved = [f for fact in read(repo.path).commits().values() for f in fact["files"] if f.get("old_path")]
    assert moved == [{"path": "moved", "old_path": "a", "added": 0, "removed": 0}]


def test_bytes_that_are_no_text(repo: GitRepo) -> None:
    strange = os.fsdecode(b'n\xff\nname\t"\\\x1b[31m')
    repo.write(strange, b"x\n")
    repo.write("nuls", b"text " * 3000 + b"\n\0line\n")
    repo.git("add", "--all")
    message = "caf\udce9 \x1b[2J\x01\x1e\r\n\ndiff --git a/x b/x\ncommit 0123\n\n:100644 <!-- -->"
    commit = f"tree {repo.git('write-tree')}\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\n{message}"
    repo.git("update-ref", "refs/heads/main", repo.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=commit))
    (fact,) = read(repo.path).commits().values()
    assert fact["message"].startswith("caf\\xe9 \x1b[2J\x01\x1e\r\n\ndiff --git a/x b/x\ncommit 0123")
    assert [f["path"] for f in fact["files"]] == ["nuls", 'n\\xff\nname\t"\\\x1b[31m']


def test_messages_in_another_encoding_and_empty_ones(repo: GitRepo) -> None:
    repo.git("-c", "i18n.commitEncoding=ISO-8859-1", "commit", "-q", "--allow-empty", "-F", "-", stdin="caf\udce9")
    repo.commit("")
    assert {fact["message"] for fact in read(repo.path).commits().values()} == {"café\n", ""}


@pytest.mark.parametrize(
    ("date", "at"),
    [
        ("99999999999999999 +0000", "9999-12-31T23:59:59.000Z"),
        ("1700000000 +9999", "2023-11-14T22:13:20.000Z"),
        ("nonsense", "1970-01-01T00:00:00.000Z"),
    ],
)
def test_absurd_dates(repo: GitRepo, date: str, at: str) -> None:
    tree = repo.git("write-tree")
    commit = f"tree {tree}\nauthor A <a@b> {date}\ncommitter A <a@b> {date}\n\nm\n"
    sha = repo.git("hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=commit)
    (event,) = commit_events(repo.path / ".git", "p", [sha], [], Counter())
    assert event.at[:4] == at[:4]


def test_settings_and_variables_change_nothing(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit("one", a="1\n2\n\n3\n", b="x\n")
    repo.git("mv", "a", "c")
    repo.commit("two", c="1\n2\n\n4\n")
    plain = read(repo.path).events
    settings = {
        "diff.renames": "false", "diff.noprefix": "true", "diff.mnemonicPrefix": "true", "diff.context": "0",
        "diff.external": "false", "diff.algorithm": "patience", "diff.suppressBlankEmpty": "true", "color.ui": "always",
        "diff.submodule": "log", "log.showSignature": "true", "log.follow": "true", "log.date": "relative",
        "log.diffMerges": "on", "log.decorate": "full", "core.quotePath": "true", "format.pretty": "oneline",
        "i18n.logOutputEncoding": "UTF-16", "diff.relative": "true", "diff.orderFile": "missing", "core.abbrev": "4",
    }  # fmt: skip
    for name, value in settings.items():
        repo.git("config", name, value)
    repo.write(".gitattributes", "* -diff diff=custom\n")
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere")
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", "/nowhere")
    monkeypatch.setenv("GIT_DIFF_OPTS", "-u0")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "false")
    assert read(repo.path).events == plain


def test_a_missing_blob_costs_its_counts_only(repo: GitRepo) -> None:
    shas = [repo.commit(str(i), a=f"{i}\n", **{f"f{i}": "x"}) for i in range(30)]
    whole = read(repo.path).commits()
    for damaged in (shas[3], shas[20]):
        blob = repo.git("rev-parse", f"{damaged}:a")
        (repo.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    reading = read(repo.path)
    commits = reading.commits()
    assert commits.keys() == whole.keys()
    hurt = {sha for sha in shas if commits[sha] != whole[sha]}
    assert hurt == {shas[3], shas[4], shas[20], shas[21]}
    assert [f["path"] for f in commits[shas[3]]["files"]] == ["a", "f3"]
    assert commits[shas[3]]["files"][0] == {"path": "a", "added": None, "removed": None}
    assert reading.skipped["commits read without line counts"] == 4


@pytest.mark.parametrize("what", ["blob", "tree"])
def test_a_corrupt_object_costs_what_it_holds_only(repo: GitRepo, what: str) -> None:
    shas = [repo.commit(str(i), **{"d/a": f"{i}\n", f"f{i}": "x"}) for i in range(12)]
    broken = repo.git("rev-parse", f"{shas[5]}:d/a" if what == "blob" else f"{shas[5]}:d")
    path = repo.path / ".git/objects" / broken[:2] / broken[2:]
    path.chmod(0o600)
    path.write_bytes(b"garbage")
    reading = read(repo.path)
    assert reading.commits().keys() == set(shas)
    assert sum(reading.skipped.values()) == 2
    assert {sha for sha, fact in reading.commits().items() if fact["patch_id"]} == set(shas) - {shas[5], shas[6]}


def test_a_missing_commit_loses_only_itself(repo: GitRepo) -> None:
    shas = [repo.commit(str(i), a=str(i)) for i in range(6)]
    (repo.path / ".git/objects" / shas[3][:2] / shas[3][2:]).unlink()
    assert read(repo.path).commits().keys() == set(shas) - {shas[3]}


def test_a_partial_clone_starts_no_fetch(repo: GitRepo, tmp_path: Path) -> None:
    shas = [repo.commit(str(i), a=f"{i}\n") for i in range(5)]
    repo.git("config", "uploadpack.allowFilter", "true")
    for filtered in ("blob:none", "tree:0"):
        clone = tmp_path / filtered.replace(":", "")
        repo.git("clone", "-q", "--no-checkout", f"--filter={filtered}", f"file://{repo.path}", clone)
        objects = GitRepo(clone).git("count-objects", "-v")
        reading = read(clone)
        assert reading.commits().keys() == set(shas)
        assert GitRepo(clone).git("count-objects", "-v") == objects
        paths = [[f["path"] for f in fact["files"] or []] for fact in reading.commits().values()]
        assert paths == [["a"] if filtered == "blob:none" else []] * 5


def test_a_shallow_clone_does_not_take_its_edge_for_a_root(repo: GitRepo, tmp_path: Path) -> None:
    shas = [repo.commit(str(i), a=f"{i}\n") for i in range(5)]
    repo.git("clone", "-q", "--depth", "2", f"file://{repo.path}", tmp_path / "shallow")
    commits = read(tmp_path / "shallow").commits()
    assert commits.keys() == set(shas[3:])
    assert (commits[shas[3]]["parents"], commits[shas[3]]["files"]) == ([shas[2]], None)
    assert commits[shas[4]] == read(repo.path).commits()[shas[4]]


def test_replaced_commits_are_what_they_were(repo: GitRepo) -> None:
    old, new = repo.commit("one", a="1"), repo.commit("two", a="2")
    plain = read(repo.path).commits()
    repo.git("replace", new, old)
    assert read(repo.path).commits() == plain


def test_a_bare_repository_and_one_without_commits(repo: GitRepo, tmp_path: Path) -> None:
    assert read(repo.path).events == {}
    sha = repo.commit("one", a="1")
    repo.git("clone", "-q", "--bare", repo.path, tmp_path / "bare.git")
    assert read(tmp_path / "bare.git").commits().keys() == {sha}


def test_a_submodule_s_change_is_a_line(repo: GitRepo, tmp_path: Path) -> None:
    inner = GitRepo.create(tmp_path / "inner")
    inner.commit("inside", file="x")
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.path, "sub")
    sha = repo.commit("with a submodule")
    assert {"path": "sub", "added": 1, "removed": 0} in read(repo.path).commits()[sha]["files"]
    assert read(repo.path / "sub").commits().keys() == {inner.git("rev-parse", "HEAD")}


def test_a_commit_made_by_a_library_that_runs_no_hooks(repo: GitRepo) -> None:
    pygit2 = pytest.importorskip("pygit2")
    repo.commit("one", a="1")
    reading = read(repo.path)
    library = pygit2.Repository(str(repo.path))
    who = pygit2.Signature("Gui", "gui@example.org")
    sha = str(library.create_commit("HEAD", who, who, "by a GUI", library.index.write_tree(), [library.head.target]))
    reading.read()
    assert reading.commits()[sha]["author"] == "Gui"
    assert (sha, "main") in reading.links()


def test_dubious_ownership_is_told_with_git_s_own_remedy(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    said = repo.git("status", env={"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}, check=False)
    assert said == ""
    stderr = (
        "fatal: detected dubious ownership in repository at '/x/.git'\n"
        "To add an exception for this directory, call:\n\n\tgit config --global --add safe.directory /x/.git\n"
    )
    error = failure("log", stderr)
    assert isinstance(error, JournalError)
    assert error.remedy == "run `git config --global --add safe.directory /x/.git`"
    monkeypatch.setattr(
        "journal.capture.git.process._ENVIRONMENT", {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1", "LC_ALL": "C"}
    )
    repo.commit("one", a="1")
    with pytest.raises(JournalError, match=r"safe\.directory"):
        read(repo.path)


def test_git_missing_is_told(repo: GitRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(JournalError, match="git cannot be started"):
        run_git(repo.path / ".git", "log")


@pytest.mark.slow
def test_a_commit_of_a_hundred_thousand_files(repo: GitRepo) -> None:
    count = 100_000
    stream = ["blob\nmark :1\ndata 2\nx\n\n", "commit refs/heads/main\ncommitter A <a@b> 1700000000 +0000\ndata 1\nm\n"]
    stream += [f"M 100644 :1 {i % 100}/{i}\n" for i in range(count)]
    repo.git("fast-import", "--quiet", stdin="".join(stream))
    reading = Reading(repo.path)
    reading.read()
    (fact,) = reading.commits().values()
    assert len(fact["files"]) == count
    assert {(f["added"], f["removed"]) for f in fact["files"]} == {(1, 0)}
