"""Files of a directory that nobody has used for long, looked for in bounded time."""

import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_MOST_FILES = 20_000
_SECONDS = 0.5
_DAY = 86400.0


class Unused(NamedTuple):
    """What was found.

    Attributes:
        files: how many were unused for so long.
        days: for how long the one has been that was unused longest.
        complete: all files were looked at; else there may be more.
    """

    files: int
    days: float
    complete: bool


def unused_files(root: Path, days: float, now: float, most: int = _MOST_FILES, seconds: float = _SECONDS) -> Unused:
    """Counts the files below a directory that were neither read nor written for some days.

    Args:
        root: the directory; symbolic links in it are not followed.
        days: for how long at least.
        now: the present, seconds since 1970.
        most: how many files to look at before giving up.
        seconds: how long to look before giving up.
    """
    deadline = time.monotonic() + seconds
    files, longest = 0, 0.0
    for looked_at, used in enumerate(_last_used(root)):
        if looked_at >= most or time.monotonic() > deadline:
            return Unused(files, longest, complete=False)
        idle = (now - used) / _DAY
        if idle >= days:
            files, longest = files + 1, max(longest, idle)
    return Unused(files, longest, complete=True)


def _last_used(root: Path) -> Iterator[float]:
    """When each regular file was last read or written."""
    waiting = [os.fspath(root)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                        continue
                    told = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(told.st_mode):
                        yield max(told.st_atime, told.st_mtime)
        except OSError:  # unreadable, or gone since it was listed
            continue
