"""`journal init` and `journal uninstall`: in whole, again, and out without a trace."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import JOURNAL, Journal
from tests.cli.trees import BY_GIT, tree_of
from tests.git_repo import GitRepo

DOCUMENTS = ("ENV.md", "REPO_MAP.md", "SCRATCH.md")


def test_it_says_what_it_did_in_a_few_lines(repo: GitRepo, journal: Journal) -> None:
    repo.commit("Train a model", **{"train.py": "print('loss')\n"})
    done = journal("init")
    assert done.status == 0
    assert len(done.out.splitlines()) <= 15
    assert "captured   1 commit" in done.out
    assert all((repo.path / name).exists() for name in DOCUMENTS)
    assert repo.git("status", "--porcelain") == ""
    assert oct(Path(os.environ["JOURNAL_DATA_DIR"]).stat().st_mode)[-3:] == "700"


def test_its_json_is_the_contract_s(repo: GitRepo, journal: Journal) -> None:
    repo.commit("Train a model")
    told = journal.json("init")
    assert told["captured"]["commit"] == 1
    assert {hook["event"] for hook in told["hooks"]} >= {"post-commit", "post-merge", "post-rewrite", "post-checkout"}
    assert Path(told["store"]).exists()
    assert len(told["project"]) == 32


def test_again_is_repair_and_changes_nothing_else(repo: GitRepo, journal: Journal) -> None:
    repo.commit("Train a model", **{"train.py": "print('loss')\n"})
    journal("init")
    before = tree_of(repo.path, ".git/index")
    again = journal("init")
    assert again.status == 0
    assert tree_of(repo.path, ".git/index") == before
    assert "nothing new" in again.out
    (repo.path / ".git/hooks/post-commit").unlink(missing_ok=True)
    (repo.path / "SCRATCH.md").unlink()
    assert journal("init").status == 0
    assert tree_of(repo.path, ".git/index") == before


def test_a_dry_run_changes_nothing(repo: GitRepo, journal: Journal, isolated: Path) -> None:
    repo.commit("Train a model")
    before = tree_of(repo.path, ".git/index"), tree_of(isolated)
    done = journal("init", "--dry-run")
    assert done.status == 0
    assert "SCRATCH.md" in done.out
    assert "post-commit" in done.out
    assert (tree_of(repo.path, ".git/index"), tree_of(isolated)) == before


def test_uninstalling_leaves_no_trace(repo: GitRepo, journal: Journal) -> None:
    hook = repo.path / ".git/hooks/post-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho mine\n")
    hook.chmod(0o755)
    repo.write("ENV.md", "# My own notes on the environment")
    repo.git("add", "-A")
    repo.commit("Train a model", **{"train.py": "print('loss')\n"})
    before = tree_of(repo.path, *BY_GIT)
    journal("init")
    assert tree_of(repo.path, *BY_GIT) != before
    repo.commit("Go on", **{"train.py": "print('less loss')\n"})
    repo.git("reset", "-q", "--hard", "HEAD~1")
    done = journal("uninstall")
    assert done.status == 0, done.err
    assert tree_of(repo.path, *BY_GIT) == before
    assert journal("uninstall").status == 1


def test_uninstalling_leaves_a_person_s_words(repo: GitRepo, journal: Journal) -> None:
    repo.commit("Train a model")
    journal("init")
    scratch = repo.path / "SCRATCH.md"
    scratch.write_text(scratch.read_text() + "\nMy own thought.\n")
    journal("uninstall")
    assert scratch.read_text().strip().endswith("My own thought.")
    assert "journal:begin" not in scratch.read_text()


def test_purging_forgets(repo: GitRepo, journal: Journal) -> None:
    repo.commit("A secret plan")
    journal("init")
    assert "forgot" in journal("uninstall", "--purge").out
    assert journal.json("log", "--project", "all", "--kind", "all") == []


def test_documents_may_be_tracked(repo: GitRepo, journal: Journal) -> None:
    repo.commit("Train a model")
    journal("init", "--track")
    assert set(repo.git("status", "--porcelain").split()) - {"??"} == set(DOCUMENTS)


@pytest.mark.parametrize("count", [2, 5])
def test_several_at_once(repo: GitRepo, journal: Journal, count: int) -> None:
    for number in range(30):
        repo.commit(f"Step {number}")
    running = [
        subprocess.Popen([JOURNAL, "init"], cwd=repo.path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(count)
    ]
    for process in running:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, (out, err)
    assert len(journal.json("log", "--kind", "commit")) == 30
    assert len(journal.json("sql", "SELECT * FROM clone")) == 1
    assert (repo.path / "SCRATCH.md").read_text().count("journal:begin head") == 1
