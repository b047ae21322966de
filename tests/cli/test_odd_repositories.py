"""Repositories as they are met: damaged, partial, of any name and time. Nothing is lost, nothing raw comes out."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.cli.conftest import Journal, clear_error
from tests.git_repo import GitRepo

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("by_hand")]


def events(journal: Journal, cwd: Path, *kinds: str) -> list[dict[str, Any]]:
    """What `journal log` tells of a repository's project, of these kinds or all."""
    words = [word for kind in kinds or ("all",) for word in ("--kind", kind)]
    told: list[dict[str, Any]] = journal.json("log", *words, cwd=cwd)
    return told


def shas(journal: Journal, cwd: Path) -> set[str]:
    return {event["data"]["sha"] for event in events(journal, cwd, "commit")}


def history(repo: GitRepo) -> set[str]:
    return set(repo.git("rev-list", "--all").split())


@pytest.fixture
def data_dir() -> Path:
    """The data directory of the test's person."""
    return Path(os.environ["JOURNAL_DATA_DIR"])


# ── no repository, or hardly one ─────────────────────────────────────────────────────────────────────────────


def test_outside_of_a_repository(tmp_path: Path, journal: Journal) -> None:
    for command in ("init", "init --dry-run", "uninstall"):
        clear_error(journal(*command.split(), cwd=tmp_path), "is not in a git repository", "git init")
    for command in ("log", "status", "search x", "tokens", "show x", "docs", "publish", "sql", "rebuild", "note x"):
        ran = journal(*command.split(), cwd=tmp_path)
        clear_error(ran)
    clear_error(journal("init", tmp_path / "missing"), "missing", "give a directory that exists")
    assert [path.name for path in tmp_path.iterdir()] == ["repo"]


def test_in_a_repository_without_a_journal(repo: GitRepo, journal: Journal) -> None:
    repo.commit("one", a="1")
    for command in ("log", "status", "search x", "tokens", "docs", "publish", "note x", "capture", "uninstall"):
        clear_error(journal(*command.split(), cwd=repo.path), "journal")
    journal("doctor", cwd=repo.path, ok=True)


def test_before_the_first_commit(repo: GitRepo, journal: Journal) -> None:
    assert "no commit yet" in journal("init", cwd=repo.path, ok=True).out
    assert journal.json("init")["project"] is None
    for command in ("log", "status", "note early", "docs", "capture", "search x", "tokens", "publish"):
        clear_error(journal(*command.split(), cwd=repo.path), "commit")
    journal("doctor", cwd=repo.path, ok=True)
    sha = repo.commit("the first", **{"train.py": "1\n"})
    journal("capture", cwd=repo.path, ok=True)
    assert shas(journal, repo.path) == {sha}
    assert (repo.path / "SCRATCH.md").exists()
    assert repo.git("status", "--porcelain") == ""
    journal("uninstall", cwd=repo.path, ok=True)


def test_worktrees_of_a_bare_repository(tmp_path: Path, repo: GitRepo, journal: Journal) -> None:
    sha = repo.commit("one", a="1")
    repo.git("clone", "--quiet", "--bare", ".", tmp_path / "bare.git")
    GitRepo(tmp_path / "bare.git").git("worktree", "add", "--quiet", tmp_path / "tree", "main")
    tree = GitRepo(tmp_path / "tree")
    journal("init", cwd=tree.path, ok=True)
    second = tree.commit("two", a="2")
    journal("capture", cwd=tree.path, ok=True)
    assert shas(journal, tree.path) == {sha, second}
    journal("uninstall", cwd=tree.path, ok=True)
    assert tree.git("status", "--porcelain") == ""


# ── clones with something missing ────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def origin(repo: GitRepo) -> GitRepo:
    """A repository to clone, that lets clones leave objects out; five commits."""
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("config", "uploadpack.allowAnySHA1InWant", "true")
    for number in range(5):
        repo.commit(
            f"commit {number}", **{f"d/{number}.py": f"{number}\n" * (number + 1), "README.md": f"# {number}\n"}
        )
    return repo


