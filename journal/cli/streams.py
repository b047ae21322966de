"""The standard streams as a command finds them: closed, a full disk, a reader that has gone, not UTF-8."""

import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from typing import Literal, TextIO


def prepare_streams() -> None:
    """Makes writing safe: a closed stream is /dev/null, and what an encoding lacks (LC_ALL=C on an old cluster) is "?".

    A closed stream's number would else go to the next file opened, and our words into that file.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
    sys.stdin = sys.stdin or _stream(0, "r")  # None where it was closed
    sys.stdout = sys.stdout or _stream(1, "w")
    sys.stderr = sys.stderr or _stream(2, "w")
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _stream(number: int, mode: Literal["r", "w"]) -> TextIO:
    return os.fdopen(number, mode, encoding="utf-8", closefd=False)


def flush_output() -> None:
    """Writes what is left of standard output now, while a failure can still be told.

    Raises:
        BrokenPipeError: its reader has gone.
        OSError: its disk is full.
    """
    sys.stdout.flush()


def abandon_output() -> None:
    """Lets what could not be written go, else Python tries again at exit and complains."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
