"""One writer at a time on a network filesystem, where SQLite's own locks cannot be trusted between machines.

The lock is a file made with O_CREAT | O_EXCL, which NFS (since version 3), Lustre and GPFS do atomically. It names
its host and process. A lock whose process is gone (same host), or that is older than any transaction takes by the
filesystem's own clock (another host), is broken.
"""

import contextlib
import os
import socket
import time
from pathlib import Path

from journal.errors import JournalError

_STALE_SECONDS = 120.0
_POLL_SECONDS = 0.05


class WriteLock:
    """Holds the lock file while the body runs, which must take well under two minutes: one batch does.

    Args:
        path: the lock file, beside what it protects.
        wait_seconds: how long to wait for another holder.

    Raises:
        JournalError: on entering, when another machine or process still holds it after that time.
    """

    def __init__(self, path: Path, wait_seconds: float) -> None:
        self._path = path
        self._wait_seconds = wait_seconds

    def __enter__(self) -> None:
        deadline = time.monotonic() + self._wait_seconds
        while not _taken_by_us(self._path):
            _break_if_abandoned(self._path)
            if time.monotonic() > deadline:
                holder = _holder(self._path)
                raise JournalError(f"another capture holds {self._path} ({holder})", "wait for it, or end it")
            time.sleep(_POLL_SECONDS)

    def __exit__(self, *_: object) -> None:
        self._path.unlink(missing_ok=True)


def _taken_by_us(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{socket.gethostname()} {os.getpid()}\n")
    return True


def _holder(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _break_if_abandoned(path: Path) -> None:
    """Moves an abandoned lock aside before removing it: of two that find it so, only one can move it."""
    seen = _identity(path)
    if seen is None or not _abandoned(path):
        return
    aside = path.with_name(f"{path.name}.{socket.gethostname()}.{os.getpid()}")
    if _identity(path) != seen:
        return
    with contextlib.suppress(FileNotFoundError):
        path.rename(aside)
        if _identity(aside) != seen:  # between the look and the move another process broke it and took it
            with contextlib.suppress(FileExistsError):
                os.link(aside, path)
        aside.unlink()


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return (found.st_ino, found.st_mtime_ns)


def _abandoned(path: Path) -> bool:
    host, _, process = _holder(path).partition(" ")
    if host == socket.gethostname() and process.isdecimal():
        return not _alive(int(process))
    probe = path.with_name(f"{path.name}.clock.{socket.gethostname()}.{os.getpid()}")
    probe.touch()  # the filesystem's clock, not ours: the two may differ
    try:
        return probe.stat().st_mtime - path.stat().st_mtime > _STALE_SECONDS
    except FileNotFoundError:
        return False
    finally:
        probe.unlink(missing_ok=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
