"""The options that every listing has, and what they mean where the person stands."""

import json
import sqlite3
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from journal.capture.place import place_around
from journal.cli import terminal
from journal.errors import JournalError
from journal.moments import parse_moment
from journal.paths import store_file
from journal.store.database import open_store

if TYPE_CHECKING:
    from journal.store.event_queries import Selection

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Since = Annotated[str | None, typer.Option(metavar="TIME", help="From then on: 2026-11-12, today, '2 days ago'.")]
Until = Annotated[str | None, typer.Option(metavar="TIME", help="Up to then.")]
Project = Annotated[
    str | None, typer.Option(metavar="NAME|all", help="Of that project; by default the one you stand in, else all.")
]
Count = Annotated[int | None, typer.Option("-n", metavar="COUNT", min=1, help="At most so many.")]
RepositoryPath = Annotated[Path, typer.Argument(metavar="[PATH]", help="The repository; by default where you stand.")]


def local_now() -> datetime:
    """The present in the person's time zone."""
    return datetime.now().astimezone()


def reading_store() -> sqlite3.Connection:
    """The store, for a question.

    Raises:
        JournalError: nothing was ever captured, or the store cannot be opened.
    """
    if not store_file().exists():
        raise JournalError("there is no journal yet", "run `journal init` in a repository")
    return open_store(store_file())


def chosen_project(connection: sqlite3.Connection, name: str | None) -> str | None:
    """The id of the project that a person means; None means all projects.

    Raises:
        JournalError: no project, or more than one, goes by that name; or the repository one stands in has no journal.
    """
    if name == "all":
        return None
    if name is None:
        place = place_around(Path.cwd())
        return place.project if place else None
    found = connection.execute(
        "SELECT DISTINCT project, name FROM clone WHERE name = :name OR path = :name OR project LIKE :name || '%'",
        {"name": name},
    ).fetchall()
    if not found:
        known = ", ".join(sorted({row[0] for row in connection.execute("SELECT name FROM clone")})) or "none"
        raise JournalError(f"no project is called {name!r}", f"known are: {known}")
    if len({project for project, _ in found}) > 1:
        raise JournalError(f"{name!r} could be {len(found)} projects", "give the path of one of its clones instead")
    project: str = found[0][0]
    return project


def selection(
    connection: sqlite3.Connection,
    project: str | None,
    since: str | None,
    until: str | None,
    limit: int | None = None,
    kinds: tuple[str, ...] = (),
) -> "Selection":
    """What the options of a listing select."""
    from journal.store.event_queries import Selection

    now = local_now()
    return Selection(
        project=chosen_project(connection, project),
        kinds=kinds,
        since=parse_moment(since, now) if since else None,
        until=parse_moment(until, now, end_of_day=True) if until else None,
        limit=limit,
    )


def print_json(document: Any) -> None:
    """One JSON document on standard output; what a terminal would act on is escaped."""
    ascii_only = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    text = json.dumps(document, ensure_ascii=ascii_only, indent=2)
    sys.stdout.write(terminal.escaped(text) + "\n")
