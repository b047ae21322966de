"""The end of a file that may be large, be growing, or be no file at all."""

import os
import stat
from pathlib import Path
from typing import NamedTuple

from journal.errors import JournalError


class FileEnd(NamedTuple):
    """The last lines of a file.

    Attributes:
        lines: as a terminal would have left them: what a progress bar overwrote is gone.
        whole: whether that is all of the file.
    """

    lines: list[str]
    whole: bool


def read_end(path: Path, lines: int, most_bytes: int = 1 << 20) -> FileEnd:
    """The last lines of a file, from at most so many bytes at its end.

    Raises:
        JournalError: there is no such file, it is no regular file, or it may not be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe must not hold us up
    except OSError as error:
        raise JournalError(f"{path} cannot be read ({error.strerror})", _REMEDY) from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise JournalError(f"{path} is not a file", _REMEDY)
        start = max(0, status.st_size - most_bytes)
        read = os.pread(descriptor, most_bytes, start)
    finally:
        os.close(descriptor)
    text = read.decode("utf-8", "replace").replace("\r\n", "\n")
    every = [line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n")]
    if every and not every[-1]:
        every.pop()
    if start:
        every = every[1:] or every  # the first one is cut
    return FileEnd(every[-lines:], start == 0 and len(every) <= lines)


_REMEDY = "it may have been moved or removed, or lie on another machine"
