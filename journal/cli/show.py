"""`journal show`: one thing and all that is tied to it."""

import re
import sqlite3
import textwrap
from pathlib import Path
from typing import Annotated, Any

import typer

from journal.capture.git.repository import find_repository
from journal.capture.git.state import commit_named
from journal.cli import terminal
from journal.cli.gotcha_portrait import gotcha_portrait
from journal.cli.job_portrait import portrait
from journal.cli.log import event_json
from journal.cli.options import Json, chosen_project, local_now, print_json, reading_store
from journal.cli.told_gotcha import gotcha_json, project_here
from journal.cli.told_job import told
from journal.derive.event_words import body_of
from journal.derive.gotcha.gotcha import Gotcha
from journal.errors import JournalError
from journal.moments import to_datetime
from journal.store.event_queries import events_by_id, find_event, titles
from journal.store.gotcha_queries import find_gotcha
from journal.store.job_queries import job_of
from journal.store.link_queries import Link, links_of
from journal.store.stored_event import StoredEvent


def run(
    name: Annotated[
        str, typer.Argument(metavar="ID", help="An event's id, a commit's SHA, a session's or job's id, a branch, G7.")
    ],
    as_json: Json = False,
) -> None:
    """One thing and all that is tied to it; ids may be shortened."""
    connection = reading_store()
    gotcha = find_gotcha(connection, name) if _GOTCHA.fullmatch(name) else None
    if gotcha is not None:
        _show_gotcha(connection, gotcha, as_json=as_json)
        return
    event = find_event(connection, name, chosen_project(connection, None)) or _commit_named(connection, name)
    if event is None:
        remedy = "`journal log` and `journal search WORDS` show what there is"
        raise JournalError(f"nothing here is called {name!r}", remedy)
    links = links_of(connection, event)
    named = titles(connection, [event, *(link.event for link in links)])
    if as_json:
        documents = {each.id: event_json(connection, each, named[each.id]) for each in (event, *_events(links))}
        told = [{"how": link.how, "event": documents[link.event.id]} for link in links]
        print_json({"event": documents[event.id], "links": told})
    else:
        terminal.show(_portrait(connection, name, event, links, named))


_GOTCHA = re.compile(r"[gG]\d+")


def _show_gotcha(connection: sqlite3.Connection, gotcha: Gotcha, *, as_json: bool) -> None:
    """A gotcha; as JSON with the event that tells most of it, the fixes, and the jobs that failed so."""
    if not as_json:
        terminal.show(gotcha_portrait(connection, gotcha, project_here()))
        return
    (told_by,) = connection.execute(_TOLD_BY, {"id": gotcha.id}).fetchone()
    ends = {told_by: "told by", **{job.event: "failed" for job in gotcha.seen}, **dict.fromkeys(gotcha.fixes, "fix")}
    events = events_by_id(connection, list(ends))
    named = titles(connection, events)
    documents = {event.id: event_json(connection, event, named[event.id]) for event in events}
    links = [{"how": ends[event.id], "event": documents[event.id]} for event in events if event.id != told_by]
    print_json({"event": documents[told_by], "gotcha": gotcha_json(gotcha), "links": links})


_TOLD_BY = """
SELECT coalesce(fix, log, (SELECT max(event) FROM gotcha_word WHERE gotcha_word.gotcha = gotcha.id)) FROM gotcha
WHERE id = :id
"""


def _commit_named(connection: sqlite3.Connection, name: str) -> StoredEvent | None:
    """The commit that git knows by a name such as HEAD, main~2 or a tag, in the repository one stands in.

    Raises:
        JournalError: git knows it, the store does not.
    """
    try:
        sha = commit_named(find_repository(Path.cwd()), name)
    except JournalError:
        return None
    event = find_event(connection, sha)
    if event is None:
        raise JournalError(f"{name!r} is a commit that was not captured yet", "run `journal capture`")
    return event


def _events(links: list[Link]) -> list[StoredEvent]:
    return [link.event for link in links]


def _portrait(
    connection: sqlite3.Connection, name: str, event: StoredEvent, links: list[Link], named: dict[str, str]
) -> str:
    colour = terminal.coloured()
    job = job_of(connection, event.id, event.kind, event.data) if event.kind in ("job", "submission") else None
    if job is not None and event.id == job.event:
        task = re.search(r"_(\d+)$|(\+\d+)$", name)
        found = told(job, local_now(), (task[1] or task[2]) if task else None)
        lines = portrait(connection, found).splitlines()
    else:
        lines = [terminal.paint(f"{event.kind} {terminal.line(named[event.id])}", "bold", colour)]
        rows = [("when", _local(event.at)), *_facts(event), ("id", event.id)]
        lines += [f"  {label:<10} {value}" for label, value in rows]
        body = (
            terminal.plain(body_of(event.kind, event.data))
            if event.kind in ("prompt", "note", "fix", "log")
            else _message(event)
        )
        if body.strip() and body.strip() != named[event.id]:
            lines += ["", textwrap.indent(body.strip(), "    ")]
    if links:
        lines.append("")
    for link in links:
        title = terminal.cut(terminal.line(named[link.event.id]), terminal.width() - 33)
        lines.append(
            f"  {link.how:<10} {terminal.paint(link.event.id[:7], 'dim', colour)}  {link.event.kind:<8}  {title}"
        )
    return "\n".join(lines) + "\n"


def _local(at: str) -> str:
    return f"{to_datetime(at).astimezone(local_now().tzinfo):%a %-d %b %Y %H:%M}"


def _message(event: StoredEvent) -> str:
    """A commit's message below its subject."""
    return terminal.plain(event.data["message"]).partition("\n")[2] if event.kind == "commit" else ""


def _facts(event: StoredEvent) -> list[tuple[str, str]]:
    """The facts worth a line, by kind."""
    fact = event.data
    if event.kind == "commit":
        return [("author", terminal.line(fact["author"])), *_changes(fact["files"])]
    labels = ("agent", "model", "branch", "session_id", "old", "new", "how", "origin", "host", "path", "proof")
    return [(label.removesuffix("_id"), terminal.line(str(fact[label]))) for label in labels if fact.get(label)]


_SHOWN_FILES = 8


def _changes(files: list[dict[str, Any]] | None) -> list[tuple[str, str]]:
    if files is None:
        return [("changes", "could not be read")]
    added, removed = (sum(file[side] or 0 for file in files) for side in ("added", "removed"))
    names = ", ".join(terminal.line(file["path"]) for file in files[:_SHOWN_FILES])
    more = f" and {len(files) - _SHOWN_FILES} more" if len(files) > _SHOWN_FILES else ""
    return (
        [("changes", f"+{added} −{removed} in {len(files)} file{'s' * (len(files) != 1)}: {names}{more}")]
        if files
        else []
    )
