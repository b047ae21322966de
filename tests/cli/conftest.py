"""The real command, run as a person runs it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.git_repo import GitRepo

JOURNAL = str(Path(sys.executable).with_name("journal"))


class Done(NamedTuple):
    """What a command did."""

    status: int
    out: str
    err: str


class Journal:
    """Runs `journal` in a directory."""

    def __init__(self, cwd: Path) -> None:
        self.cwd = cwd

    def __call__(
        self,
        *arguments: str | Path,
        cwd: Path | None = None,
        stdin: str = "",
        env: Mapping[str, str | None] | None = None,
        ok: bool = False,
    ) -> Done:
        """Runs `journal ARGUMENTS`; in `env`, None takes a variable away; `ok` says that it must not fail."""
        environment = {**os.environ, **(env or {})}
        done = subprocess.run(
            [JOURNAL, *arguments],
            cwd=cwd or self.cwd,
            env={name: value for name, value in environment.items() if value is not None},
            input=stdin.encode("utf-8", "surrogateescape"),
            capture_output=True,
            check=False,
            timeout=300,
        )
        told = Done(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))
        assert "bug in journal" not in told.err, told.err + reports()
        assert not ok or told.status == 0, told.err
        return told

    def json(self, *arguments: str | Path, cwd: Path | None = None) -> Any:
        """The one JSON document that a command prints."""
        import json

        done = self(*arguments, "--json", cwd=cwd)
        assert done.status == 0, done.err
        return json.loads(done.out)

    def titles(self, *arguments: str) -> list[str]:
        """What `journal log` tells, newest first."""
        return [event["title"] for event in self.json("log", *arguments)]


def clear_error(done: Done, *words: str) -> None:
    """Asserts status 1 and one line on standard error that holds these words."""
    assert done.status == 1, done
    assert len(done.err.splitlines()) == 1, done.err
    assert done.err.startswith("journal: "), done.err
    assert not [word for word in words if word not in done.err], done.err


def reports() -> str:
    """The bug reports that were written."""
    directory = Path(os.environ["JOURNAL_DATA_DIR"]) / "reports"
    return "\n".join(path.read_text() for path in directory.glob("*"))


def eventually(holds: Callable[[], bool], seconds: float = 10.0) -> float:
    """Waits until something holds; returns after how many seconds it did.

    Raises:
        AssertionError: it does not hold after that time.
    """
    started = time.monotonic()
    while not holds():
        assert time.monotonic() - started < seconds, "it never came to hold"
        time.sleep(0.05)
    return time.monotonic() - started


@pytest.fixture
def journal(repo: GitRepo) -> Journal:
    """The command, run in the test's repository unless told otherwise."""
    return Journal(repo.path)


@pytest.fixture
def by_hand(isolated: Path) -> None:
    """Hooks start no capture by themselves, so that a test knows when one runs."""
    config = isolated / ".config/journal/config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    with config.open("a", encoding="utf-8") as file:
        file.write("automatic_capture = false\n")
