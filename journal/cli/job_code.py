"""`journal job ID --diff` and `--code DIR`: the code that a job was submitted with."""

import re
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from journal.capture.git.process import GitError, git_environment
from journal.capture.git.trees import has_commit
from journal.cli import terminal
from journal.derive.amounts import counted
from journal.derive.job import Job, submitted_late
from journal.errors import JournalError
from journal.rerun.code_directory import copy_code, stands_in
from journal.rerun.kept_code import KeptCode, files_left_out, kept_code

# git's own colours stay; whatever else a file holds that a terminal would act on does not.
_NO_COLOURS = re.compile(rb"(?:\x1b(?!\[[0-9;]*m)|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f]|\xc2[\x80-\x9f])")


def write_code(connection: sqlite3.Connection, job: Job, directory: Path) -> None:
    """Writes a job's code into a directory, and says what it lacks.

    Raises:
        JournalError: no code was kept, or the directory is not empty or cannot be written.
    """
    code = kept_code(connection, job)
    missing = copy_code(code, directory)
    typer.echo(f"wrote the code of job {job.job_id} to {terminal.line(str(directory))}")
    for path in missing:
        typer.echo(f"missing: submodule {terminal.line(path)}, whose repository is not there", err=True)
    for path in (names := files_left_out(connection, job)):
        typer.echo(f"missing: {terminal.line(path)}, which was not kept", err=True)
    if more := max(0, (job.submitted.get("left_out") or 0) - len(names)):
        typer.echo(f"missing: {counted(more, 'file')}{' more' if names else ''} not kept", err=True)
    _say_how_late(job)


def show_diff(connection: sqlite3.Connection, job: Job) -> None:
    """Shows what was uncommitted when a job was submitted, then what was edited of it before its start and its end.

    On a terminal as `git diff` shows it; otherwise a patch, byte for byte.

    Raises:
        JournalError: no code was kept.
    """
    code = kept_code(connection, job)
    diff = b"" if code.base == code.commit else _diff(code, code.base, code.commit, ())
    if not diff:
        at = f"commit {code.base[:12]}" if code.base else "an empty repository"
        typer.echo(f"job {job.job_id} was submitted with nothing uncommitted, from {at}", err=True)
    _say_how_late(job)
    seen: set[tuple[str, str | None]] = set()
    for drift in job.drifts:
        files = [file["path"] for file in drift["files"] if (file["path"], file["edited_at"]) not in seen]
        seen |= {(file["path"], file["edited_at"]) for file in drift["files"]}
        if files:
            when = "before it started" if drift["moment"] == "start" else "before it ended"
            diff += _heading(f"edited after job {job.job_id} was submitted, {when}")
            diff += _diff(code, code.commit, drift["found"], files)
    _show(diff)


def _say_how_late(job: Job) -> None:
    if submitted_late(job):
        typer.echo("this code was kept only after the job was submitted: it may differ from what ran", err=True)


def _heading(words: str) -> bytes:
    text = terminal.paint(f"# {words}", "bold", terminal.coloured())
    return f"{text}\n".encode()


def _diff(code: KeptCode, one: str | None, other: str, paths: Sequence[str]) -> bytes:
    """What git shows between two commits, as the person has it configured, but for programs that it would start."""
    git_dir = code.repository.git_dir
    if not has_commit(git_dir, other):
        return _heading("this later state of the code was pruned")
    settings = ["-c", "core.quotePath=false", "-c", "core.fsmonitor=false", "-c", "safe.bareRepository=all"]
    where = [f"--git-dir={git_dir}"]
    top = code.root if code.root and stands_in(code.root, code.repository) else None
    if top:
        where.append(f"--work-tree={top}")
    shown = ["--no-ext-diff", "--no-textconv", "--no-relative", "--submodule=diff" if top else "--submodule=short"]
    colour = "--color=always" if terminal.coloured() else "--no-color"
    compared = ["diff", one, other] if one else ["show", "--format=", other]
    command = ["git", "--no-pager", "--literal-pathspecs", *settings, *where, *compared, *shown, colour, "--", *paths]
    try:
        done = subprocess.run(
            command,
            cwd=top or git_dir,
            env=git_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise JournalError(f"git cannot be started ({error.strerror})", "put it on PATH") from error
    if done.returncode:
        raise GitError("diff", done.stderr.decode("utf-8", "replace"))
    return done.stdout


def _show(diff: bytes) -> None:
    if not sys.stdout.isatty():
        sys.stdout.flush()
        sys.stdout.buffer.write(diff)
        return
    terminal.show(_NO_COLOURS.sub(b"", diff).decode("utf-8", "replace"))
