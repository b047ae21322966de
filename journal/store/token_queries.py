"""What `journal tokens` answers: tokens and their cost, by day, model, session, project or branch."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import Any, Literal, NamedTuple

from journal.derive.token_cost import Counts, PriceTable, total
from journal.moments import local_day

By = Literal["day", "model", "session", "project", "branch"]

# Days begin where the reader lives: SQL sums by quarter of an hour (every zone's offset is a multiple), Python by day.
_QUARTER = "substr(at, 1, 14) || printf('%02d', substr(at, 15, 2) / 15 * 15) || ':00.000Z'"
_KEYS: dict[By, str] = {
    "day": _QUARTER,
    "model": "model",
    "session": "session",
    "project": "project",
    "branch": "branch",
}


class _Sum(NamedTuple):
    """Replies of one model that are priced alike."""

    key: str | None
    model: str
    long_prompt: bool
    messages: int
    counts: Counts


def token_report(
    connection: sqlite3.Connection,
    *,
    by: By,
    project: str | None,
    since: str | None,
    until: str | None,
    zone: tzinfo,
    prices: PriceTable,
) -> dict[str, Any]:
    """The document that `journal tokens --json` prints.

    `cost_usd` is what is known of the cost, None where nothing is; `unknown_models` names the models whose part is
    missing from it. Days come newest first, all else dearest first. A session's `title` is the one of the highest rank
    (a person's before an agent's before a summary's), the latest of these, else the first line of
    its first prompt (of commands only where it has nothing else).

    Args:
        connection: the store.
        by: what a row is.
        project: only this project's id; None: all.
        since, until: only replies at or after, at or before (stored form).
        zone: where days begin.
        prices: see `journal.store.price_table`.
    """
    sums = list(_sums(connection, by, prices, project, since, until))
    rows: dict[str | None, list[_Sum]] = {}
    for entry in sums:
        key = local_day(entry.key, zone) if by == "day" and entry.key else entry.key
        rows.setdefault(key, []).append(entry)
    titles = _titles(connection, by, [key for key in rows if key is not None])
    report: list[dict[str, Any]] = [
        {"key": key, **({"title": titles.get(key)} if titles is not None else {}), **_line(entries, prices)}
        for key, entries in rows.items()
    ]
    if by == "day":
        report.sort(key=_day, reverse=True)
    else:
        report.sort(key=_dearest_first)
    return {
        "total": _line(sums, prices),
        "rows": report,
        "limits": {"five_hour": None, "seven_day": None},
        "prices": {"date": prices.date},
    }


def _day(row: dict[str, Any]) -> str:
    return str(row["key"])


def _dearest_first(row: dict[str, Any]) -> tuple[float, int, str]:
    return -(row["cost_usd"] or 0.0), -row["output"], row["key"] or ""


def _sums(
    connection: sqlite3.Connection,
    by: By,
    prices: PriceTable,
    project: str | None,
    since: str | None,
    until: str | None,
) -> Iterator[_Sum]:
    wanted = [("project = ?", project), ("at >= ?", since), ("at <= ?", until)]
    asked = [(condition, value) for condition, value in wanted if value is not None]
    where = f"WHERE {' AND '.join(condition for condition, _ in asked)}" if asked else ""
    long_over = _long_over(connection, prices)
    # Only constants of this file are put into the text; all values are bound.
    query = f"""
        SELECT {_KEYS[by]}, model, input + cache_write_5m + cache_write_1h + cache_read > {_long_case(long_over)},
               count(*), sum(input), sum(output), sum(cache_write_5m), sum(cache_write_1h), sum(cache_read)
        FROM usage {where} GROUP BY 1, 2, 3
    """  # noqa: S608 # see above
    values = [*(value for pair in long_over for value in pair), *(value for _, value in asked)]
    for key, model, long_prompt, messages, *counts in connection.execute(query, values):
        yield _Sum(key, model, bool(long_prompt), messages, Counts(*counts))


def _long_over(connection: sqlite3.Connection, prices: PriceTable) -> list[tuple[str, int]]:
    """The models used whose rates rise with the prompt's length, and from where."""
    used = [model for (model,) in connection.execute("SELECT DISTINCT model FROM usage")]
    priced = [(model, prices.price(model)) for model in used]
    return [(model, price.long_over) for model, price in priced if price and price.long_over is not None]


def _long_case(long_over: Sequence[tuple[str, int]]) -> str:
    return f"CASE model {'WHEN ? THEN ? ' * len(long_over)}END" if long_over else "NULL"


def _line(entries: Sequence[_Sum], prices: PriceTable) -> dict[str, Any]:
    """What some sums come to, as a row of the report."""
    known, unknown = list[float](), set[str]()
    for entry in entries:
        part = prices.cost_usd(entry.model, entry.counts, long_prompt=entry.long_prompt)
        if part is None:
            unknown.add(entry.model)
        else:
            known.append(part)
    cost = sum(known) if known or not unknown else None
    return {
        **total(entry.counts for entry in entries)._asdict(),
        "cost_usd": cost,
        "unknown_models": sorted(unknown),
        "messages": sum(entry.messages for entry in entries),
    }


def _titles(connection: sqlite3.Connection, by: By, keys: Sequence[str]) -> dict[str | None, str] | None:
    """The titles of rows, by key; None where rows of this sort have none."""
    if by == "session":
        query = """
            WITH wanted (session) AS (SELECT value FROM json_each(?)),
            named AS (
                SELECT session, title, rank, at, event FROM session_title
                UNION ALL SELECT session, text, -1, '', event FROM (
                    SELECT session, text, event,
                           row_number() OVER (
                               PARTITION BY session ORDER BY substr(text, 1, 1) IN ('/', '!'), at, event
                           ) AS place
                    FROM prompt
                    WHERE session IN wanted
                ) WHERE place = 1
            ),
            ranked AS (
                SELECT session, title,
                       row_number() OVER (PARTITION BY session ORDER BY rank DESC, at DESC, event DESC) AS place
                FROM named WHERE session IN wanted
            )
            SELECT session, title FROM ranked WHERE place = 1
        """
    elif by == "project":
        query = """
            SELECT project, name FROM (
                SELECT project, name, row_number() OVER (PARTITION BY project ORDER BY seen_at DESC, writer) AS place
                FROM clone WHERE project IN (SELECT value FROM json_each(?))
            ) WHERE place = 1
        """
    else:
        return None
    return {key: title.strip().partition("\n")[0] for key, title in connection.execute(query, (json.dumps(keys),))}
