"""`journal tokens`: tokens and what they cost."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from journal.capture.local_zone import local_zone
from journal.cli import terminal
from journal.cli.options import Count, Json, Project, Since, Until, print_json, reading_store, selection
from journal.derive.amounts import dollars, tokens
from journal.store.price_table import load_prices
from journal.store.token_queries import token_report


class By(StrEnum):
    """What a row of the table stands for."""

    day = "day"
    model = "model"
    session = "session"
    project = "project"
    branch = "branch"


def run(
    by: Annotated[By, typer.Option(help="One row for each of these.")] = By.day,
    count: Count = None,
    since: Since = None,
    until: Until = None,
    project: Project = None,
    as_json: Json = False,
) -> None:
    """Tokens and their cost, each reply counted once."""
    connection = reading_store()
    chosen = selection(connection, project, since, until, count)
    report = token_report(
        connection,
        by=by.value,
        project=chosen.project,
        since=chosen.since,
        until=chosen.until,
        zone=local_zone(),
        prices=load_prices(),
    )
    report["rows"] = report["rows"][:count]
    if as_json:
        print_json(report)
    elif report["rows"]:
        terminal.show(_table(by, report))
    else:
        typer.echo("no tokens captured yet", err=True)


_COLUMNS = ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read")
_HEADINGS = ("input", "output", "write 5m", "write 1h", "cache read", "cost")


def _table(by: By, report: dict[str, Any]) -> str:
    rows = [_row(terminal.line(row.get("title") or row["key"] or "–"), row) for row in report["rows"]]
    rows = [[by.value, *_HEADINGS], *rows, _row("total", report["total"])]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    widths[0] = min(widths[0], 48)
    lines = [
        "  ".join([terminal.cut(row[0], widths[0]).ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])])
        for row in rows
    ]
    lines[0] = terminal.paint(lines[0], "dim", terminal.coloured())
    notes = [f"prices of {report['prices']['date']}"]
    if report["total"]["unknown_models"]:
        notes.append("price unknown: " + ", ".join(map(terminal.line, report["total"]["unknown_models"])))
    return "\n".join([*lines, "", " · ".join(notes)]) + "\n"


def _row(label: str, counts: dict[str, Any]) -> list[str]:
    return [label, *(tokens(counts[column]) for column in _COLUMNS), dollars(counts["cost_usd"])]
