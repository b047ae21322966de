"""The edges of every command: streams, encodings, directories, usage, interruption."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import JOURNAL, Journal, clear_error
from tests.git_repo import GitRepo

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("by_hand")]


@pytest.fixture
def kept(repo: GitRepo, journal: Journal) -> GitRepo:
    """A repository with a journal and a commit that ASCII cannot spell."""
    repo.commit("measure the loss in ünïcode ✓", **{"f.py": "1\n"})
    journal("init", cwd=repo.path, ok=True)
    return repo


@pytest.mark.parametrize(
    "command", ["log", "log --json", "status", "show main", "search loss", "doctor", "docs --diff"]
)
def test_a_reader_that_goes_away_is_no_failure(kept: GitRepo, command: str, journal: Journal) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [JOURNAL, *command.split()], cwd=kept.path, stdout=writing, stderr=subprocess.PIPE, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("command", ["log", "log --json", "status", "note written", "capture", "docs"])
def test_a_closed_stdout_is_dev_null(kept: GitRepo, command: str) -> None:
    done = subprocess.run(
        ["sh", "-c", f"exec '{JOURNAL}' {command} >&-"], cwd=kept.path, stderr=subprocess.PIPE, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_with_all_streams_closed_a_command_still_works(kept: GitRepo, journal: Journal) -> None:
    done = subprocess.run(["sh", "-c", f"exec '{JOURNAL}' note seen <&- >&- 2>&-"], cwd=kept.path, check=False)
    assert done.returncode == 0
    assert [event["title"] for event in journal.json("log", "--kind", "note")] == ["seen"]


@pytest.mark.parametrize("command", ["log", "log --json", "status", "capture"])
def test_a_full_disk_behind_stdout_is_told(kept: GitRepo, command: str) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [JOURNAL, *command.split()], cwd=kept.path, stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 1
    assert b"No space left on device): free some space" in done.stderr
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_what_an_encoding_cannot_hold_is_written_as_an_escape(kept: GitRepo, encoding: str, journal: Journal) -> None:
    there = {"LC_ALL": "C", "PYTHONIOENCODING": encoding}
    assert "?" in journal("log", cwd=kept.path, env=there, ok=True).out
    told = json.loads(journal("log", "--kind", "commit", "--json", env=there, ok=True).out)
    assert told[0]["title"].endswith("measure the loss in ünïcode ✓")
    for command in ("status", "doctor", "docs", "init", "show main", "search loss", "tokens"):
        journal(*command.split(), cwd=kept.path, env=there, ok=True)


def test_a_directory_that_is_gone_is_named(kept: GitRepo, tmp_path: Path, journal: Journal) -> None:
    gone = tmp_path / "gone"
    for command in ("log", "capture", "status", "init", "note x", "docs", "doctor", "publish", "uninstall", "search x"):
        gone.mkdir()
        done = subprocess.run(
            ["sh", "-c", f"rmdir '{gone}' && exec '{JOURNAL}' {command}"],
            cwd=gone,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1, (command, done)
        assert done.stderr.count("\n") == 1, (command, done.stderr)
        assert "bug" not in done.stderr, (command, done.stderr)


def test_an_unknown_home_is_survived(kept: GitRepo, journal: Journal) -> None:
    homeless = dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "CLAUDE_CONFIG_DIR"))
    journal("log", cwd=kept.path, env=homeless, ok=True)
    journal("capture", cwd=kept.path, env=homeless, ok=True)
    journal("publish", "site", cwd=kept.path, env=homeless, ok=True)


@pytest.mark.parametrize("columns", ["1", "5", "12", "0", "-3", "x"])
def test_the_narrowest_terminal_is_served(kept: GitRepo, columns: str, journal: Journal) -> None:
    for command in ("log", "status", "search loss", "show main", "tokens", "--help", "log --help"):
        done = in_terminal(command, kept.path, {"COLUMNS": columns})
        assert done.returncode == 0, (command, done)


def test_colour_is_for_terminals_and_for_who_wants_it(kept: GitRepo, journal: Journal) -> None:
    for command in ("log", "status", "doctor", "show main"):
        assert "\x1b[" not in journal(*command.split(), cwd=kept.path, ok=True).out
        assert b"\x1b[" in in_terminal(command, kept.path, {"TERM": "xterm"}).stdout
        assert b"\x1b[" not in in_terminal(command, kept.path, {"TERM": "xterm", "NO_COLOR": "1"}).stdout


def test_nothing_that_a_terminal_acts_on_reaches_it(kept: GitRepo, journal: Journal) -> None:
    words = "\x1b[31m \x9b31m \x07 \x7f \u202e \u2066 turned"
    journal("note", words, ok=True)
    for command in ("log", "log --json", "search turned", "search turned --json", "sql SELECT+data+FROM+event --json"):
        shown = in_terminal(command, kept.path, {"NO_COLOR": "1"}).stdout.decode()
        assert "turned" in shown
        assert not [c for c in shown if ord(c) < 32 and c not in "\r\n"]
        assert not [c for c in shown if c in "\x7f\x9b\u202e\u2066"], command
    assert json.loads(journal("log", "--kind", "note", "--json").out)[0]["data"]["text"] == words


def in_terminal(command: str, cwd: Path, env: dict[str, str]) -> "subprocess.CompletedProcess[bytes]":
    """Runs `journal COMMAND` with a pseudo-terminal as its standard output (`script` of util-linux)."""
    code = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"
    return subprocess.run(
        [sys.executable, "-c", code, JOURNAL, *(word.replace("+", " ") for word in command.split())],
        cwd=cwd,
        env={**os.environ, "PAGER": "cat", **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize("words", ["nope", "log -n 0", "log -n x", "log --nope", "tokens --by moon", "show", "search"])
def test_wrong_usage_is_status_2(repo: GitRepo, words: str, journal: Journal) -> None:
    ran = journal(*words.split(), cwd=repo.path)
    assert (ran.status, ran.out) == (2, "")
    assert "Usage: journal" in ran.err


def test_interrupted_is_status_130(kept: GitRepo) -> None:
    watching = subprocess.Popen(
        [JOURNAL, "watch", "--plain"], cwd=kept.path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    time.sleep(1.5)
    watching.send_signal(signal.SIGINT)
    _, said = watching.communicate(timeout=20)
    assert (watching.returncode, said) == (130, b"")


@pytest.mark.parametrize(
    "text", ["999999 years ago", "9" * 30 + " years ago", "0001-01-01", "9999-12-31", "nonsense", "", "2026-02-30"]
)
@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_every_time_is_understood_or_refused(kept: GitRepo, text: str, zone: str, journal: Journal) -> None:
    for option in ("--since", "--until"):
        ran = journal("log", option, text, cwd=kept.path, env={"TZ": zone})
        if ran.status:
            clear_error(ran, repr(text), "write 2026-11-12")


def test_arguments_that_are_not_utf_8(kept: GitRepo, journal: Journal) -> None:
    odd = os.fsdecode(b"\xff\xfe")
    clear_error(journal("show", odd, cwd=kept.path))
    clear_error(journal("log", "--project", odd, cwd=kept.path))
    clear_error(journal("init", odd, cwd=kept.path))
    clear_error(journal("log", "--since", odd, cwd=kept.path))
    clear_error(journal("sql", f"SELECT '{odd}'", cwd=kept.path))
    journal("search", odd, cwd=kept.path, ok=True)
    journal("note", odd, "seen", cwd=kept.path, ok=True)
    journal("note", cwd=kept.path, stdin=odd + " piped", ok=True, env={"LC_ALL": "C.UTF-8", "PYTHONUTF8": "0"})
    titles = [event["title"] for event in journal.json("log", "--kind", "note")]
    assert sorted(title.split()[-1] for title in titles) == ["piped", "seen"]
