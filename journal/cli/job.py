"""`journal job`: one job, its script, its code and the end of its log."""

import sqlite3
from pathlib import Path
from typing import Annotated

import typer

from journal.capture.file_end import FileEnd, read_end
from journal.cli import terminal
from journal.cli.job_portrait import portrait
from journal.cli.job_progress import job_progress
from journal.cli.options import Json, Project, chosen_project, local_now, print_json, reading_store
from journal.cli.told_job import ToldJob, representative, told, whole_job_json
from journal.derive.job_outcome import WAITING_OUTCOMES
from journal.derive.job_output import output_of
from journal.errors import JournalError
from journal.store.job_queries import FoundJob, find_job, script_of

JobName = Annotated[
    str, typer.Argument(metavar="ID", help="A job's number, 123_7 for a task, cluster/123, or an event's id.")
]
_LINES = 40


def run(
    name: JobName,
    script: Annotated[bool, typer.Option("--script", help="Print its script.")] = False,
    log: Annotated[bool, typer.Option("--log", help="Print the end of its output.")] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Show what was uncommitted, and what was edited too late.")
    ] = False,
    code: Annotated[
        Path | None, typer.Option("--code", metavar="DIR", help="Write its code into a new or empty directory.")
    ] = None,
    lines: Annotated[int, typer.Option("-n", metavar="LINES", min=1, help="So many lines of it.")] = _LINES,
    project: Project = None,
    as_json: Json = False,
) -> None:
    """One job: how it ended and why, with which code, what it used, where its output is."""
    connection = reading_store()
    named = job_named(connection, name, project)
    found = told(named.job, local_now(), named.task)
    if as_json:
        print_json(whole_job_json(connection, found, job_progress(connection, found, local_now()).json))
    elif script:
        terminal.show(_script(connection, found))
    elif log:
        terminal.show(_log(connection, found, lines))
    elif diff:
        from journal.cli.job_code import show_diff

        show_diff(connection, named.job)
    elif code:
        from journal.cli.job_code import write_code

        write_code(connection, named.job, code)
    else:
        terminal.show(portrait(connection, found))


def job_named(connection: sqlite3.Connection, name: str, project: str | None = None) -> FoundJob:
    """The job, or the task of one, that a person means.

    Args:
        connection: an open store.
        name: `123`, `123_7`, `123+1`, `lab/123`, an event's id, shortened.
        project: as the option `--project` gives it.

    Raises:
        JournalError: there is none, or more than one.
    """
    found = find_job(connection, name, chosen_project(connection, project))
    if found is None:
        raise JournalError(f"no job is called {name!r}", "`journal jobs` lists them; `journal capture` looks for new")
    if found.task is not None and not told(found.job, local_now(), found.task).job.attempts:
        raise JournalError(f"job {found.job.job_id} has no task {found.task}", "`journal jobs --each` lists them")
    return found


def _script(connection: sqlite3.Connection, found: ToldJob) -> str:
    script = script_of(connection, found.job)
    if script is None:
        from journal.ingest.scripts import script_from_accounting

        text = script_from_accounting(connection, found.job)
    else:
        text = script["text"]
    if text is None:
        raise JournalError(f"the script of job {found.number} was not kept", "Slurm forgets it soon after a job ends")
    return terminal.plain(text).rstrip("\n") + "\n"


def _log(connection: sqlite3.Connection, found: ToldJob, lines: int) -> str:
    """The end of what the job wrote: standard output, then standard error where that is another file."""
    script, last = script_of(connection, found.job), representative(found)
    if found.outcome.outcome in WAITING_OUTCOMES and not any(a.get("started_at") for a in found.job.attempts):
        raise JournalError(
            f"job {found.number} has not started", f"it is {found.outcome.outcome}, and wrote nothing yet"
        )
    output = output_of(found.job, last, script["text"] if script else None)
    if output.stdout is None:
        raise JournalError(
            f"where job {found.number} writes is not known", "srun and salloc write to the terminal unless asked not to"
        )
    paths = [path for path in (output.stdout, output.stderr) if path]
    told_ends: list[str] = []
    for path in paths:
        try:
            told_ends.append(_end(path, read_end(Path(path), lines), heading=len(paths) > 1))
        except JournalError as error:
            if path == paths[-1] and not told_ends:
                raise
            told_ends.append(f"{terminal.line(str(error))}\n")
    return "\n".join(told_ends)


def _end(path: str, end: FileEnd, *, heading: bool) -> str:
    colour = terminal.coloured()
    where = terminal.line(path)
    top = [terminal.paint(where if end.whole else f"{where}, its end:", "dim", colour)]
    body = [terminal.plain(line) for line in end.lines] or ["(empty)"]
    return "\n".join([*(top if heading or not end.whole else []), *body]) + "\n"
