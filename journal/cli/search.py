"""`journal search`: full text over everything."""

from typing import Annotated

import typer

from journal.cli import terminal
from journal.cli.options import Count, Json, Project, Since, Until, local_now, print_json, reading_store, selection
from journal.moments import to_datetime
from journal.store.event_queries import Found, search


def run(
    words: Annotated[list[str], typer.Argument(metavar="WORDS", help="All of them must occur; beginnings match.")],
    count: Count = 20,
    since: Since = None,
    until: Until = None,
    project: Project = None,
    as_json: Json = False,
) -> None:
    """Full text over commits, sessions, prompts and notes, best first."""
    connection = reading_store()
    found = search(connection, " ".join(words), selection(connection, project, since, until, count))
    if as_json:
        keys = ("id", "kind", "at")
        print_json([{**{k: getattr(f.event, k) for k in keys}, "title": f.title, "snippet": f.snippet} for f in found])
    elif found:
        terminal.show("".join(map(_answer, found)))
    else:
        typer.echo(f"nothing found for {terminal.line(' '.join(words))!r}", err=True)


def _answer(found: Found) -> str:
    colour, columns = terminal.coloured(), terminal.width()
    event = found.event
    moment = to_datetime(event.at).astimezone(local_now().tzinfo)
    title = terminal.cut(terminal.line(found.title), columns - 31)
    head = f"{terminal.paint(event.id[:7], 'dim', colour)}  {moment:%Y-%m-%d}  {event.kind:<8}  {title}\n"
    snippet = terminal.cut(terminal.line(found.snippet), columns - 9)
    return head if snippet in title else f"{head}         {terminal.paint(snippet, 'dim', colour)}\n"