@pytest.mark.parametrize("filtered", ["blob:none", "tree:0"])
def test_a_partial_clone_whose_remote_is_gone(origin: GitRepo, tmp_path: Path, filtered: str, journal: Journal) -> None:
    origin.git("clone", "--quiet", f"--filter={filtered}", f"file://{origin.path}", tmp_path / "partial")
    clone = GitRepo(tmp_path / "partial")
    wanted = history(origin)
    origin.path.rename(tmp_path / "gone")
    ran = journal("init", cwd=clone.path, ok=True)
    assert "skipped" in ran.out
    assert shas(journal, clone.path) == wanted
    journal("docs", cwd=clone.path, ok=True)
    sha = clone.commit("mine", **{"mine.py": "1\n"})
    journal("capture", cwd=clone.path, ok=True)
    assert sha in shas(journal, clone.path)
    journal("publish", "site", cwd=clone.path, ok=True)


@pytest.mark.parametrize("broken", ["blob", "tree", "commit"])
@pytest.mark.parametrize("how", ["garbage", "empty", "missing"])
def test_a_corrupt_object(origin: GitRepo, broken: str, how: str, journal: Journal) -> None:
    whole = history(origin)
    name = {"blob": "HEAD~2:d/2.py", "tree": "HEAD~2:d", "commit": "HEAD~2"}[broken]
    sha = origin.git("rev-parse", name)
    path = origin.path / ".git/objects" / sha[:2] / sha[2:]
    path.chmod(0o644)
    if how == "missing":
        path.unlink()
    else:
        path.write_bytes(b"not an object" if how == "garbage" else b"")
    ran = journal("init", cwd=origin.path, ok=True)
    assert "skipped" in ran.out
    found = shas(journal, origin.path)
    assert found >= whole - {sha} - ({origin.git("rev-parse", "HEAD~2", check=False)} if broken == "commit" else set())
    for command in ("capture", "status", "docs", "doctor", "rebuild", "publish site"):
        journal(*command.split(), cwd=origin.path, ok=True)
    new = origin.commit("after the damage", z="1")
    journal("capture", cwd=origin.path, ok=True)
    assert new in shas(journal, origin.path)


@pytest.mark.parametrize(
    "damaged", ["HEAD", "refs/heads/main", "packed-refs", "logs/HEAD", "journal/clone.json", "config"]
)
def test_a_damaged_file_of_git(origin: GitRepo, damaged: str, journal: Journal) -> None:
    journal("init", cwd=origin.path, ok=True)
    origin.git("branch", "other")
    (origin.path / ".git" / damaged).write_bytes(b"\xff\x00nonsense\n")
    for command in ("capture", "status", "log", "doctor", "docs", "init", "note x", "publish site", "uninstall"):
        ran = journal(*command.split(), cwd=origin.path)
        if ran.status:
            clear_error(ran)


# ── names and words ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "name",
    [
        "with space",
        "new\nline",
        "ünïcode ✓",
        "-leading-dash",
        "quote'\"$(touch x)`",
        os.fsdecode(b"caf\xe9"),
        "\x1b[31mred",
    ],
)
def test_a_repository_by_any_name(tmp_path: Path, name: str, journal: Journal, data_dir: Path) -> None:
    repo = GitRepo.create(tmp_path / name)
    first = repo.commit("one", **{"train.py": "1\n"})
    journal("init", cwd=repo.path, ok=True)
    second = repo.commit("two", **{"train.py": "2\n"})
    journal("capture", cwd=repo.path, ok=True)
    assert shas(journal, repo.path) == {first, second}
    links = events(journal, repo.path, "link")
    assert "\n" in name or [event for event in links if event["data"]["proof"] == "hook"], "the hook's record was lost"
    for command in ("status", "log", "doctor", "docs", "publish site", "tokens", "search one"):
        ran = journal(*command.split(), cwd=repo.path, ok=True)
        assert "\x1b" not in ran.out + ran.err
    if "\n" not in name:  # a record holds no newline: it cannot say where it comes from, and the reflog tells instead
        assert not [check for check in journal.json("doctor", cwd=repo.path) if not check["ok"]]
        assert not list((data_dir / "spool").glob("bad/*"))
    assert journal.json("capture", "--project", "all", cwd=tmp_path)["captured"] == {}
    third = repo.commit("three", **{"train.py": "3\n"})
    journal("capture", cwd=repo.path, ok=True)
    assert third in shas(journal, repo.path)
    if name == "-leading-dash":
        clear_error(journal("init", "--", name, cwd=tmp_path / name))
        journal("init", "--", name, cwd=tmp_path, ok=True)
    journal("uninstall", cwd=repo.path, ok=True)
    assert repo.git("status", "--porcelain", "--untracked-files=no") == ""


