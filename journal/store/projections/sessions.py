"""The tables of agents' sessions: session, session_title, prompt, usage.

Whatever the order in which events arrive, and however often, the tables come out the same: where two events tell
of one row, a total order over what they say decides.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence

from journal.store.stored_event import StoredEvent

_RANKS = {"person": 3, "agent": 2, "summary": 1}

_SESSION = """
    INSERT INTO session (id, event, project, agent, branch, started_at) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET
        event = excluded.event, project = excluded.project, agent = excluded.agent, branch = excluded.branch,
        started_at = excluded.started_at
    WHERE (excluded.started_at, excluded.event) < (session.started_at, session.event)
"""

_TITLE = "INSERT OR IGNORE INTO session_title (session, rank, at, title, event) VALUES (?, ?, ?, ?, ?)"

_PROMPT = "INSERT OR IGNORE INTO prompt (event, session, project, at, branch, text) VALUES (?, ?, ?, ?, ?, ?)"

_COUNTS = ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read")
_CIRCUMSTANCES = ("session", "project", "at", "model", "branch", "agent")


def project_sessions(connection: sqlite3.Connection, rows: Sequence[StoredEvent]) -> None:
    """One row a session; told by two projects, it is of the one that has it earlier."""
    connection.executemany(
        _SESSION,
        ((row.data["session_id"], row.id, row.project, row.data["agent"], row.data["branch"], row.at) for row in rows),
    )


def project_titles(connection: sqlite3.Connection, rows: Sequence[StoredEvent]) -> None:
    """Every title that a session ever had, ranked by who gave it."""
    connection.executemany(
        _TITLE,
        ((row.data["session_id"], _RANKS.get(row.data["by"], 0), row.at, row.data["title"], row.id) for row in rows),
    )


def project_prompts(connection: sqlite3.Connection, rows: Sequence[StoredEvent]) -> None:
    """One row a prompt."""
    connection.executemany(
        _PROMPT,
        ((row.id, row.data["session_id"], row.project, row.at, row.data["branch"], row.data["text"]) for row in rows),
    )


def project_usage(connection: sqlite3.Connection, rows: Sequence[StoredEvent]) -> None:
    """One row a reply: of each count the most that was told, and its circumstances from one copy.

    The copy is one outside of sub-agents where there is one, then the earliest, then the smallest session id (a
    fork repeats its origin's replies).
    """
    connection.executemany(
        _USAGE,
        (
            (
                row.data["message_id"],
                row.data["session_id"],
                row.project,
                row.at,
                row.data["model"],
                row.data["branch"],
                row.data["agent_id"],
                *(row.data[count] for count in _COUNTS),
            )
            for row in rows
        ),
    )


def _usage_upsert() -> str:
    def order(table: str) -> str:
        first = f"{table}.agent IS NOT NULL, {table}.at, {table}.session, {table}.model"
        rest = ", ".join(
            f"{table}.{name} IS NULL, coalesce({table}.{name}, '')" for name in ("agent", "branch", "project")
        )
        return f"({first}, {rest})"

    better = f"{order('excluded')} < {order('usage')}"
    chosen = [f"{name} = CASE WHEN {better} THEN excluded.{name} ELSE usage.{name} END" for name in _CIRCUMSTANCES]
    most = [f"{name} = max(usage.{name}, excluded.{name})" for name in _COUNTS]
    columns = ("message", *_CIRCUMSTANCES, *_COUNTS)
    return (  # only names written in this file
        f"INSERT INTO usage ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))}) "  # noqa: S608 # see above
        f"ON CONFLICT (message) DO UPDATE SET {', '.join(chosen + most)}"
    )


_USAGE = _usage_upsert()

PROJECTIONS: Mapping[str, Callable[[sqlite3.Connection, Sequence[StoredEvent]], None]] = {
    "session": project_sessions,
    "title": project_titles,
    "prompt": project_prompts,
    "usage": project_usage,
}
