"""What a timeline is told from: commits, sessions, branches and merges of one project, oldest first.

Every function reads a connection that may be read-only, and streams. Moments are in stored form; `since` and `until`
are inclusive, None means without bound.
"""

import json
import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from journal.derive.token_cost import Counts


class CommitRow(NamedTuple):
    """A commit that still stands. `files`, `added`, `removed` are None where the changes could not be read."""

    event: str
    sha: str
    at: str
    parents: tuple[str, ...]
    author: str
    author_email: str
    subject: str
    files: int | None
    added: int | None
    removed: int | None


class CommitTies(NamedTuple):
    """What is linked to commits, by SHA, after folding: a rewritten commit's links belong to its successor.

    Attributes:
        branch: the branch that a commit was made on.
        session: the agent's session that it was made in.
        replaces: the commits whose place it took, oldest first.
        gone: commits that others took the place of.
    """

    branch: dict[str, str]
    session: dict[str, str]
    replaces: dict[str, list[str]]
    gone: frozenset[str]


class SessionRow(NamedTuple):
    """An agent's session; `ended_at` is its last prompt or reply. `title` is None where it has none."""

    event: str
    id: str
    at: str
    ended_at: str
    agent: str
    branch: str | None
    title: str | None
    tokens: Counts


class BranchRow(NamedTuple):
    """A branch as its clones saw it. `start` is what it was created from, as git said it."""

    name: str
    created_at: str | None
    deleted_at: str | None
    start: str | None


class MergeRow(NamedTuple):
    """A merge into a branch of a clone; `new` is where that branch then was."""

    event: str
    at: str
    merged: str
    into: str | None
    new: str


class JobTotals(NamedTuple):
    """How many jobs were submitted, and the GPU hours of all their tries; None where no GPU is known to be used."""

    jobs: int
    gpu_hours: float | None


class NoteRow(NamedTuple):
    """What a person wrote down."""

    event: str
    at: str
    text: str
    branch: str | None


def project_name(db: sqlite3.Connection, project: str) -> str | None:
    """The name under which the project was last seen, or None where no clone is known."""
    row = db.execute(
        "SELECT name FROM clone WHERE project = ? ORDER BY seen_at DESC, writer LIMIT 1", (project,)
    ).fetchone()
    return None if row is None else str(row[0])


def people(db: sqlite3.Connection, project: str) -> Iterator[tuple[str, str]]:
    """Each (name, e-mail) under which somebody wrote or committed, in a stable order."""
    yield from db.execute(
        "SELECT author, author_email FROM git_commit WHERE project = :project"
        " UNION SELECT committer, committer_email FROM git_commit WHERE project = :project ORDER BY 1, 2",
        {"project": project},
    )


def commits(
    db: sqlite3.Connection, project: str, since: str | None = None, until: str | None = None
) -> Iterator[CommitRow]:
    """All commits, those that were rewritten away too (`commit_ties` names them)."""
    rows = db.execute(
        "SELECT event, sha, committed_at, parents, author, author_email, subject, files, added, removed"
        " FROM git_commit JOIN event ON event.id = git_commit.event"
        " WHERE git_commit.project = :project AND (:since IS NULL OR committed_at >= :since)"
        " AND (:until IS NULL OR committed_at <= :until) ORDER BY committed_at, seq",
        {"project": project, "since": since, "until": until},
    )
    for event, sha, at, parents, author, email, subject, files, added, removed in rows:
        yield CommitRow(event, sha, at, tuple(parents.split()), author, email, subject, files, added, removed)


def commit_ties(db: sqlite3.Connection, project: str) -> CommitTies:
    """What is linked to each commit that still stands."""
    successor = _successors(db, project)
    replaces: dict[str, list[str]] = {}
    for old in successor:
        replaces.setdefault(_last(successor, old), []).append(old)
    branch: dict[str, str] = {}
    session: dict[str, str] = {}
    tables = {"made on": branch, "made in": session}
    rows = db.execute(
        "SELECT link.subject, link.how, link.object FROM link JOIN event ON event.id = link.event"
        " WHERE link.project = ? AND link.how IN ('made on', 'made in') AND link.subject LIKE 'commit:%'"
        " ORDER BY event.at, link.event",
        (project,),
    )
    for subject, how, thing in rows:
        sha = _last(successor, subject.removeprefix("commit:"))
        tables[how].setdefault(sha, thing.partition(":")[2])
    return CommitTies(branch, session, replaces, frozenset(successor))


