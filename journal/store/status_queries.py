"""Today at a glance: counts, the newest commit and session, and the branches in work."""

import sqlite3
from typing import NamedTuple

from journal.store.event_queries import session_titles


class Today(NamedTuple):
    """What was captured since a moment."""

    commits: int
    sessions: int
    prompts: int
    notes: int


class LastSession(NamedTuple):
    """The session that was last active."""

    id: str
    title: str
    at: str


class BranchState(NamedTuple):
    """A branch with its last commit known to have been made on it (or its creation)."""

    name: str
    at: str


# Commits that others took the place of are not counted: three amends are one commit.
_STANDING_COMMITS = """
SELECT count(*) FROM git_commit
WHERE committed_at >= :since AND (:project IS NULL OR project = :project)
    AND NOT EXISTS (SELECT 1 FROM rewrite WHERE rewrite.project = git_commit.project AND old = sha)
"""


def today(connection: sqlite3.Connection, project: str | None, since: str) -> Today:
    """Counts since a moment, in one project or in all."""
    here = {"project": project, "since": since}
    within = "at >= :since AND (:project IS NULL OR project = :project)"
    (commits,) = connection.execute(_STANDING_COMMITS, here).fetchone()
    counts = dict(
        connection.execute(
            f"SELECT kind, count(*) FROM event WHERE kind IN ('prompt', 'note') AND {within} GROUP BY kind",  # noqa: S608  (our own text)
            here,
        ).fetchall()
    )
    (sessions,) = connection.execute(
        f"SELECT count(DISTINCT session) FROM (SELECT session FROM prompt WHERE {within}"  # noqa: S608  (our own text)
        f" UNION SELECT session FROM usage WHERE {within})",
        here,
    ).fetchone()
    return Today(commits, sessions, counts.get("prompt", 0), counts.get("note", 0))


def last_session(connection: sqlite3.Connection, project: str | None) -> LastSession | None:
    """The session with the newest prompt or reply."""
    row = connection.execute(
        "SELECT session, max(at) FROM (SELECT session, at FROM prompt WHERE :project IS NULL OR project = :project"
        " UNION ALL SELECT session, at FROM usage WHERE :project IS NULL OR project = :project)",
        {"project": project},
    ).fetchone()
    if row is None or row[0] is None:
        return None
    return LastSession(row[0], session_titles(connection, [row[0]]).get(row[0], f"session {row[0][:8]}"), row[1])


def open_branches(connection: sqlite3.Connection, project: str | None, count: int) -> list[BranchState]:
    """Branches that are there, the ones last worked on first."""
    rows = connection.execute(
        "SELECT name, max(at) FROM ("
        "  SELECT name, created_at AS at FROM branch"
        "   WHERE created_at IS NOT NULL AND created_at > coalesce(deleted_at, '')"
        "     AND (:project IS NULL OR project = :project)"
        "  UNION ALL"
        "  SELECT substr(link.object, 8), git_commit.committed_at FROM link"
        "   JOIN git_commit ON git_commit.project = link.project AND 'commit:' || git_commit.sha = link.subject"
        "   JOIN branch ON branch.project = link.project AND branch.name = substr(link.object, 8)"
        "    AND branch.created_at > coalesce(branch.deleted_at, '')"
        "   WHERE link.how = 'made on' AND (:project IS NULL OR link.project = :project)"
        ") GROUP BY name ORDER BY 2 DESC, 1 LIMIT :count",
        {"project": project, "count": count},
    )
    return [BranchState(*row) for row in rows]
