"""`journal gotchas`: what was learned from failures, in all repositories."""

from collections.abc import Sequence
from typing import Annotated

import typer

from journal.cli import terminal
from journal.cli.options import Count, Json, chosen_project, print_json, reading_store
from journal.cli.told_gotcha import COLOURS, gotcha_json
from journal.derive.gotcha.gotcha import Gotcha
from journal.derive.gotcha.remedy_words import what_helped
from journal.store.gotcha_queries import search_gotchas


def run(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[WORDS]", help="All of them must occur, anywhere in it.")
    ] = None,
    count: Count = None,
    dropped: Annotated[bool, typer.Option("--dropped", help="Those that were dropped too.")] = False,
    project: Annotated[
        str | None, typer.Option(metavar="NAME|all", help="Only what was seen in that project; by default in any.")
    ] = None,
    as_json: Json = False,
) -> None:
    """What was learned from failures, here and in all other repositories; what is confirmed comes first."""
    connection = reading_store()
    chosen = chosen_project(connection, project) if project is not None else None
    found = search_gotchas(connection, words or [], chosen, dropped=dropped)[:count]
    if as_json:
        print_json([gotcha_json(gotcha) for gotcha in found])
    elif found:
        terminal.show(_table(found))
    elif words:
        typer.echo(f"no gotcha with {terminal.line(' '.join(words))!r}", err=True)
    else:
        typer.echo("none yet: a failure that was read from a job's log is kept here, and what got past it", err=True)


def _table(gotchas: Sequence[Gotcha]) -> str:
    """A line for each gotcha: what it is, and what helped."""
    colour, columns = terminal.coloured(), terminal.width()
    heading = ("", "status", "holds in", "jobs", "what", "")
    rows = [heading, *(_row(gotcha) for gotcha in gotchas)]
    widths = [max(len(row[place]) for row in rows) for place in range(4)]
    lines: list[str] = []
    for number, row in enumerate(rows):
        cells = [
            cell.rjust(width) if place == 3 else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=False))
        ]
        what = " · ".join(filter(None, row[4:]))
        cells.append(terminal.cut(what, max(12, columns - sum(widths) - 2 * len(widths))))
        if number == 0:
            lines.append(terminal.paint("  ".join(cells).rstrip(), "dim", colour))
            continue
        cells[1] = terminal.paint(cells[1], COLOURS.get(gotchas[number - 1].status, "dim"), colour)
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines) + "\n"


def _row(gotcha: Gotcha) -> tuple[str, ...]:
    holds = {"repo": "repo", "cluster": "cluster", "general": "everywhere"}.get(gotcha.scope, gotcha.scope)
    what = gotcha.said_title or gotcha.error or gotcha.title
    helped = what_helped(gotcha)
    return (
        gotcha.name,
        gotcha.status,
        holds,
        f"{gotcha.jobs:,}",
        terminal.line(what),
        terminal.line(helped),
    )
