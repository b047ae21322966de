"""The line from hook to timeline, as a person would walk it."""

import json
import os
import shutil
from pathlib import Path

import pygit2

from tests.cli.conftest import Journal, eventually
from tests.environment import PROJECT
from tests.git_repo import GitRepo

SAMPLES = PROJECT / "tests/fixtures/claude"
RECORDED_IN = "/home/tester/demo"
MARGIN = 10.0  # seconds that a busy machine may take for what takes two on a quiet one


def lay_out_sessions(repo: Path) -> int:
    """Puts the recorded transcripts where the client would have, had they been recorded in this repository."""
    slug = "".join(character if character.isascii() and character.isalnum() else "-" for character in str(repo))
    projects = Path(os.environ["CLAUDE_CONFIG_DIR"]) / "projects" / slug
    sessions = 0
    for transcript in sorted(SAMPLES.glob("*/projects/*/**/*.jsonl")):
        directory = next(parent for parent in transcript.parents if parent.parent.name == "projects")
        target = projects / transcript.relative_to(directory)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(transcript, target)
        target.write_text(transcript.read_text(encoding="utf-8").replace(RECORDED_IN, str(repo)), encoding="utf-8")
        sessions += target.parent == projects
    return sessions


def test_from_hook_to_timeline(repo: GitRepo, journal: Journal, tmp_path: Path) -> None:
    for number in range(50):
        repo.commit(f"Step {number} of the baseline", **{"train.py": f"lr = {number}\n"})
    sessions = lay_out_sessions(repo.path)
    done = journal("init")
    assert "captured   50 commits, 12 sessions" in done.out
    assert sessions == 12

    def told() -> list[str]:
        return journal.titles("-n", "40")

    repo.git("checkout", "-q", "-b", "cosine")
    repo.commit("Add the cosine schedul", **{"sched.py": "def cosine(): ...\n"})
    repo.git("commit", "-q", "--amend", "-m", "Add the cosine schedule")
    repo.commit("Warm up for 2k steps", **{"sched.py": "def cosine(warmup): ...\n"})
    repo.git("checkout", "-q", "main")
    repo.commit("Note the data path", **{"README.md": "data in /scratch\n"})
    repo.git("checkout", "-q", "cosine")
    repo.git("rebase", "-q", "main")
    rebased = repo.git("rev-parse", "--short=7", "HEAD")
    eventually(lambda: f"{rebased} Warm up for 2k steps" in told(), MARGIN)  # the hooks' own capture found it

    person = pygit2.Signature("Ada Tester", "ada@example.org")
    libgit2 = pygit2.Repository(str(repo.path))
    tree, parent = libgit2.head.peel(pygit2.Commit).tree.id, libgit2.head.target
    libgit2.create_commit("HEAD", person, person, "Commit without any hook", tree, [parent])
    session = journal.json("log", "--kind", "session", "-n", "1")[0]["data"]["session_id"]
    repo.git("commit", "-q", "--allow-empty", "-m", "Made by the agent", env={"CLAUDE_CODE_SESSION_ID": session})
    eventually(lambda: any(title.endswith("Made by the agent") for title in told()), MARGIN)

    titles = told()
    assert any(title.endswith("Commit without any hook") for title in titles)
    assert any("(amend)" in title for title in titles)
    assert sum("(rebase)" in title for title in titles) == 2
    links = {link["how"]: link["event"]["kind"] for link in journal.json("show", "HEAD")["links"]}
    assert links["made in"] == "session"
    assert links["made on"] == "branch"

    eventually(lambda: "Made by the agent" in (repo.path / "SCRATCH.md").read_text(), MARGIN)
    scratch = (repo.path / "SCRATCH.md").read_text(encoding="utf-8")
    assert "**On** cosine · last commit" in scratch
    assert "amended, rebased" in scratch
    assert "write a result and commit it" in scratch
    assert repo.git("status", "--porcelain") == ""

    journal("publish", tmp_path / "site")
    timeline = json.loads((tmp_path / "site/timeline.json").read_text(encoding="utf-8"))
    assert {event["kind"] for event in timeline["events"]} >= {"commit", "session"}
    shown = [event["title"] for event in timeline["events"] if event["kind"] == "commit"]
    assert "Add the cosine schedule" in shown
    assert "Add the cosine schedul" not in shown
    assert str(repo.path) not in (tmp_path / "site/index.html").read_text(encoding="utf-8")
