"""`journal publish`: the timeline as a folder that anyone can open."""

from pathlib import Path
from typing import Annotated

import typer

from journal.cli import terminal
from journal.cli.options import Json, Project, Since, Until, print_json, reading_store, selection
from journal.errors import JournalError


def run(
    target: Annotated[Path, typer.Argument(metavar="[DIR]", help="The folder to write.")] = Path("site"),
    formats: Annotated[
        list[str] | None, typer.Option("--format", metavar="NAME", help="Only these exporters (repeat); default: all.")
    ] = None,
    since: Since = None,
    until: Until = None,
    project: Project = None,
    as_json: Json = False,
) -> None:
    """Write the redacted timeline as a page and as data, in a folder of its own."""
    from journal.publish.publishing import publish_project
    from journal.publish.timeline import Scope

    connection = reading_store()
    chosen = selection(connection, project, since, until)
    if chosen.project is None:
        raise JournalError("which project?", "go to its clone, or add --project NAME")
    published = publish_project(connection, chosen.project, target, formats or (), Scope(chosen.since, chosen.until))
    if as_json:
        print_json({"path": str(published.path), "events": published.events, "redactions": dict(published.redactions)})
        return
    redacted = sum(published.redactions.values())
    where, page = terminal.line(str(published.path)), terminal.line(str(published.path.resolve() / "index.html"))
    typer.echo(f"published {published.events:,} events to {where}/  ({redacted:,} redactions)")
    typer.echo(f"open it: {page}")
