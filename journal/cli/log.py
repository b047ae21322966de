"""`journal log`: events, newest first."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from journal.cli import terminal
from journal.cli.options import Count, Json, Project, Since, Until, local_now, print_json, reading_store, selection
from journal.derive.event_words import short_sha
from journal.errors import JournalError
from journal.events import KINDS
from journal.moments import to_datetime
from journal.store.event_queries import read_log, successors, titles
from journal.store.stored_event import StoredEvent

_KIND_COLOURS = {"commit": "yellow", "session": "cyan", "prompt": "cyan", "note": "green", "job": "magenta"}


def run(
    count: Count = None,
    kind: Annotated[
        list[str] | None, typer.Option(metavar="KIND", help="Only these kinds (repeat, or 'all'); see the README.")
    ] = None,
    since: Since = None,
    until: Until = None,
    project: Project = None,
    as_json: Json = False,
) -> None:
    """What happened, newest first."""
    connection = reading_store()
    chosen = selection(connection, project, since, until, count, _kinds(kind or []))
    events = read_log(connection, chosen)
    named = titles(connection, events)
    if as_json:
        print_json([event_json(connection, event, named[event.id]) for event in events])
    elif events:
        terminal.show(_listing(events, {**named, **_superseded(connection, events, named)}))
    else:
        typer.echo("nothing yet: it fills as you commit and work", err=True)


def _kinds(asked: list[str]) -> tuple[str, ...]:
    if "all" in asked:
        return tuple(KINDS)
    for kind in asked:
        if kind not in KINDS:
            raise JournalError(f"there is no kind of event called {kind!r}", f"use one of {', '.join(KINDS)}, or all")
    return tuple(asked)


def event_json(connection: sqlite3.Connection, event: StoredEvent, title: str) -> dict[str, Any]:
    """An event as every command's JSON shows it."""
    from journal.store.link_queries import links_of

    return {
        "id": event.id,
        "kind": event.kind,
        "at": event.at,
        "project": event.project,
        "writer": event.writer,
        "title": title,
        "links": [link.event.id for link in links_of(connection, event)],
        "data": _without_secrets(event.data) if event.kind in _WITH_COMMAND_LINES else event.data,
    }


_WITH_COMMAND_LINES = frozenset({"submission", "attempt"})


def _without_secrets(fact: dict[str, Any]) -> dict[str, Any]:
    """A fact that holds a command line (`--export=KEY=…`), as it is shown."""
    from journal.store.secret_rules import secrets_redactor

    shown: dict[str, Any] = secrets_redactor().value(fact)
    return shown


def _superseded(
    connection: sqlite3.Connection, events: Sequence[StoredEvent], named: Mapping[str, str]
) -> dict[str, str]:
    """The titles of commits that others took the place of, with what they became."""
    became = successors(connection, [event.data["sha"] for event in events if event.kind == "commit"])
    return {
        event.id: f"{named[event.id]} (became {short_sha(became[event.data['sha']])})"
        for event in events
        if event.kind == "commit" and event.data["sha"] in became
    }


def _listing(events: Sequence[StoredEvent], named: Mapping[str, str]) -> str:
    """A heading for each day, a line for each event."""
    colour, columns, zone = terminal.coloured(), terminal.width(), local_now().tzinfo
    lines: list[str] = []
    day = ""
    for event in events:
        moment = to_datetime(event.at).astimezone(zone)
        if (on := f"{moment:%a %-d %b %Y}") != day:
            lines += ["", terminal.paint(on, "bold", colour)] if lines else [terminal.paint(on, "bold", colour)]
            day = on
        title = terminal.cut(terminal.line(named[event.id]), columns - 27)
        kind = terminal.paint(f"{event.kind:<8}", _KIND_COLOURS.get(event.kind, "dim"), colour)
        lines.append(f"  {moment:%H:%M}  {terminal.paint(event.id[:7], 'dim', colour)}  {kind}  {title}")
    return "\n".join(lines) + "\n"
