"""A diagnosis as the command tells it: in a few aligned lines, and as JSON."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from journal.cli import terminal
from journal.cli.seen_before import SeenBefore
from journal.cli.told_gotcha import gotcha_json
from journal.derive.amounts import memory
from journal.derive.failure.diagnosis import Diagnosis
from journal.derive.failure.rules import LABELS
from journal.derive.progress.progress import Outlook, Progress, progress_json
from journal.derive.progress_words import progress_in_words, reached_in_words
from journal.ingest.log_diagnosis import ToldFile


class DiagnosedRun(NamedTuple):
    """What is told of a run.

    Attributes:
        diagnosis: why it failed.
        progress: how far it came.
        expected: of a job that runs what is to be expected.
        job: its number; None where a file was asked for.
        event: the id of its event.
        path: the file with the decisive line.
        files: what was read, or could not be.
        notes: what else there is to say.
        kept: how far it came as JSON, where that is known from an earlier reading alone.
    """

    diagnosis: Diagnosis
    progress: Progress
    expected: Outlook
    job: str | None = None
    event: str | None = None
    path: str | None = None
    files: tuple[ToldFile, ...] = ()
    notes: tuple[str, ...] = ()
    kept: Mapping[str, Any] | None = None


def document(found: DiagnosedRun, before: SeenBefore) -> dict[str, Any]:
    """What `--json` gives."""
    progress = progress_json(found.progress, found.expected) if found.progress.says_something else found.kept
    return {
        **found.diagnosis._asdict(),
        "advice": list(found.diagnosis.advice),
        "seen_before": [gotcha_json(gotcha) for gotcha in before.gotchas],
        "progress": progress,
        "job_id": found.job,
        "path": found.path,
        "notes": [*found.notes, *_notes_of_files(found)],
    }


def in_words(found: DiagnosedRun, before: SeenBefore, now: datetime) -> str:
    """A diagnosis as a few aligned lines."""
    diagnosis = found.diagnosis
    colour, width = terminal.coloured(), terminal.width()
    failed = diagnosis.label != "ok"
    head = terminal.paint(LABELS[diagnosis.label], "red" if failed else "green", colour)
    head += f" · {terminal.line(diagnosis.component)}" if diagnosis.component else ""
    head += f" (line {diagnosis.line:,})" if diagnosis.line and failed else ""
    lines = [head]
    if diagnosis.signature:
        lines.append("  " + terminal.cut(terminal.line(diagnosis.signature), width - 2))
    for word, text in _rows(found, before, failed, now):
        lines.append(terminal.paint(f"{word:<7}", "dim", colour) + terminal.line(text))
    return "\n".join(lines) + "\n"


def _rows(found: DiagnosedRun, before: SeenBefore, failed: bool, now: datetime) -> Iterator[tuple[str, str]]:
    if found.diagnosis.explanation:
        yield "why", found.diagnosis.explanation
    if failed:
        for number, advice in enumerate(found.diagnosis.advice):
            yield "try" if number == 0 else "", advice
    yield from before.rows()
    reached = reached_in_words({"progress": found.kept}) if found.kept else ""
    if words := progress_in_words(found.progress, found.expected, now) or reached:
        yield "at", words
    if found.job is not None and found.path is not None:
        yield "log", found.path
    for note in (*found.notes, *_notes_of_files(found)):
        yield "note", note


def _notes_of_files(found: DiagnosedRun) -> Iterator[str]:
    """What a person should know of how the logs were read."""
    for file in found.files:
        if file.problem:
            yield file.problem
        if file.text is None:
            continue
        if file.text.size == 0:
            yield f"{file.path} is empty"
        if file.text.is_written and found.job is None and found.diagnosis.label == "ok":
            yield f"{file.path} was written a moment ago: it may not be at its end"
        if file.text.looked_at and found.diagnosis.label == "ok":
            read = memory(file.text.size - file.text.looked_at)
            yield f"of {memory(file.text.size)} the beginning and the last {read} were looked through"
