"""Commits, rewrites, branches and clones."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from journal.store.stored_event import StoredEvent


def _fold_commits(connection: sqlite3.Connection, events: Sequence[StoredEvent]) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO git_commit (project, sha, event, tree, parents, author, author_email, authored_at,"
        " committer, committer_email, committed_at, subject, patch_id, files, added, removed)"
        " VALUES (:project, :sha, :event, :tree, :parents, :author, :author_email, :authored_at,"
        " :committer, :committer_email, :committed_at, :subject, :patch_id, :files, :added, :removed)",
        map(_commit_row, events),
    )
    connection.executemany(
        "INSERT OR IGNORE INTO git_commit_file (project, sha, path, old_path, added, removed)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (row for event in events for row in _file_rows(event)),
    )


def _commit_row(event: StoredEvent) -> dict[str, Any]:
    fact = event.data
    files: list[dict[str, Any]] | None = fact["files"]
    return {
        **fact,
        "project": event.project,
        "event": event.id,
        "parents": " ".join(fact["parents"]),
        "committed_at": event.at,
        "subject": fact["message"].partition("\n")[0],
        "files": None if files is None else len(files),
        "added": None if files is None else sum(file["added"] or 0 for file in files),
        "removed": None if files is None else sum(file["removed"] or 0 for file in files),
    }


def _file_rows(event: StoredEvent) -> Iterable[tuple[Any, ...]]:
    for file in event.data["files"] or ():
        sha, path, old_path = event.data["sha"], file["path"], file.get("old_path")
        yield (event.project, sha, path, old_path, file["added"], file["removed"])


def _fold_rewrites(connection: sqlite3.Connection, events: Sequence[StoredEvent]) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO rewrite (project, old, new, how, at, event) VALUES (?, ?, ?, ?, ?, ?)",
        ((e.project, e.data["old"], e.data["new"], e.data["how"], e.at, e.id) for e in events),
    )


_BRANCH_UPSERT = """
INSERT INTO branch (project, writer, name, sha, at, created_at, deleted_at)
VALUES (:project, :writer, :name, :sha, :at, :created_at, :deleted_at)
ON CONFLICT DO UPDATE SET
    sha = CASE WHEN (excluded.at, excluded.sha) > (at, sha) THEN excluded.sha ELSE sha END,
    at = max(at, excluded.at),
    created_at = nullif(max(coalesce(created_at, ''), coalesce(excluded.created_at, '')), ''),
    deleted_at = nullif(max(coalesce(deleted_at, ''), coalesce(excluded.deleted_at, '')), '')
"""


def _fold_branches(connection: sqlite3.Connection, events: Sequence[StoredEvent]) -> None:
    connection.executemany(_BRANCH_UPSERT, (row for event in events for row in _branch_rows(event)))


def _branch_rows(event: StoredEvent) -> Iterable[dict[str, Any]]:
    """One row for a branch that came or went; a renamed one went under its old name and came under its new."""
    fact = event.data
    row = {"project": event.project, "writer": event.writer, "sha": fact["sha"], "at": event.at}
    if fact["action"] != "deleted":
        yield {**row, "name": fact["name"], "created_at": event.at, "deleted_at": None}
    else:
        yield {**row, "name": fact["name"], "created_at": None, "deleted_at": event.at}
    if fact["action"] == "renamed" and "old_name" in fact:
        yield {**row, "name": fact["old_name"], "created_at": None, "deleted_at": event.at}


def _fold_clones(connection: sqlite3.Connection, events: Sequence[StoredEvent]) -> None:
    connection.executemany(
        "INSERT INTO clone (writer, project, name, path, git_dir, remote, seen_at) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET project = excluded.project, name = excluded.name, path = excluded.path,"
        " git_dir = excluded.git_dir, remote = excluded.remote, seen_at = excluded.seen_at"
        " WHERE (excluded.seen_at, excluded.path) >= (seen_at, path)",
        (
            (e.writer, e.project, e.data["name"], e.data["path"], e.data["git_dir"], e.data["remote"], e.at)
            for e in events
        ),
    )


PROJECTIONS = {
    "commit": _fold_commits,
    "rewrite": _fold_rewrites,
    "branch": _fold_branches,
    "clone": _fold_clones,
}
