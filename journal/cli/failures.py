"""What an unforeseen failure is in words: the machine's, which a person can mend, or a bug of ours."""

import errno
import os
import sqlite3

from journal.cli.bug_report import write_report
from journal.errors import JournalError
from journal.paths import store_file
from journal.store.database import explained_failures

_REMEDIES = {
    errno.ENOSPC: "free some space and run it again",
    errno.EDQUOT: "free some of your quota and run it again",
    errno.EACCES: "make it accessible for you",
    errno.EPERM: "make it accessible for you",
    errno.EROFS: "use a place that can be written",
    errno.ENOTDIR: "move away what stands in its place",
    errno.EISDIR: "move away what stands in its place",
    errno.EEXIST: "move away what stands in its place",
    errno.ELOOP: "move away what stands in its place",
    errno.EIO: "check that disk and quota are in order",
    errno.ESTALE: "run it again: another machine replaced the file",
    errno.ENAMETOOLONG: "use a shorter name",
    errno.EMFILE: "raise `ulimit -n` and run it again",
}


def in_words(error: Exception, arguments: list[str]) -> str:
    """One line that a person can act on; for a bug, the place of the report that is written.

    Args:
        error: what no part of the journal turned into words.
        arguments: the command line.
    """
    if isinstance(error, FileNotFoundError) and _stands_nowhere():
        return "the directory you stand in is gone: change to one that exists"
    if isinstance(error, UnicodeEncodeError):
        for word in arguments:
            if word != _as_utf8(word):
                return f"'{_as_utf8(word)}' is not UTF-8 text, so nothing here is called that: write it in UTF-8"
    if isinstance(error, sqlite3.DatabaseError):
        try:
            with explained_failures(store_file()):
                raise error
        except JournalError as explained:
            return str(explained)
        except sqlite3.DatabaseError:
            pass  # a mistake in our SQL
    if isinstance(error, OSError) and error.errno in _REMEDIES:
        return f"{_named(error)} ({error.strerror}): {_REMEDIES[error.errno]}"
    return f"this is a bug in journal ({type(error).__name__}): {write_report(error, arguments)}"


def _as_utf8(text: str) -> str:
    return os.fsencode(text).decode("utf-8", "backslashreplace")


def _stands_nowhere() -> bool:
    try:
        os.getcwd()  # noqa: PTH109  (Path.cwd is the same)
    except FileNotFoundError:
        return True
    return False


def _named(error: OSError) -> str:
    return (
        f"cannot use {os.fsdecode(error.filename)}"
        if isinstance(error.filename, str | bytes)
        else "reading or writing failed"
    )
