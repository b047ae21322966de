"""`journal diagnose`: why a run failed, from its log."""

import os
import stat
from pathlib import Path
from typing import Annotated, Any

import typer

from journal.cli import terminal
from journal.cli.options import Json, print_json
from journal.derive.failure.diagnosis import Diagnosis, diagnose
from journal.derive.failure.rules import LABELS
from journal.derive.log.lines import split_lines
from journal.errors import JournalError
from journal.ingest.failure_rules import load_rules

_MOST = 32 << 20  # bytes of the end of a large log that are read
_CHUNK = 4 << 20


def run(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A log: what a job wrote, a terminal's output.")],
    as_json: Json = False,
) -> None:
    """Why a run failed, from its log: the decisive line, what it means and what to try."""
    data, first_number = _end_of(file)
    found = diagnose(list(split_lines(data, first_number)), load_rules())
    if as_json:
        print_json(document(found))
    else:
        terminal.show(in_words(found))


def document(found: Diagnosis) -> dict[str, Any]:
    """What `--json` gives."""
    return {**found._asdict(), "advice": list(found.advice), "seen_before": [], "progress": None}


def in_words(found: Diagnosis) -> str:
    """A diagnosis as a few aligned lines."""
    colour, width = terminal.coloured(), terminal.width()
    failed = found.label != "ok"
    head = terminal.paint(LABELS[found.label], "red" if failed else "green", colour)
    head += f" · {terminal.line(found.component)}" if found.component else ""
    head += f" (line {found.line:,})" if found.line and failed else ""
    lines = [head]
    if found.signature:
        lines.append("  " + terminal.cut(terminal.line(found.signature), width - 2))
    told = [("why", found.explanation)] if found.explanation else []
    told += [("try" if number == 0 else "", advice) for number, advice in enumerate(found.advice)] if failed else []
    lines += [terminal.paint(f"{word:<7}", "dim", colour) + terminal.line(text) for word, text in told]
    return "\n".join(lines) + "\n"


def _end_of(path: Path) -> tuple[bytes, int]:
    """The end of a file, all of it but where it is huge, and the number of its first line.

    Raises:
        JournalError: there is no such file, it is no regular file, or it may not be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe must not hold us up
    except OSError as error:
        raise JournalError(f"{path} cannot be read ({error.strerror})", "give the path of a log") from error
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise JournalError(f"{path} is not a file", "give the path of a log")
    with os.fdopen(descriptor, "rb") as file:
        first, left = 1, max(0, status.st_size - _MOST)
        while left and (skipped := file.read(min(left, _CHUNK))):
            first += skipped.count(b"\n")
            left -= len(skipped)
        return file.read(_MOST), first
