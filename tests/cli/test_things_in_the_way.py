"""What stands where a file should be, or cannot be read: named in one line, and nothing hangs."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Journal, clear_error
from tests.git_repo import GitRepo

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("by_hand")]

COMMANDS = ("log", "status", "capture", "docs", "search one", "tokens", "note x", "show HEAD", "rebuild", "init")


@pytest.fixture
def kept(repo: GitRepo, journal: Journal) -> GitRepo:
    """A repository with a journal, a commit captured and one that is not."""
    repo.commit("one", **{"train.py": "1\n"})
    journal("init", ok=True)
    repo.commit("two", **{"train.py": "2\n"})
    return repo


def _data() -> Path:
    return Path(os.environ["JOURNAL_DATA_DIR"])


def _replaced_by_file(path: Path) -> None:
    shutil.rmtree(path)
    path.write_text("in the way")


def _replaced_by_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _replaced_by_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _garbage(path: Path) -> None:
    path.write_bytes(os.urandom(20_000))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("journal.sqlite3", _garbage),
        ("journal.sqlite3", _replaced_by_directory),
        (".", _replaced_by_file),
        ("spool/new", _replaced_by_file),
    ],
)
def test_in_the_data_directory(kept: GitRepo, journal: Journal, name: str, change: Callable[[Path], None]) -> None:
    change(_data() / name)
    assert kept.git("commit", "--quiet", "--allow-empty", "-m", "three") == ""
    clear_error(journal("capture"), str(_data() / name))
    for command in COMMANDS:
        ran = journal(*command.split())
        if ran.status:
            clear_error(ran)
    assert [check for check in journal.json("doctor") if not check["ok"]]


@pytest.mark.parametrize("change", [_replaced_by_directory, _replaced_by_pipe, _garbage])
def test_in_place_of_a_document(kept: GitRepo, journal: Journal, change: Callable[[Path], None]) -> None:
    change(kept.path / "SCRATCH.md")
    for command in ("capture", "docs", "init"):
        clear_error(journal(*command.split()), str(kept.path / "SCRATCH.md"))
    assert journal.titles("--kind", "commit")[0].endswith("two")
    assert [check["check"] for check in journal.json("doctor") if not check["ok"]] == ["documents"]


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff", b'{"writer": "x", "project": null}'])
def test_in_place_of_the_clone_s_name(kept: GitRepo, journal: Journal, content: bytes) -> None:
    clone = kept.path / ".git/journal/clone.json"
    clone.write_bytes(content)
    for command in COMMANDS:
        if command not in ("rebuild", "show HEAD"):  # these ask the store alone
            clear_error(journal(*command.split()), str(clone), "remove it")
    assert [check["check"] for check in journal.json("doctor") if not check["ok"]] == ["repository"]
    clone.unlink()
    journal("init", ok=True)
    assert journal.titles("--kind", "commit")[0].endswith("two")


def test_a_repository_cannot_make_a_person_s_keys_notes(kept: GitRepo, journal: Journal, tmp_path: Path) -> None:
    key = tmp_path / "id_ed25519"
    key.write_text("PRIVATE words\n")
    (kept.path / "SCRATCH.md").unlink()
    (kept.path / "SCRATCH.md").symlink_to(key)
    clear_error(journal("capture"), "is a link to")
    assert journal.titles("--kind", "note") == []
    assert key.read_text() == "PRIVATE words\n"


@pytest.mark.parametrize("target", [".", "..", ".git", "", "train.py", "precious"])
def test_publishing_never_replaces_what_it_did_not_make(kept: GitRepo, journal: Journal, target: str) -> None:
    kept.write("precious/words.txt", "mine")
    clear_error(journal("publish", target))
    assert (kept.path / "precious/words.txt").read_text() == "mine"
    assert (kept.path / "train.py").read_text() == "2\n"
    assert kept.git("rev-parse", "HEAD")
