"""Gotchas, as COMMANDS.md promises them. What logs said is made up: tests/slurm reads real ones."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from journal.derive.gotcha.identity import gotcha_id
from journal.events import Batch, Event, make_event
from journal.moments import from_datetime
from journal.paths import store_file
from journal.store.database import open_store
from journal.store.event_log import append_batch
from tests.cli.conftest import Journal, clear_error
from tests.git_repo import GitRepo
from tests.store import stories
from tests.store.stories import MISSING

pytestmark = pytest.mark.usefixtures("by_hand")

LISTED = {"id", "title", "fingerprint", "label", "scope", "seen", "fix", "status"}
EINOPS = gotcha_id(f"missing_module: {MISSING}")


def project_of(path: Path) -> str:
    connection = open_store(store_file())
    (project,) = connection.execute("SELECT project FROM clone WHERE path = ?", (str(path),)).fetchone()
    connection.close()
    return str(project)


def tell(project: str, *events: Event) -> None:
    connection = open_store(store_file())
    moved = [event._replace(project=project) for event in events]
    append_batch(connection, stories.WRITER, "test", Batch(moved, {}, {}))
    connection.close()


def lately(number: str, name: str, minutes_ago: int) -> list[Event]:
    """A job that failed of the missing module, a while ago."""
    now = datetime.now().astimezone()
    at, ended = (from_datetime(now - timedelta(minutes=minutes)) for minutes in (minutes_ago, minutes_ago - 1))
    job = {"cluster": "lab", "job_id": number, "submitted_at": at, "name": name, "command": "sbatch", "work_dir": "/p"}
    tried: dict[str, Any] = {
        "told_by": "sacct", "cluster": "lab", "job_id": number, "raw_id": number, "submitted_at": at, "name": name,
        "state": "FAILED", "exit_code": 1, "started_at": at, "ended_at": ended, "elapsed_s": 58,
    }  # fmt: skip
    log = {
        "cluster": "lab", "job_id": number, "submitted_at": at, "raw_id": number, "try_submitted_at": at, "path": None,
        "label": "missing_module", "signature": MISSING + "\x1b[2J", "line": 3,
        "fingerprint": f"missing_module: {MISSING}", "component": "python", "explanation": "It is not installed.",
        "advice": ["install it"], "rule": None, "progress": None,
    }  # fmt: skip
    return [
        make_event("job", at, "p", "slurm", (number, at), job),
        make_event("attempt", ended, "p", "slurm", (number, at), tried),
        make_event("log", ended, "p", "log", (number, at), log),
    ]


@pytest.fixture
def lab(repo: GitRepo, journal: Journal) -> GitRepo:
    """A repository in which jobs 7 and 8 failed of a missing module and 9 got past it; 10 failed so a minute ago."""
    repo.commit("Train a model", **{"train.py": "print('loss')\n"})
    journal("init")
    tell(
        project_of(repo.path),
        *(stories.job(number, minute, "smoke") for number, minute in (("7", 0), ("8", 5), ("9", 9))),
        stories.attempt("7", "FAILED", 0, ended_at=stories.at(1), exit_code=1),
        stories.attempt("8", "FAILED", 5, ended_at=stories.at(6), exit_code=1),
        stories.attempt("9", "COMPLETED", 9, ended_at=stories.at(10), elapsed_s=60),
        stories.log("7"), stories.log("8", minute=5), stories.log("9", "ok", 9),
        stories.fix(("8", 5), ("9", 9)),
        *lately("10", "bf16", 5),
    )  # fmt: skip
    return repo


def test_the_listing(lab: GitRepo, journal: Journal) -> None:
    (found,) = journal.json("gotchas")
    assert set(found) >= LISTED
    assert (found["id"], found["name"], found["status"], found["scope"]) == (EINOPS, "G1", "learned", "repo")
    assert len(found["seen"]) == 3
    assert len(found["fix"]) == 1
    assert {event["kind"] for event in (journal.json("show", each)["event"] for each in found["seen"])} == {"job"}
    assert journal.json("show", found["fix"][0])["event"]["kind"] == "fix"
    assert journal.json("gotchas", "EINOPS", "pip") == [found]
    assert journal.json("gotchas", "torch") == []
    out = journal("gotchas", ok=True).out
    assert (
        "G1  learned  repo         3  ModuleNotFoundError: No module named 'einops' · fixed by pip install einops"
        in out
    )
    assert journal("gotchas", "torch", ok=True).err == "no gotcha with 'torch'\n"


def test_all_repositories_are_searched_unless_one_is_named(lab: GitRepo, journal: Journal, tmp_path: Path) -> None:
    other = GitRepo.create(tmp_path / "other")
    other.commit("Elsewhere")
    journal("init", cwd=other.path)
    assert len(journal.json("gotchas", cwd=other.path)) == 1
    assert journal.json("gotchas", "--project", "other") == []
    assert len(journal.json("gotchas", "--project", "repo", cwd=other.path)) == 1
    assert len(journal.json("gotchas", "--project", "all", cwd=other.path)) == 1


def test_one_gotcha_with_its_evidence(lab: GitRepo, journal: Journal) -> None:
    for words in (("gotcha", "G1"), ("show", "G1"), ("gotcha", EINOPS[:8])):
        out = journal(*words, ok=True).out
        assert "\x1b" not in out
        for line in (
            "gotcha G1 · missing module · learned · repo",
            "  what      It is not installed.",
            f"  error     {MISSING}",
            "  try       install it",
            "  seen      10, 8, 7 · 3 times here",
            "  overcome  9 got past what failed 8: fixed by pip install einops",
            "  ran       pip install einops",
            "  changed   requirements.txt (+1)",
            "    +einops",
        ):
            assert line in out, out
    assert journal.json("gotcha", "G1") == journal.json("gotchas")[0]
    shown = journal.json("show", "G1")
    assert (shown["event"]["kind"], shown["gotcha"]["name"]) == ("fix", "G1")
    assert {link["how"] for link in shown["links"]} == {"failed"}
    clear_error(journal("gotcha", "G9"), "no gotcha is called 'G9'", "journal gotchas")
    clear_error(journal("show", "G9"), "nothing here is called 'G9'")


def test_a_failure_that_is_known_says_so_at_once(lab: GitRepo, journal: Journal) -> None:
    known = "known     G1 · 2 times here · fixed by pip install einops, einops in requirements.txt → journal gotcha G1"
    assert known in journal("job", "10", ok=True).out
    assert "overcome  job 9 got past it" in journal("job", "8", ok=True).out
    assert "got past  what failed 8, fixed by pip install einops" in journal("job", "9", ok=True).out
    assert f"10 bf16 · {MISSING} · known: G1 → journal gotcha G1" in journal("status", ok=True).out
    (failed,) = journal.json("status")["jobs"]["failed"]
    assert failed["gotcha"] == {"id": EINOPS, "name": "G1", "status": "learned"}
    (before,) = journal.json("job", "10")["seen_before"]
    assert (before["name"], before["jobs"]) == ("G1", 2)
    assert journal.json("job", "9")["got_past"][0]["gotcha"]["name"] == "G1"
    assert journal.json("job", "8")["overcome_by"] == "9"
    assert any(title.startswith("10 bf16 ✗ 58 s") and title.endswith("· G1") for title in journal.titles())
    assert any(title.startswith("G1: job 9 got past what failed 8") for title in journal.titles())


def test_diagnose_says_what_is_known(lab: GitRepo, journal: Journal, tmp_path: Path) -> None:
    tell(
        project_of(lab.path),
        stories.job("11", 50),
        stories.log("11", minute=50, path=str(tmp_path / "slurm-11.out")),
    )
    other = GitRepo.create(tmp_path / "other")
    other.commit("Elsewhere")
    journal("init", cwd=other.path)
    traceback = f'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\n{MISSING}\n'
    for name in ("a.log", "slurm-11.out"):
        (tmp_path / name).write_text(traceback, encoding="utf-8")
    (gotcha,) = journal.json("gotchas")
    assert journal.json("diagnose", tmp_path / "a.log", cwd=other.path)["seen_before"] == [gotcha]
    (without,) = journal.json("diagnose", tmp_path / "slurm-11.out")["seen_before"]
    assert (gotcha["jobs"], without["jobs"]) == (4, 3)  # that log's own job does not count
    fixed = "       fixed by pip install einops, einops in requirements.txt\n"
    out = journal("diagnose", tmp_path / "a.log", ok=True).out
    assert out.endswith(f"seen   4 times here · G1 → journal gotcha G1\n{fixed}")
    assert "seen   4 " in journal("diagnose", tmp_path / "a.log", cwd=other.path, ok=True).out


def test_without_a_store_a_log_is_diagnosed_all_the_same(journal: Journal, tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text(f"{MISSING}\n", encoding="utf-8")
    assert journal.json("diagnose", log, cwd=tmp_path)["seen_before"] == []
    assert not store_file().exists()


def test_the_documents_know_it(lab: GitRepo, journal: Journal) -> None:
    journal("docs", ok=True)
    env, scratch = ((lab.path / name).read_text(encoding="utf-8") for name in ("ENV.md", "SCRATCH.md"))
    assert f"- **G1** `{MISSING}`: It is not installed. Fixed by `pip install einops`" in env
    assert "Seen 10, 8, 7; 9 got past it. *this repo*" in env
    assert f"**Needs you** 10 `bf16` failed as 8 did: `{MISSING}` → gotcha G1 says what fixed it" in scratch
    assert "→ new gotcha **G1**" in scratch
    assert f"**G1** `{MISSING}`" in journal("env", ok=True).out


def test_a_person_adds_edits_confirms_and_drops(lab: GitRepo, journal: Journal) -> None:
    assert journal(
        "gotcha", "add", "Bind", "shared", "memory", "--advice", "singularity --bind /dev/shm", ok=True
    ).out == ("G2 added\n")
    (added,) = journal.json("gotchas", "shared")
    assert (added["title"], added["status"], added["advice"]) == (
        "Bind shared memory", "confirmed", ["singularity --bind /dev/shm"],
    )  # fmt: skip
    assert "- **G2** Bind shared memory. singularity --bind /dev/shm. *this repo, confirmed*" in (
        lab.path / "ENV.md"
    ).read_text(encoding="utf-8")
    journal("gotcha", "edit", "G2", "--scope", "general", "--title", "Bind shm", ok=True)
    assert journal.json("gotcha", "G2")["scope"] == "general"
    assert journal("gotcha", "confirm", "G1", "--why", "read the docs", ok=True).out == "G1 confirmed\n"
    assert journal.json("gotcha", "G1")["status"] == "confirmed"
    assert "said      confirmed (read the docs) by a person" in journal("gotcha", "G1", ok=True).out
    journal("gotcha", "drop", "G2", ok=True)
    assert [found["name"] for found in journal.json("gotchas")] == ["G1"]
    assert [found["name"] for found in journal.json("gotchas", "--dropped")] == ["G1", "G2"]
    assert "G2" not in (lab.path / "ENV.md").read_text(encoding="utf-8")
    assert journal.json("gotcha", "add", "--job", "10", "--advice", "pip install einops")["name"] == "G1"


def test_the_agent_is_told_apart(lab: GitRepo, journal: Journal) -> None:
    journal("gotcha", "confirm", "G1", env={"CLAUDE_CODE_SESSION_ID": "5a1e"}, ok=True)
    assert "said      confirmed by the agent" in journal("gotcha", "G1", ok=True).out
    assert "gotcha **G1** confirmed by the agent" in (lab.path / "SCRATCH.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("add",), "a gotcha needs a title"),
        (("add", "--job", "9"), "no log of job 9 was read that shows a failure"),
        (("add", "--job", "999"), "no job is called '999'"),
        (("edit", "G1", "--label", "odd"), "there is no label called 'odd'"),
        (("edit", "G1"), "nothing was said to be changed"),
        (("confirm",), "one gotcha must be named"),
        (("drop", "G77"), "no gotcha is called 'G77'"),
        (("G1", "G2"), "'G1 G2' is no gotcha"),
        (("G1", "--title", "x"), "'G1' is no gotcha"),
    ],
)
def test_what_cannot_be_done_is_said(lab: GitRepo, journal: Journal, words: tuple[str, ...], told: str) -> None:
    clear_error(journal("gotcha", *words), told)


def test_words_that_typer_does_not_know_are_wrong_usage(lab: GitRepo, journal: Journal) -> None:
    assert journal("gotcha", "edit", "G1", "--scope", "galaxy").status == 2
    assert journal("gotcha").status == 2


def test_without_any(repo: GitRepo, journal: Journal) -> None:
    repo.commit("One")
    journal("init")
    assert journal.json("gotchas") == []
    assert journal("gotchas", ok=True).err.startswith("none yet: ")
    assert "None yet" in (repo.path / "ENV.md").read_text(encoding="utf-8")
