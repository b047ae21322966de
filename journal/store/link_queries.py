"""What a thing is tied to: links told by sources, and those that events imply. They survive rewriting."""

import sqlite3
from collections.abc import Callable, Iterator
from typing import NamedTuple

from journal.store.event_log import stored_events
from journal.store.event_queries import events_by_id
from journal.store.gotcha_queries import read_gotchas
from journal.store.job_queries import find_by_number, job_of, jobs_of_commit, jobs_of_session
from journal.store.stored_event import StoredEvent


class Link(NamedTuple):
    """One tie of an event to another.

    Attributes:
        how: in words, read from the event asked about: "made in", "prompt", "became".
        event: the other end.
    """

    how: str
    event: StoredEvent


_KEPT_PROMPTS = 50


def links_of(connection: sqlite3.Connection, event: StoredEvent) -> list[Link]:
    """Everything that an event is tied to, each other event once, oldest first."""
    finder = _FINDERS.get(event.kind)
    ties = dict[str, str]()
    for how, other in finder(connection, event) if finder else ():
        ties.setdefault(other, how)
    ties.pop(event.id, None)
    others = events_by_id(connection, list(ties))
    return [Link(ties[other.id], other) for other in others]


_Ties = Iterator[tuple[str, str]]

_FAMILY = """
WITH RECURSIVE before (sha) AS (
    VALUES (:sha) UNION SELECT old FROM rewrite JOIN before ON new = sha WHERE project = :project
), after (sha) AS (
    VALUES (:sha) UNION SELECT new FROM rewrite JOIN after ON old = sha WHERE project = :project
)
SELECT 'was before', git_commit.event FROM before JOIN git_commit USING (sha) WHERE project = :project AND sha != :sha
UNION ALL
SELECT 'became', git_commit.event FROM after JOIN git_commit USING (sha) WHERE project = :project AND sha != :sha
"""

_SESSIONS_OF_COMMIT = """
WITH RECURSIVE family (sha) AS (
    VALUES (:sha) UNION SELECT old FROM rewrite JOIN family ON new = sha WHERE project = :project
)
SELECT link.how, session.event FROM family
JOIN link ON link.subject = 'commit:' || family.sha
JOIN session ON link.object = 'session:' || session.id
"""

_COMMITS_OF_SESSION = """
WITH RECURSIVE made (sha) AS (
    SELECT substr(subject, 8) FROM link WHERE object = 'session:' || :session AND subject LIKE 'commit:%'
    UNION SELECT new FROM rewrite JOIN made ON old = sha WHERE project = :project
)
SELECT 'made', git_commit.event FROM made JOIN git_commit USING (sha) WHERE project = :project
"""


def _of_commit(connection: sqlite3.Connection, event: StoredEvent) -> _Ties:
    here = {"sha": event.data["sha"], "project": event.project}
    yield from connection.execute(_SESSIONS_OF_COMMIT, here)
    yield from connection.execute(_FAMILY, here)
    for parent in event.data["parents"]:
        yield from _commit(connection, event.project, parent, "parent")
    for job in jobs_of_commit(connection, event.project, event.data["sha"]):
        yield ("job", job.event)
    for link in stored_events(
        connection,
        "WHERE kind = 'branch' AND project = ? AND json_extract(data, '$.name') IN"
        " (SELECT substr(object, 8) FROM link WHERE subject = ? AND how = 'made on') ORDER BY at DESC LIMIT 1",
        (event.project, f"commit:{event.data['sha']}"),
    ):
        yield ("made on", link.id)


def _of_session(connection: sqlite3.Connection, event: StoredEvent) -> _Ties:
    here = {"session": event.data["session_id"], "project": event.project, "count": _KEPT_PROMPTS}
    yield from connection.execute(
        "SELECT 'prompt', event FROM prompt WHERE session = :session ORDER BY at LIMIT :count", here
    )
    yield from connection.execute(_COMMITS_OF_SESSION, here)
    for job in jobs_of_session(connection, event.data["session_id"]):
        yield ("job", job.event)


