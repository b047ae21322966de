"""Disks that are soon full, or cannot be written."""

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

as_root = pytest.mark.skipif(os.geteuid() != 0 or sys.platform != "linux", reason="needs root, on Linux")


@contextmanager
def small_disk(path: Path, size: str) -> Generator[None]:
    """Mounts a filesystem of that size ("8m") at a directory while the block runs."""
    path.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", path], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", path], check=True)


@contextmanager
def read_only(path: Path) -> Generator[None]:
    """Makes a directory a filesystem of its own that cannot be written while the block runs."""
    subprocess.run(["mount", "--bind", path, path], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", path], check=True)
        yield
    finally:
        subprocess.run(["umount", path], check=True)


def fill(path: Path) -> Path:
    """Writes a file that takes all the room left; returns it."""
    ballast = path / "ballast"
    command = ["dd", "if=/dev/zero", f"of={ballast}", "bs=4k", "status=none"]
    done = subprocess.run(command, capture_output=True, check=False)
    assert b"No space" in done.stderr, done.stderr
    return ballast
