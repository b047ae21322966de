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
        env: Mapping[str, str] | None = None,
    ) -> Done:
        done = subprocess.run(
            [JOURNAL, *arguments],
            cwd=cwd or self.cwd,
            env={**os.environ, **(env or {})},
            input=stdin.encode(),
            capture_output=True,
            check=False,
            timeout=300,
        )
        told = Done(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))
        assert "bug in journal" not in told.err, told.err + reports()
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
    config.parent.mkdir(parents=True)
    config.write_text("automatic_capture = false\n", encoding="utf-8")
