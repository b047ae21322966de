"""How the probes see a machine: its files under a root, a chosen environment, a few quick commands.

Everything a probe looks at comes through here, so a test can lay out the file tree of another machine.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import subprocess

_LONGEST_TEXT = 64 * 1024

Run = Callable[[Mapping[str, Sequence[str]]], dict[str, str]]


class MachineView(NamedTuple):
    """One machine, as far as the probes may look.

    Attributes:
        root: where the machine's `/` lies.
        environ: its environment variables; probes read only those they name.
        run: runs commands (name → argument list) side by side; gives name → standard output of those that
            succeeded.
        host: the node's name, without its domain.
        system: the kernel's name ("Linux").
        kernel: the kernel's release.
        architecture: of the processor ("x86_64", "aarch64").
    """

    root: Path
    environ: Mapping[str, str]
    run: Run
    host: str
    system: str
    kernel: str
    architecture: str

    def path(self, path: str) -> Path:
        """An absolute path of the machine, where it lies here."""
        return self.root / path.lstrip("/")

    def text(self, path: str, limit: int = _LONGEST_TEXT) -> str:
        """The first bytes of a file as text; "" where it cannot be read."""
        return read_head(self.path(path), limit)

    def names(self, path: str) -> list[str]:
        """The sorted names in a directory; none where it cannot be read."""
        try:
            return sorted(os.listdir(self.path(path)))  # noqa: PTH208 (names, not paths)
        except OSError:
            return []

    def which(self, command: str) -> str | None:
        """The path of an executable that `$PATH` finds, or None."""
        for directory in self.environ.get("PATH", "").split(":"):
            if directory.startswith("/"):
                found = f"{directory.rstrip('/')}/{command}"
                here = self.path(found)
                if os.access(here, os.X_OK) and here.is_file():
                    return found
        return None


def this_machine() -> MachineView:
    """The machine that this process runs on."""
    uname = os.uname()
    host = uname.nodename.split(".", 1)[0]
    return MachineView(Path("/"), os.environ, run_side_by_side, host, uname.sysname, uname.release, uname.machine)


def read_head(path: Path, limit: int = _LONGEST_TEXT) -> str:
    """The first bytes of a file as text; "" where it cannot be read."""
    try:
        if not path.is_file():  # a pipe would make the reader wait
            return ""
        with path.open("rb") as file:
            return file.read(limit).decode("utf-8", "replace")
    except (OSError, ValueError):
        return ""


def run_side_by_side(commands: Mapping[str, Sequence[str]], timeout: float = 2.0) -> dict[str, str]:
    """Runs commands at the same time and gives the standard output of those that succeed.

    Args:
        commands: name → argument list.
        timeout: seconds for all of them together; what is still running then is killed.
    """
    import subprocess
    import time

    def started() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
        for name, command in commands.items():
            try:
                yield (
                    name,
                    subprocess.Popen(
                        command,
                        stdin=subprocess.DEVNULL,
                        stdout=subprocess.PIPE,
                        stderr=subprocess.DEVNULL,
                        start_new_session=True,
                    ),
                )
            except OSError:
                continue

    deadline = time.monotonic() + timeout
    outputs: dict[str, str] = {}
    for name, process in list(started()):
        try:
            # The least wait is for those that finished while another was waited for.
            output, _ = process.communicate(timeout=max(0.05, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            _give_up(process)
            continue
        if process.returncode == 0:
            outputs[name] = output[:_LONGEST_TEXT].decode("utf-8", "replace")
    return outputs


def _give_up(process: "subprocess.Popen[bytes]") -> None:
    """Kills a command with its children; one that even so stays (in a broken driver) is left behind."""
    import signal
    import subprocess

    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    if process.stdout:
        process.stdout.close()
    with suppress(subprocess.TimeoutExpired):
        process.wait(0.2)
