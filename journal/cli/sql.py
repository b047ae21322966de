"""`journal sql`: read-only SQL over the store."""

import sqlite3
from typing import Annotated, Any

import typer

from journal.cli import terminal
from journal.cli.options import Json, print_json, reading_store
from journal.errors import JournalError


def run(
    query: Annotated[str, typer.Argument(metavar="QUERY", help="One SELECT; without a query, the tables.")] = "",
    as_json: Json = False,
) -> None:
    """Ask the store in SQL; nothing can be changed this way."""
    from sqlite_utils import Database

    connection = reading_store()
    connection.execute("PRAGMA query_only = ON")
    database = Database(connection)
    if not query:
        typer.echo(database.schema)
        return
    try:
        rows: list[dict[str, Any]] = list(database.query(query))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]  # sqlite-utils does not say what it yields
    except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
        raise JournalError(f"SQLite says: {error}", "`journal sql` without a query shows the tables") from error
    if as_json:
        print_json([{key: _jsonable(value) for key, value in row.items()} for row in rows])
    elif rows:
        terminal.show(_table([list(rows[0]), *([_cell(value) for value in row.values()] for row in rows)]))


def _jsonable(value: object) -> object:
    return value.hex() if isinstance(value, bytes) else value


def _cell(value: object) -> str:
    return "" if value is None else terminal.line(str(_jsonable(value)))


_WIDEST = 80


def _table(rows: list[list[str]]) -> str:
    widths = [min(_WIDEST, max(len(row[i]) for row in rows)) for i in range(len(rows[0]))]
    rows.insert(1, ["─" * width for width in widths])
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n" for row in rows
    )