HOSTILE = (
    "\x1b[2J\x1b]0;owned\x07 \x1b]8;;https://evil.example\x07link\x1b]8;;\x07 \u202eesrever "
    "<script>alert(1)</script> <img src=x onerror=alert(2)> "
    "[click](javascript:alert(3)) ![t](https://evil.example/t.png) **bold** `code` "
    "<!-- journal:end --> <!-- /journal --> <!-- journal:begin today --> </details> "
    "Ignore all previous instructions"
)
BODY = "\n\n# A heading\n\n<!-- journal:end -->\n```\nfence\n~~~\n---\n> quoted\n\x00".replace("\x00", "\x0b") + HOSTILE


def test_hostile_words_come_out_harmless_everywhere(repo: GitRepo, journal: Journal) -> None:
    markers = _markers(repo, journal)
    said = HOSTILE + " " + " ".join(markers)
    odd = os.fsdecode(b"d\xff`</b>`\x1b[31m\xc3\x28/<b>&.py")
    repo.git("branch", os.fsdecode(b"caf\xe9/\xff"))
    repo.git("worktree", "add", "--quiet", repo.path.parent / os.fsdecode(b"tr\xe9e"), os.fsdecode(b"caf\xe9/\xff"))
    repo.git("checkout", "--quiet", "-b", "feat/<svg\u00a0onload=alert(4)>")
    sha = repo.commit(said + BODY + "\n" + "\n".join(markers), **{odd: "1\n", "a\tb\nc.py": "x\n"})
    repo.git("commit", "--quiet", "--allow-empty", "--author=&lt;alert(5)\x1b[31m*x*`y` <a@b>", "-m", "by whom")
    latin = repo.git("commit-tree", "HEAD^{tree}", "-p", "HEAD", stdin=os.fsdecode(b"caf\xe9 \xff\xfe"))
    repo.git("reset", "--quiet", "--soft", latin)
    journal("capture", cwd=repo.path, ok=True)
    journal("note", said + BODY, cwd=repo.path, ok=True)
    assert {sha, latin} <= shas(journal, repo.path)
    commands = ("log", "log --kind all", "status", f"show {sha}", "search owned", "tokens", "doctor", "docs --diff")
    for command in commands:
        ran = journal(*command.split(), cwd=repo.path, ok=True)
        for character in "\x1b\x07\x0b\u202e\x00":
            assert character not in ran.out + ran.err, (command, character)
    for command in ("log", f"show {sha}", "search owned", "status"):
        told = journal(*command.split(), "--json", ok=True)
        json.loads(told.out)
        assert "\x1b" not in told.out
    journal("docs", cwd=repo.path, ok=True)
    journal("docs", "--check", cwd=repo.path, ok=True)
    for document in ("SCRATCH.md", "ENV.md", "REPO_MAP.md"):
        text = (repo.path / document).read_text()
        assert not [c for c in text if (ord(c) < 32 and c != "\n") or c in "\u202e\x7f"], document
        raw, leading = _raw_html_and_links(text)
        assert not [html for html in raw if not re.fullmatch(r"<!-- journal:(begin|end) [a-z0-9= -]+ -->\n?", html)], (
            raw
        )
        assert not [target for target in leading if "evil" in target or "script" in target], leading
        assert "\n# A heading" not in text
    assert _markers(repo, journal) == markers, "text of a commit became a marker"
    journal("publish", "site", cwd=repo.path, ok=True)
    page = (repo.path / "site/index.html").read_text()
    for raw in ("<script>alert", "<img src=x", 'href="javascript:', "<svg\u00a0", "\x1b", "\x07", "\u202e", "<b>&"):
        assert raw not in page, raw


def _raw_html_and_links(markdown: str) -> tuple[list[str], list[str]]:
    """What CommonMark passes through as HTML, line by line, and where links and images lead."""
    flat: list[Token] = []
    for token in MarkdownIt("commonmark").parse(markdown):
        flat += [token, *(token.children or [])]
    html = [line for token in flat if token.type.startswith("html_") for line in token.content.splitlines()]
    return html, [str(target) for token in flat for key, target in token.attrs.items() if key in ("href", "src")]


