"""Opening what may be a log, and saying in words why it cannot be read."""

import errno
import os
import shlex
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from journal.errors import JournalError

_KINDS = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)

_MOVED = "it may have been moved or removed, or lie on another machine"


class NoLogError(JournalError):
    """A log cannot be read.

    Attributes:
        why: "gone" may be mended by waiting (another node wrote it just now), the others not.
    """

    def __init__(self, problem: str, remedy: str, why: Literal["gone", "denied", "no file", "link"]) -> None:
        super().__init__(problem, remedy)
        self.why = why


def open_log(path: str | Path, within: Iterable[str] | None = None) -> int:
    """A descriptor of a log, to be closed by the caller. Nothing that is no regular file holds anyone up.

    Args:
        path: where it is. Directories on the way may be symbolic links: shared filesystems are full of them.
        within: a log that is itself a symbolic link is followed only to what lies in one of these directories or
            beside it; None where a person named it.

    Raises:
        NoLogError: there is none, it may not be read, it is no file, or a link leads elsewhere.
    """
    name = os.fspath(path)
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    try:
        if within is not None:
            flags |= os.O_NOFOLLOW
            if stat.S_ISLNK(os.lstat(name).st_mode):
                name = _followed(name, within)
        descriptor = os.open(name, flags)
    except OSError as error:
        raise in_words(path, error) from error
    except ValueError as error:  # a NUL in its name
        raise NoLogError(f"{path!r} is no name of a file", "give the path of a log", "gone") from error
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        raise no_file(path, mode)
    return descriptor


def no_file(path: str | Path, mode: int) -> NoLogError:
    """What to say of something that is no regular file."""
    kind = next((words for is_kind, words in _KINDS if is_kind(mode)), "no file")
    kept = "" if stat.S_ISDIR(mode) else ", which keeps nothing of what is written to it"
    return NoLogError(f"{path} is {kind}{kept}", "give the path of a log", "no file")


def in_words(path: str | Path, error: OSError) -> NoLogError:
    """What to say of a log that the operating system does not give."""
    if error.errno == errno.ENXIO:
        return no_file(path, stat.S_IFSOCK)
    if isinstance(error, PermissionError):
        return NoLogError(f"{path} may not be read by you", "ask its owner to let you read it", "denied")
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return NoLogError(
            f"{path} is not there", "it may have been moved or removed, or lie on another machine", "gone"
        )
    return NoLogError(f"{path} cannot be read ({error.strerror})", "check that the filesystem is in order", "denied")


def _followed(name: str, within: Iterable[str]) -> str:
    target = os.path.realpath(name)
    directories = {os.path.realpath(each) for each in (*within, os.path.dirname(name))}  # noqa: PTH120  (text in, text out)
    if any(target.startswith(f"{directory.rstrip('/')}/") for directory in directories):
        return target
    raise NoLogError(
        f"{name} is a symbolic link to {target}, outside of its job's directory: it is not followed unasked",
        f"if that is the log, `journal diagnose {shlex.quote(target)}` reads it",
        "link",
    )
