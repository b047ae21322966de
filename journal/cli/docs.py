"""`journal docs`: writes SCRATCH.md, ENV.md and REPO_MAP.md."""

from pathlib import Path
from typing import Annotated

import typer

from journal.capture.place import expect_place
from journal.cli import terminal
from journal.cli.options import Json, print_json, reading_store
from journal.documents.all_documents import write_documents


def run(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 if a document is stale.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Write nothing; show what would change.")] = False,
    as_json: Json = False,
) -> None:
    """Write SCRATCH.md, ENV.md and REPO_MAP.md; your own text in them stays."""
    place = expect_place(Path.cwd())
    written = write_documents(reading_store(), place.repository, place.project, check=check or diff)
    for document in written:
        for problem in document.problems:
            typer.echo(f"{document.path.name}: {terminal.line(problem)}", err=True)
    if as_json:
        print_json([{"path": str(document.path), "changed": document.changed} for document in written])
    elif diff:
        terminal.show("".join(document.diff() for document in written))
    else:
        words = ("is stale", "is up to date") if check else ("written", "unchanged")
        for document in written:
            typer.echo(f"{document.path.name:<12} {words[0] if document.changed else words[1]}")
    if check and any(document.changed for document in written):
        raise typer.Exit(1)