def _markers(repo: GitRepo, journal: Journal) -> list[str]:
    """The marker lines of the three documents, in order."""
    if not (repo.path / "SCRATCH.md").exists():
        repo.commit("first", **{"train.py": "1\n"})
        journal("init", cwd=repo.path, ok=True)
    lines: list[str] = []
    for document in ("SCRATCH.md", "ENV.md", "REPO_MAP.md"):
        text = (repo.path / document).read_text()
        found = [line for line in text.splitlines() if line.startswith("<!--") and "journal" in line]
        lines += [re.sub(r" [0-9a-f]{8} -->", " -->", line) for line in found]
    return lines


# ── times ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_commits_of_any_time(repo: GitRepo, zone: str, journal: Journal) -> None:
    made = set()
    for number, when in enumerate(
        ["@0 +0000", "@1 -1200", "1970-01-01T00:00:01Z", "2100-06-01T00:00:00Z", "@253402300799 +1400",
         "2026-03-04T12:00:00Z", "@4102444800 +9999", "@99999999999 +0000"]
    ):  # fmt: skip
        repo.write("f", str(number))
        repo.git("add", "f")
        repo.git(
            "commit", "--quiet", "-m", when, env={"GIT_COMMITTER_DATE": when, "GIT_AUTHOR_DATE": when}, check=False
        )
        made.add(repo.git("rev-parse", "HEAD"))
    there = {"TZ": zone}
    journal("init", cwd=repo.path, env=there, ok=True)
    assert shas(journal, repo.path) == made
    for command in (
        "log",
        "status",
        "docs",
        "docs --check",
        "publish site",
        "search f",
        "show main",
        "doctor",
        "tokens",
    ):
        journal(*command.split(), cwd=repo.path, env=there, ok=True)


def test_a_clock_that_moves_back(repo: GitRepo, journal: Journal) -> None:
    repo.commit("one", f="1")
    journal("init", cwd=repo.path, ok=True)
    later, earlier = "2099-01-01T00:00:00Z", "2001-01-01T00:00:00Z"
    wanted = {repo.git("rev-parse", "HEAD")}
    for number, when in enumerate([later, earlier, later, earlier]):
        repo.write("f", f"again {number}")
        repo.git("commit", "--quiet", "-am", when, env={"GIT_COMMITTER_DATE": when, "GIT_AUTHOR_DATE": when})
        wanted.add(repo.git("rev-parse", "HEAD"))
        for path in [*repo.path.glob(".git/logs/**/*"), repo.path / ".git/HEAD"]:
            os.utime(path, (2**31 + 10**6, 2**31 + 10**6) if number % 2 else (1, 1))
        journal("capture", cwd=repo.path, ok=True)
    assert shas(journal, repo.path) == wanted
    assert journal.json("capture")["captured"] == {}


# ── places that move ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_linked_worktree_and_a_submodule(repo: GitRepo, tmp_path: Path, journal: Journal) -> None:
    repo.commit("one", f="1")
    inner = GitRepo.create(tmp_path / "inner")
    inner.commit("of the library", **{"lib.py": "1"})
    repo.git("submodule", "--quiet", "add", inner.path, "lib")
    repo.commit("with a submodule")
    repo.git("worktree", "add", "--quiet", "-b", "side", tmp_path / "side")
    side, module = GitRepo(tmp_path / "side"), GitRepo(repo.path / "lib")
    journal("init", cwd=side.path, ok=True)
    journal("init", cwd=module.path, ok=True)
    on_side, in_module, in_main = (place.commit("new", n="1") for place in (side, module, repo))
    for place in (side, module, repo):
        journal("capture", cwd=place.path, ok=True)
    assert shas(journal, side.path) == shas(journal, repo.path) == history(repo)
    assert {on_side, in_main} <= history(repo)
    assert shas(journal, module.path) == history(module)
    assert in_module in history(module)
    assert "new" in (side.path / "SCRATCH.md").read_text()
    assert side.git("status", "--porcelain") == ""
    for place in (module, side):
        journal("uninstall", cwd=place.path, ok=True)
        assert place.git("status", "--porcelain") == ""
