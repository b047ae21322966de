"""The spool: a maildir where a hook leaves one small file and returns.

A record is text, written by POSIX sh without starting a process:

    journal-spool 1
    source git
    event post-commit
    cwd /home/u/pointdiff
    …one `key value` line each; values hold no newline…
    --
    whatever the hook got on standard input
    .

The last line, a lone dot, says that the record is whole. It happened when the file was last written.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from journal.paths import private_dir

_FIRST_LINE = b"journal-spool 1\n"
_LAST_LINE = b"\n.\n"
_PATHS = ("git_dir", "root", "cwd")  # the operating system's bytes, as Python tells them
_GRACE_SECONDS = 60.0  # a hook writes for a millisecond; a file still unfinished after this was torn


class Record(NamedTuple):
    """One hook's message.

    Attributes:
        path: its file, to be removed once what it says is stored.
        at: when it was written, seconds since 1970.
        fields: the header.
        body: what the hook was given on standard input.
    """

    path: Path
    at: float
    fields: dict[str, str]
    body: str


def parse_record(content: bytes) -> tuple[dict[str, str], str] | None:
    """Header and body of a record, or None where it is torn or not one."""
    if not content.startswith(_FIRST_LINE) or not content.endswith(_LAST_LINE):
        return None
    head, separator, body = content[len(_FIRST_LINE) - 1 : -len(_LAST_LINE) + 1].partition(b"\n--\n")
    if not separator:
        return None
    fields: dict[str, str] = {}
    for line in head.split(b"\n")[1:]:
        key, _, value = line.partition(b" ")
        name = key.decode("utf-8", "backslashreplace")
        fields[name] = os.fsdecode(value) if name in _PATHS else value.decode("utf-8", "backslashreplace")
    return fields, body.decode("utf-8", "backslashreplace").removesuffix("\n")


def read_spool(spool: Path) -> Iterator[Record]:
    """The whole records, oldest first. A torn file is left alone for a minute, then moved to `bad/`."""
    try:
        files = sorted(os.scandir(spool / "new"), key=lambda entry: (entry.stat().st_mtime_ns, entry.name))
    except FileNotFoundError:
        return
    for file in files:
        path = Path(file.path)
        try:
            content, written = path.read_bytes(), path.stat().st_mtime
        except OSError:
            continue  # taken by another capture, or unreadable: the next one will tell
        parsed = parse_record(content)
        if parsed is not None:
            yield Record(path, written, *parsed)
        elif abs(time.time() - written) > _GRACE_SECONDS:
            quarantine(spool, path)


def quarantine(spool: Path, path: Path) -> None:
    """Moves a record that cannot be understood to `bad/`, where `journal doctor` finds it."""
    path.replace(private_dir(spool / "bad") / path.name)
