"""Text on its way to a terminal, the pager, the editor and the progress bar."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journal.cli import terminal
from journal.cli.progress import progress
from tests.cli.conftest import JOURNAL, Journal
from tests.git_repo import GitRepo

pytestmark = pytest.mark.usefixtures("by_hand")


@given(st.text())
def test_nothing_that_a_terminal_acts_on_comes_through(text: str) -> None:
    shown = terminal.plain(text)
    assert not any(ord(character) < 32 and character not in "\n\t" for character in shown)
    assert not any(0x7F <= ord(character) <= 0x9F for character in shown)
    assert "\n" not in terminal.line(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x9b31mred\x9b0m", "red"),
        ("\x1b]0;a title\x07rest", "rest"),
        ("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("over\rwritten", "overwritten"),
        ("\u202eturned\u202c", "turned"),
        ("tab\tand\nnewline", "tab\tand\nnewline"),
    ],
)
def test_what_is_left(text: str, shown: str) -> None:
    assert terminal.plain(text) == shown


def _on_a_terminal(command: str, repo: GitRepo, **env: str) -> str:
    words = ["script", "-qec", command, "/dev/null"]
    done = subprocess.run(
        words, cwd=repo.path, env={**os.environ, "TERM": "xterm", **env}, capture_output=True, check=True, timeout=60
    )
    return done.stdout.decode("utf-8", "replace")


def test_a_long_log_goes_through_the_pager(repo: GitRepo, journal: Journal) -> None:
    for number in range(60):
        repo.commit(f"step {number}")
    journal("init")
    assert "PAGED" in _on_a_terminal(f"{JOURNAL} log", repo, JOURNAL_PAGER="sed s/step/PAGED/")
    assert "step 59" in _on_a_terminal(f"{JOURNAL} log", repo, JOURNAL_PAGER="no-such-pager-here")
    assert "PAGED" not in _on_a_terminal(f"{JOURNAL} log -n 3", repo, JOURNAL_PAGER="sed s/step/PAGED/")


def test_a_note_is_written_in_the_editor(repo: GitRepo, journal: Journal, tmp_path: Path) -> None:
    repo.commit("one")
    journal("init")
    editor = tmp_path / "my editor"
    editor.write_text('#!/bin/sh\nprintf "from the editor\\n# a comment\\n" > "$2"\ntest "$1" = --wait\n')
    editor.chmod(0o755)
    assert "noted" in _on_a_terminal(f"{JOURNAL} note", repo, EDITOR=f"'{editor}' --wait")
    assert journal.titles("-n", "1") == ["from the editor"]


def test_what_takes_long_shows_a_bar(repo: GitRepo) -> None:
    program = (
        "import time\nfrom journal.cli.progress import progress\n"
        "with progress('reading history', lambda: 30) as advance:\n"
        "    for _ in range(30): advance(1); time.sleep(0.06)\n"
    )
    (repo.path / "slow.py").write_text(program)
    python = Path(JOURNAL).with_name("python")
    shown = _on_a_terminal(f"{python} slow.py", repo)
    assert "reading history" in shown
    assert "/30" in shown


def test_no_bar_where_nobody_looks(capfd: pytest.CaptureFixture[str]) -> None:
    with progress("reading", lambda: 1) as advance:
        advance(1)
    assert capfd.readouterr() == ("", "")
