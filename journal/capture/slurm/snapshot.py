"""Taking a snapshot of a worktree's code: the door to hooks/slurm/snapshot, which the shim runs too."""

import os
import re
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from journal.paths import shipped

_SECONDS = 20
_SHA = re.compile(r"[0-9a-f]{40,64}")


class Snapshot(NamedTuple):
    """What a snapshot told.

    Attributes:
        base: HEAD's commit; None where there is none yet.
        commit: the snapshot; None where it could not be taken.
        left_out: how many files it lacks.
        problem: why there is none, or what else it lacks.
    """

    base: str | None
    commit: str | None
    left_out: int
    problem: str | None


def take_snapshot(directory: Path) -> Snapshot:
    """Keeps the code of the worktree around a directory as a commit under refs/journal/snap/; see hooks/slurm/snapshot.

    It is held to 20 s; one that takes longer is a snapshot with a problem.
    """
    command = ["sh", str(shipped("hooks") / "slurm/snapshot"), str(directory)]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )
    except OSError as error:
        return Snapshot(None, None, 0, f"sh cannot be started ({error.strerror})")
    try:
        output, _ = process.communicate(timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return Snapshot(None, None, 0, f"the snapshot took longer than {_SECONDS} s")
    told = read_answer(output)
    if told.commit is None and told.problem is None:
        return told._replace(problem=f"the snapshot ended with status {process.returncode}")
    return told


def read_answer(output: bytes) -> Snapshot:
    """What the script printed, read. Pure."""
    told = {"base": "", "snapshot": "", "problem": ""}
    left_out = 0
    for line in output.decode("utf-8", "replace").split("\n"):
        key, _, value = line.partition(" ")
        if key in told:
            told[key] = value
        elif key == "left_out":
            left_out += 1
        elif key == "left_out_more" and value.isdecimal():
            left_out += int(value)
    base, commit = (told[key] if _SHA.fullmatch(told[key]) else None for key in ("base", "snapshot"))
    return Snapshot(base, commit, left_out, told["problem"] or None)


_LEFT_OUT = re.compile(r"^left_out [0-9]+ (.+)$", re.MULTILINE)
_ESCAPES = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_LETTERS = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


def paths_left_out(message: str) -> set[bytes]:
    """The files that a snapshot lacks, as its commit's message names them."""
    return {_unquoted(os.fsencode(found[1])) for found in _LEFT_OUT.finditer(message)}


def _unquoted(path: bytes) -> bytes:
    """A path as git quotes it (core.quotePath=false): only one with odd characters is in quotation marks."""
    if not (path.startswith(b'"') and path.endswith(b'"') and len(path) > 1):
        return path
    return _ESCAPES.sub(_unescaped, path[1:-1])


def _unescaped(found: re.Match[bytes]) -> bytes:
    escape = found[1]
    return bytes([int(escape, 8) & 0xFF]) if len(escape) == 3 else _LETTERS.get(escape, escape)
