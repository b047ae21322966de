"""The questions, as COMMANDS.md promises them."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import JOURNAL, Journal
from tests.git_repo import GitRepo

pytestmark = pytest.mark.usefixtures("by_hand")


@pytest.fixture
def story(repo: GitRepo, journal: Journal) -> GitRepo:
    """Two branches, an amended commit and a note, all captured."""
    repo.commit("Train a model", **{"train.py": "print('loss')\n"})
    journal("init")
    repo.git("checkout", "-q", "-b", "cosine")
    repo.commit("Add the cosine schedul", **{"sched.py": "def cosine(): ...\n"})
    repo.git("commit", "-q", "--amend", "-m", "Add the cosine schedule")
    journal("capture")
    journal("note", "loss is flat after 2k steps")
    return repo


def test_log(story: GitRepo, journal: Journal) -> None:
    events = journal.json("log")
    assert {"id", "kind", "at", "project", "writer", "title", "links", "data"} == set(events[0])
    assert [event["at"] for event in events] == sorted((event["at"] for event in events), reverse=True)
    assert events[0]["title"] == "loss is flat after 2k steps"
    assert len(journal.json("log", "-n", "2")) == 2
    assert {event["kind"] for event in journal.json("log", "--kind", "commit", "--kind", "note")} == {"commit", "note"}
    assert "link" in {event["kind"] for event in journal.json("log", "--kind", "all")}
    assert journal.json("log", "--until", "2001-01-01") == []
    assert len(journal.json("log", "--since", "today")) == len(events)
    assert journal("log", "--kind", "commits").status == 1
    assert journal("log", "--since", "soon").status == 1
    assert journal("log", "--no-such-option").status == 2


def test_a_project_is_meant_by_name_or_by_where_one_stands(story: GitRepo, journal: Journal, tmp_path: Path) -> None:
    other = GitRepo.create(tmp_path / "other")
    other.commit("Elsewhere")
    journal("init", cwd=other.path)
    assert "Elsewhere" not in " ".join(journal.titles())
    assert "Elsewhere" in " ".join(journal.titles("--project", "all"))
    assert "Elsewhere" in " ".join(journal.titles("--project", "other"))
    outside = tmp_path / "outside"
    outside.mkdir()
    assert len(journal.json("log", cwd=outside)) == len(journal.json("log", "--project", "all"))
    unknown = journal("log", "--project", "nowhere")
    assert unknown.status == 1
    assert "other, repo" in unknown.err


def test_show_by_every_name(story: GitRepo, journal: Journal) -> None:
    sha = story.git("rev-parse", "HEAD")
    event = journal.json("show", sha)["event"]
    assert event["data"]["sha"] == sha
    for name in (sha[:8], event["id"], event["id"][:10], "HEAD", "cosine~0"):
        assert journal.json("show", name)["event"]["id"] == event["id"], name
    assert journal.json("show", "cosine")["event"]["kind"] == "branch"
    links = {link["how"]: link["event"]["title"] for link in journal.json("show", sha)["links"]}
    assert links["was before"].endswith("Add the cosine schedul")
    assert links["parent"].endswith("Train a model")
    old = journal.json("sql", "SELECT old FROM rewrite")[0]["old"]
    assert {link["how"] for link in journal.json("show", old)["links"]} >= {"became"}
    assert "Add the cosine schedule" in journal("show", sha).out
    assert journal("show", "nothing-like-it").status == 1
    assert journal("show", "").status == 1


def test_search(story: GitRepo, journal: Journal) -> None:
    found = journal.json("search", "cosine", "sched")
    assert {"id", "kind", "at", "title", "snippet"} == set(found[0])
    assert any(one["title"].endswith("Add the cosine schedule") for one in found)
    assert [one["kind"] for one in journal.json("search", "flat")] == ["note"]
    assert journal.json("search", "nosuchword") == []
    assert journal.json("search", "\"' OR * NEAR( -x :") == []
    assert journal("search").status == 2


def test_notes(story: GitRepo, journal: Journal) -> None:
    assert journal("note", stdin="from a pipe\nsecond line").status == 0
    assert journal.titles("-n", "1") == ["from a pipe"]
    assert journal("note", stdin="  ").status == 1
    assert "from a pipe" in (story.path / "SCRATCH.md").read_text()
    scratch = story.path / "SCRATCH.md"
    scratch.write_text(scratch.read_text() + "\nThe warm-up matters more than I thought.\n")
    journal("capture")
    assert [one["kind"] for one in journal.json("search", "matters")] == ["note"]


@pytest.mark.parametrize("by", ["day", "model", "session", "project", "branch"])
def test_tokens(story: GitRepo, journal: Journal, by: str) -> None:
    told = journal.json("tokens", "--by", by)
    assert set(told) == {"total", "rows", "limits", "prices"}
    assert {"input", "output", "cache_write_5m", "cache_write_1h", "cache_read", "cost_usd"} <= set(told["total"])
    assert told["prices"]["date"]


def test_documents_are_checked_and_compared(story: GitRepo, journal: Journal) -> None:
    assert journal("docs", "--check").status == 0
    scratch = story.path / "SCRATCH.md"
    scratch.unlink()
    stale = journal("docs", "--check")
    assert stale.status == 1
    assert "SCRATCH.md   is stale" in stale.out
    assert "+# SCRATCH" in journal("docs", "--diff").out
    assert not scratch.exists()
    assert {one["changed"] for one in journal.json("docs")} == {True, False}
    assert journal("docs").out.count("unchanged") == 3


def test_status(story: GitRepo, journal: Journal) -> None:
    story.write("new.py", "")
    told = journal.json("status")
    assert told["branch"] == "cosine"
    assert told["changed_files"] == 1
    assert told["today"]["commits"] >= 2
    assert told["needs"] == []
    (story.path / ".git/hooks/post-commit").unlink(missing_ok=True)
    story.git("config", "--remove-section", "hook.journal-post-commit", check=False)
    assert "journal init" in journal("status").out


def test_the_store_is_asked_but_not_changed(story: GitRepo, journal: Journal) -> None:
    before = journal.json("sql", "SELECT count(*) AS n FROM event")
    for query in ("DELETE FROM event", "DROP TABLE event", "PRAGMA user_version = 7", "nonsense", "SELECT 1; SELECT 2"):
        assert journal("sql", query).status == 1, query
    assert journal.json("sql", "SELECT count(*) AS n FROM event") == before
    assert "CREATE TABLE" in journal("sql").out


def test_doctor_finds_nothing_and_then_something(story: GitRepo, journal: Journal) -> None:
    checks = journal.json("doctor")
    assert {"check", "ok", "detail", "fix"} == set(checks[0])
    assert all(check["ok"] for check in checks), checks
    (story.path / ".git/hooks/post-commit").unlink(missing_ok=True)
    story.git("config", "--remove-section", "hook.journal-post-commit", check=False)
    broken = [check for check in journal.json("doctor") if not check["ok"]]
    assert [check["check"] for check in broken] == ["hooks"]
    assert broken[0]["fix"] == "journal init"


def test_rebuilding_changes_no_answer(story: GitRepo, journal: Journal) -> None:
    before = journal.json("log", "--kind", "all"), journal.json("search", "cosine")
    assert journal.json("rebuild")["events"] > 0
    assert (journal.json("log", "--kind", "all"), journal.json("search", "cosine")) == before


def test_a_reader_who_leaves_early_is_no_error(story: GitRepo, journal: Journal) -> None:
    for number in range(200):
        story.commit(f"Step {number} " + "x" * 500)
    journal("capture")
    done = subprocess.run(
        ["sh", "-c", f"{JOURNAL} log --json | head -c 100"], cwd=story.path, capture_output=True, check=False
    )
    assert done.stderr == b""


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_any_terminal_can_show_it(story: GitRepo, journal: Journal, encoding: str) -> None:
    story.commit("Größe → 日本語 🙂")
    journal("capture")
    env = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", "LC_ALL": "C"}
    for command in ("log", "status", "doctor"):
        assert journal(command, env=env).status == 0


def test_colour_only_where_it_is_wanted(story: GitRepo, journal: Journal) -> None:
    assert "\x1b" not in journal("log").out
    script = ["script", "-qec", f"{JOURNAL} log -n 1", "/dev/null"]
    env = {**os.environ, "TERM": "xterm"}
    seen = subprocess.run(script, cwd=story.path, env=env, capture_output=True, check=True).stdout
    assert b"\x1b[" in seen
    env["NO_COLOR"] = "1"
    assert b"\x1b[" not in subprocess.run(script, cwd=story.path, env=env, capture_output=True, check=True).stdout


def test_publishing(story: GitRepo, journal: Journal, tmp_path: Path) -> None:
    told = journal.json("publish", tmp_path / "site")
    assert set(told) == {"path", "events", "redactions"}
    timeline = json.loads((tmp_path / "site/timeline.json").read_text())
    assert len(timeline["events"]) == told["events"]
    assert "Add the cosine schedule" in (tmp_path / "site/index.html").read_text()
    first = (tmp_path / "site/index.html").read_bytes()
    assert journal("publish", tmp_path / "site").status == 0
    assert (tmp_path / "site/index.html").read_bytes() == first
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.tex").write_text("mine")
    refused = journal("publish", tmp_path / "mine")
    assert refused.status == 1
    assert (tmp_path / "mine/thesis.tex").read_text() == "mine"
    assert journal("publish", tmp_path / "x", "--format", "nothing").status == 1
