"""A terminal that a test can look at and type in: one pane of a tmux of its own."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.slurm.cluster import until

_PATIENCE = 30.0  # seconds; a machine may be busy


class Pane:
    """A pane in which bash waits for commands.

    Args:
        directory: where it stands.
        socket: of the tmux; a short path of its own, since the length of a socket's is bounded.
        env: what the shell's environment has beside the test's.
    """

    def __init__(self, directory: Path, socket: Path, env: Mapping[str, str], width: int, height: int) -> None:
        self._socket = socket
        # bash, since dash has no job control on its own and the person's shell is not ours; no start files.
        shell = ["env", *(f"{name}={value}" for name, value in env.items()), "bash", "--norc", "--noprofile", "-i"]
        size = ["-x", str(width), "-y", str(height)]
        self._tmux("-f", os.devnull, "new-session", "-d", *size, "-c", str(directory), *shell)
        self._tmux("set-option", "-g", "escape-time", "0")

    def _tmux(self, *words: str) -> str:
        command = ["tmux", "-u", "-S", str(self._socket), *words]
        return subprocess.run(command, check=True, capture_output=True, timeout=60).stdout.decode("utf-8", "replace")

    def type(self, *keys: str) -> None:
        """Presses keys, by tmux's names (`Enter`, `C-c`, `Up`); what is no name is typed."""
        self._tmux("send-keys", *keys)

    def run(self, command: str) -> None:
        """Types a command and Enter."""
        self._tmux("send-keys", "-l", command)
        self.type("Enter")

    def text(self, *, styled: bool = False) -> str:
        """What is on the screen, without blanks at the ends of lines; with its colours as sequences, if asked for."""
        return self._tmux("capture-pane", "-p", *(["-e"] if styled else []))

    def resize(self, width: int, height: int) -> None:
        """Gives it another size."""
        self._tmux("resize-window", "-x", str(width), "-y", str(height))

    def shows(self, *words: str) -> str:
        """Waits until all these words are on the screen; returns it."""
        until(lambda: all(word in self.text() for word in words), _PATIENCE, lambda: f"no {words} in:\n{self.text()}")
        return self.text()

    def shows_no(self, words: str) -> None:
        """Waits until these words are not on the screen."""
        until(lambda: words not in self.text(), _PATIENCE, lambda: f"{words!r} still in:\n{self.text()}")

    def end(self) -> None:
        """Ends the tmux, and with it all that runs in it."""
        subprocess.run(["tmux", "-S", str(self._socket), "kill-server"], check=False, capture_output=True, timeout=60)


@contextmanager
def pane_in(
    directory: Path, width: int = 80, height: int = 24, env: Mapping[str, str] | None = None
) -> Generator[Pane]:
    """A pane that stands in a directory; the test is skipped where there is no tmux."""
    if not shutil.which("tmux") or not shutil.which("bash"):
        pytest.skip("no tmux (tests/run installs it as root on Debian)")
    with tempfile.TemporaryDirectory(prefix="pane-", ignore_cleanup_errors=True) as own:
        pane = Pane(directory, Path(own) / "tmux", env or {}, width, height)
        try:
            yield pane
        finally:
            pane.end()
