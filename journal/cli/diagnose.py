"""`journal diagnose`: why a run failed, or how far it is, from its log: any file, or a job's."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from journal.cli import terminal
from journal.cli.options import Json, Project, chosen_project, local_now, print_json
from journal.cli.seen_before import seen_before
from journal.cli.told_diagnosis import DiagnosedRun, document, in_words
from journal.derive.progress.progress import Outlook
from journal.errors import JournalError
from journal.ingest.failure_rules import load_rules
from journal.ingest.log_diagnosis import diagnosed
from journal.paths import store_file
from journal.store.database import open_store
from journal.store.job_queries import find_job


def run(
    what: Annotated[
        str, typer.Argument(metavar="FILE|JOB", help="A log, or a job: its number, 123_7 for a task, an event's id.")
    ],
    project: Project = None,
    as_json: Json = False,
) -> None:
    """Why a run failed, or how far it is: the decisive line of its log, what it means and what to try."""
    found = _of_file(what) if _is_file(what) else _of_job(what, project)
    of_file = Path(found.path) if found.path and found.event is None else None
    before = seen_before(found.diagnosis.fingerprint, of_file, found.event)
    if as_json:
        print_json(document(found, before))
    else:
        terminal.show(in_words(found, before, local_now()))


def _is_file(what: str) -> bool:
    """Whether a person means a file: there is one, or it is written as only paths are."""
    try:
        return Path(what).exists() or what.startswith(("/", "./", "../", "~")) or "." in what
    except (OSError, ValueError):
        return True


def _of_file(path: str) -> DiagnosedRun:
    told = diagnosed([path], load_rules())
    return DiagnosedRun(told.diagnosis, told.progress(), Outlook(), path=told.path, files=told.files)


def _of_job(name: str, project: str | None) -> DiagnosedRun:
    """What the logs of a job say.

    Raises:
        JournalError: there is no such job, or nothing can be read of what it wrote.
    """
    if not store_file().exists():
        raise JournalError(f"there is no file called {name!r}", "give the path of a log")
    with closing(open_store(store_file())) as connection:
        from journal.cli.job import job_named
        from journal.cli.job_diagnosis import diagnosed_job

        if find_job(connection, name, chosen_project(connection, project)) is None:
            raise JournalError(f"there is neither a file nor a job called {name!r}", "`journal jobs` lists the jobs")
        return diagnosed_job(connection, job_named(connection, name, project), load_rules())