def _of_session_part(connection: sqlite3.Connection, event: StoredEvent) -> _Ties:
    query = "SELECT 'session', event FROM session WHERE id = ?"
    yield from connection.execute(query, (event.data["session_id"],))


def _of_job(connection: sqlite3.Connection, event: StoredEvent) -> _Ties:
    """What it was submitted from and in; of a part of what is told of a job, the job."""
    job = job_of(connection, event.id, event.kind, event.data)
    if job is None:
        return
    yield ("job", job.event)
    if commit := job.submitted.get("commit"):
        yield from _commit(connection, job.project, commit, "code")
    if session := job.submitted.get("session"):
        yield from connection.execute("SELECT 'asked in', event FROM session WHERE id = ?", (session,))
    here = {"job": f"job:{job.cluster}/{job.job_id}", "at": job.submitted_at}
    yield from connection.execute(_FIXES_OF_JOB, here).fetchall()


_FIXES_OF_JOB = """
SELECT 'got past', event FROM upheld_fix WHERE passed = :job AND passed_submitted_at = :at
UNION ALL
SELECT 'overcome by', event FROM upheld_fix WHERE failed = :job AND failed_submitted_at = :at
"""


def _of_fix(connection: sqlite3.Connection, event: StoredEvent) -> _Ties:
    """The jobs that it lies between, and the session in which the later one was submitted."""
    for how, end in (("failed", "failed"), ("got past", "passed")):
        cluster, _, number = event.data[end].removeprefix("job:").partition("/")
        fact = {"cluster": cluster, "job_id": number, "submitted_at": event.data[f"{end}_submitted_at"]}
        if job := job_of(connection, event.id, "job", fact):
            yield (how, job.event)
    query = "SELECT 'asked in', event FROM session WHERE id = ?"
    yield from connection.execute(query, (event.data["session"],)).fetchall()


def _of_gotcha(connection: sqlite3.Connection, event: StoredEvent) -> _Ties:
    """The fixes of the gotcha that somebody said something of, and the jobs that failed so."""
    for gotcha in read_gotchas(connection, "WHERE gotcha.id = :id", {"id": event.data["gotcha"]}):
        yield from (("fix", fix) for fix in gotcha.fixes)
        yield from (("failed", seen.event) for seen in gotcha.seen)


def _of_rewrite(connection: sqlite3.Connection, event: StoredEvent) -> _Ties:
    yield from _commit(connection, event.project, event.data["old"], "old")
    yield from _commit(connection, event.project, event.data["new"], "new")


def _of_move(connection: sqlite3.Connection, event: StoredEvent) -> _Ties:
    for sha in (event.data.get("new"), event.data.get("sha")):
        if sha:
            yield from _commit(connection, event.project, sha, "at")


def _of_link(connection: sqlite3.Connection, event: StoredEvent) -> _Ties:
    for end in (event.data["subject"], event.data["object"]):
        kind, _, name = end.partition(":")
        if kind == "commit":
            yield from _commit(connection, event.project, name, "commit")
        elif kind == "session":
            yield from connection.execute("SELECT 'session', event FROM session WHERE id = ?", (name,))
        elif kind == "job" and (job := find_by_number(connection, name, event.project)):
            yield ("job", job.job.event)


def _commit(connection: sqlite3.Connection, project: str | None, sha: str, how: str) -> _Ties:
    query = "SELECT ?, event FROM git_commit WHERE project = ? AND sha = ?"
    yield from connection.execute(query, (how, project, sha))


_FINDERS: dict[str, Callable[[sqlite3.Connection, StoredEvent], _Ties]] = {
    "commit": _of_commit,
    "session": _of_session,
    "prompt": _of_session_part,
    "title": _of_session_part,
    "usage": _of_session_part,
    "rewrite": _of_rewrite,
    "checkout": _of_move,
    "merge": _of_move,
    "reset": _of_move,
    "branch": _of_move,
    "link": _of_link,
    "fix": _of_fix,
    "gotcha": _of_gotcha,
    **dict.fromkeys(("job", "submission", "attempt", "script", "drift", "log"), _of_job),
}