def _successors(db: sqlite3.Connection, project: str) -> dict[str, str]:
    """Old commit → the one that took its place, the latest where there were several; free of circles."""
    rows = db.execute(
        "SELECT old, new FROM rewrite WHERE project = :project AND old <> new"
        " AND EXISTS (SELECT 1 FROM git_commit WHERE project = :project AND sha = new) ORDER BY at, event",
        {"project": project},
    )
    successor: dict[str, str] = {}
    told: dict[str, int] = {}
    for order, (old, new) in enumerate(rows):
        successor[old], told[old] = new, order
    settled: set[str] = set()
    for start in list(successor):
        path: dict[str, None] = {}
        step = start
        while step in successor and step not in settled and step not in path:
            path[step] = None
            step = successor[step]
        if step in path:  # a commit that came back (amended, then reset to) stands: the newest rewrite says which
            circle = list(path)[list(path).index(step) :]
            newest = max(circle, key=told.__getitem__)
            del successor[successor[newest]]
        settled.update(path)
    return successor


def _last(successor: dict[str, str], sha: str) -> str:
    while sha in successor:
        sha = successor[sha]
    return sha


def sessions(
    db: sqlite3.Connection, project: str, since: str | None = None, until: str | None = None
) -> Iterator[SessionRow]:
    """Sessions by their beginning, each with its best title and what it spent, sub-agents included."""
    rows = db.execute(
        "SELECT session.event, session.id, session.started_at,"
        " max(session.started_at, coalesce(max(usage.at), ''), coalesce((SELECT max(at) FROM prompt"
        "   WHERE prompt.session = session.id), '')),"
        " session.agent, session.branch,"
        " (SELECT title FROM session_title AS t WHERE t.session = session.id"
        "   ORDER BY t.rank DESC, t.at DESC, t.event DESC LIMIT 1),"
        " total(usage.input), total(usage.output), total(usage.cache_write_5m), total(usage.cache_write_1h),"
        " total(usage.cache_read)"
        " FROM session LEFT JOIN usage ON usage.session = session.id"
        " WHERE session.project = :project AND (:since IS NULL OR session.started_at >= :since)"
        " AND (:until IS NULL OR session.started_at <= :until)"
        " GROUP BY session.id ORDER BY session.started_at, session.id",
        {"project": project, "since": since, "until": until},
    )
    for event, name, at, ended_at, agent, branch, title, *counts in rows:
        yield SessionRow(event, name, at, ended_at, agent, branch, title, Counts(*map(int, counts)))


def branches(db: sqlite3.Connection, project: str) -> Iterator[BranchRow]:
    """Branches by name, all clones' views in one: first made, last deleted (None where a clone still has it)."""
    starts: dict[str, str] = {}
    for (data,) in db.execute(
        "SELECT data FROM event WHERE kind = 'branch' AND project = ? ORDER BY at, id", (project,)
    ):
        fact = json.loads(data)
        if fact["action"] == "created" and fact.get("start"):
            starts.setdefault(fact["name"], fact["start"])
    rows = db.execute(
        "SELECT name, min(created_at), CASE WHEN count(deleted_at) = count(*) THEN max(deleted_at) END"
        " FROM branch WHERE project = ? GROUP BY name ORDER BY coalesce(min(created_at), min(at)), name",
        (project,),
    )
    for name, created_at, deleted_at in rows:
        yield BranchRow(name, created_at, deleted_at, starts.get(name))


def merges(
    db: sqlite3.Connection, project: str, since: str | None = None, until: str | None = None
) -> Iterator[MergeRow]:
    """Merges, fast-forwards included."""
    for event, at, data in _events(db, "merge", project, since, until):
        fact = json.loads(data)
        yield MergeRow(event, at, fact["merged"], fact["into"], fact["new"])


def notes(
    db: sqlite3.Connection, project: str, since: str | None = None, until: str | None = None
) -> Iterator[NoteRow]:
    """Notes."""
    for event, at, data in _events(db, "note", project, since, until):
        fact = json.loads(data)
        yield NoteRow(event, at, fact["text"], fact["branch"])


def job_totals(db: sqlite3.Connection, project: str, since: str | None = None, until: str | None = None) -> JobTotals:
    """The jobs that were submitted, failed ones included, in numbers."""
    here = {"project": project, "since": since, "until": until}
    within = "project = :project AND (:since IS NULL OR {0} >= :since) AND (:until IS NULL OR {0} <= :until)"
    (jobs,) = db.execute(f"SELECT count(*) FROM job WHERE {within.format('submitted_at')}", here).fetchone()  # noqa: S608  (our own text)
    (gpu_seconds,) = db.execute(
        "SELECT sum(elapsed_s * json_extract(data, '$.gpus')) FROM attempt"  # noqa: S608  (our own text)
        f" WHERE {within.format('coalesce(first_submitted_at, submitted_at)')}",
        here,
    ).fetchone()
    return JobTotals(jobs, round(gpu_seconds / 3600, 1) if gpu_seconds else None)


def _events(
    db: sqlite3.Connection, kind: str, project: str, since: str | None, until: str | None
) -> Iterator[tuple[str, str, str]]:
    yield from db.execute(
        "SELECT id, at, data FROM event WHERE kind = :kind AND project = :project"
        " AND (:since IS NULL OR at >= :since) AND (:until IS NULL OR at <= :until) ORDER BY at, seq",
        {"kind": kind, "project": project, "since": since, "until": until},
    )
