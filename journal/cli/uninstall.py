"""`journal uninstall`: takes out all that init put in."""

from pathlib import Path
from typing import Annotated

import typer

from journal.cli import terminal
from journal.cli.options import RepositoryPath
from journal.install.removal import uninstall


def run(
    path: RepositoryPath = Path(),
    purge: Annotated[bool, typer.Option("--purge", help="Also forget everything captured of this project.")] = False,
) -> None:
    """Take out all that init put in; what was captured stays unless --purge."""
    for line in uninstall(path, purge=purge):
        typer.echo(terminal.line(line))
