"""What `journal init` says and asks about a job script, on a cluster."""

import sys
from pathlib import Path

import typer

from journal.capture.git.repository import find_repository
from journal.cli import terminal
from journal.documents.environment import look_around
from journal.documents.job_script import has_batch_script, job_script_of

_NAME = "job.sh"


def offer_job_script(path: Path) -> None:
    """Says how to get a job script for this cluster; offers to write it where a person can answer and none is there.

    Never overwrites a file, and leaves it to the person to add it to git.

    Args:
        path: a directory of the repository.

    Raises:
        JournalError: a cluster profile of the person's own cannot be read.
    """
    root = find_repository(path).root or path
    environment = look_around(root)
    if environment.profile is None or not environment.profile.job.template:
        return
    typer.echo("A job script to begin with, for this cluster: journal env --job-script")
    script = root / _NAME
    if script.exists() or has_batch_script(root) or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return
    if typer.confirm(f"Write it as {_NAME}?", default=False):
        text = terminal.plain(job_script_of(environment))
        with script.open("x", encoding="utf-8") as file:
            file.write(text)
        typer.echo(f"{_NAME} is written: read it, then sbatch {_NAME}")
