"""Questions about events: the log, one event by a shortened name, what it is tied to, and full-text search."""

import json
import re
import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from journal.derive.event_words import body_of, first_line, title_of
from journal.derive.gotcha.identity import gotcha_id
from journal.derive.job_outcome import job_outcome
from journal.derive.job_usage import job_usage
from journal.derive.job_words import standing
from journal.errors import JournalError
from journal.store.event_log import STORY, stored_events
from journal.store.job_queries import find_by_number, job_of
from journal.store.stored_event import StoredEvent


class Selection(NamedTuple):
    """Which events a listing is about; None means no limit.

    Attributes:
        project: the project's id.
        kinds: kinds of event; none given means those that tell the story.
        since, until: moments in stored form, both included.
        limit: at most so many, the newest or the best.
    """

    project: str | None = None
    kinds: Sequence[str] = ()
    since: str | None = None
    until: str | None = None
    limit: int | None = None


def read_log(connection: sqlite3.Connection, selection: Selection) -> list[StoredEvent]:
    """The events of a selection, newest first."""
    where, parameters = _conditions(selection)
    limit = -1 if selection.limit is None else selection.limit
    return stored_events(connection, f"WHERE {where} ORDER BY at DESC, seq DESC LIMIT ?", (*parameters, limit))


def _conditions(selection: Selection) -> tuple[str, list[str]]:
    conditions, parameters = list[str](), list[str]()
    if selection.kinds:
        conditions.append(f"kind IN ({', '.join('?' * len(selection.kinds))})")
        parameters += selection.kinds
    else:
        conditions.append(STORY)
    for condition, value in (
        ("project = ?", selection.project),
        ("at >= ?", selection.since),
        ("at <= ?", selection.until),
    ):
        if value is not None:
            conditions.append(condition)
            parameters.append(value)
    return " AND ".join(conditions), parameters


_TITLE = "SELECT title FROM session_title WHERE session = ? ORDER BY rank DESC, at DESC, event LIMIT 1"
_FIRST_PROMPT = """
SELECT text FROM prompt WHERE session = ? ORDER BY substr(text, 1, 1) IN ('/', '!'), at, event LIMIT 1
"""


def session_titles(connection: sqlite3.Connection, sessions: Sequence[str]) -> dict[str, str]:
    """The best title of each session: the person's own, the agent's, a summary's; else its first prompt in words."""
    titles: dict[str, str] = {}
    for session in set(sessions):
        for query in (_TITLE, _FIRST_PROMPT):
            found: tuple[str] | None = connection.execute(query, (session,)).fetchone()
            if found:
                titles[session] = found[0]
                break
    return titles


def titles(connection: sqlite3.Connection, events: Sequence[StoredEvent]) -> dict[str, str]:
    """Event id → one line; a session is told by its title, a job by how it ended, a gotcha by its number."""
    of_sessions = session_titles(connection, [e.data["session_id"] for e in events if e.kind == "session"])
    named = {e.id: title_of(e.kind, e.data) for e in events}
    for event in events:
        title = of_sessions.get(event.data["session_id"]) if event.kind == "session" else None
        if title:
            named[event.id] = title_of("title", {"title": title})
        elif event.kind == "job":
            named[event.id] = _job_title(connection, event)
        elif event.kind in ("fix", "gotcha"):
            named[event.id] = _gotcha_title(connection, event, named[event.id])
    return named


_OF_GOTCHA = "SELECT number FROM gotcha_number WHERE id = ?"


def _gotcha_title(connection: sqlite3.Connection, event: StoredEvent, title: str) -> str:
    """`G7 confirmed`, `G7: job 8122902 got past what failed 8122871: …`."""
    gotcha = event.data["gotcha"] if event.kind == "gotcha" else gotcha_id(event.data["fingerprint"])
    row = connection.execute(_OF_GOTCHA, (gotcha,)).fetchone()
    if row is None:
        return title
    return f"G{row[0]}{title.removeprefix('gotcha')}" if event.kind == "gotcha" else f"G{row[0]}: {title}"


# Of what a job failed, that which is known: from another job, from a fix, or from what somebody said.
_KNOWN_OF_JOB = """
SELECT 'G' || number FROM failed_job JOIN gotcha ON gotcha.id = failed_job.gotcha JOIN gotcha_number USING (id)
WHERE job_id = ? AND cluster = ? AND submitted_at = ?
    AND status <> 'dropped' AND (status <> 'candidate' OR jobs > 1)
ORDER BY logs DESC, number LIMIT 3
"""


def _job_title(connection: sqlite3.Connection, event: StoredEvent) -> str:
    """`8123407 train-10k ✓ 1 h 52 m`, `8123466 bf16 ✗ 58 s · exit code 1 · G7`."""
    title = " ".join(f"{event.data['job_id']} {event.data['name']}".split())
    job = job_of(connection, event.id, event.kind, event.data)
    if job is None or not job.attempts:
        return title
    title = " ".join(f"{job.job_id} {job.name}".split())
    known = [name for (name,) in connection.execute(_KNOWN_OF_JOB, (job.job_id, job.cluster, job.submitted_at))]
    told = standing(job, job_outcome(job.attempts), job_usage(job.attempts))
    return " · ".join([first_line(f"{title} {told}"), *([", ".join(known)] if known else [])])


def successors(connection: sqlite3.Connection, shas: Sequence[str]) -> dict[str, str]:
    """Those of some commits that were rewritten → what each became at last."""
    query = """
    WITH RECURSIVE line (first, sha) AS (
        SELECT value, value FROM json_each(?) UNION SELECT first, new FROM line JOIN rewrite ON old = sha
    )
    SELECT first, sha FROM line
    WHERE sha != first AND NOT EXISTS (SELECT 1 FROM rewrite WHERE old = sha) ORDER BY sha
    """
    return dict(connection.execute(query, (json.dumps(list(shas)),)).fetchall())


def find_event(connection: sqlite3.Connection, name: str, project: str | None = None) -> StoredEvent | None:
    """The one event that a person means by a shortened id, SHA or session id, by a branch's name or a job's number.

    A number that is a job's, of the project where one is given, means that job, though a SHA may begin with it.

    Raises:
        JournalError: more than one thing goes by that name.
    """
    if job := find_by_number(connection, name, project):
        return events_by_id(connection, [job.job.event])[0]
    found = sorted(_events_named(connection, name), key=lambda event: event.seq)
    if len(found) > 1:
        of_each = titles(connection, found[:5])
        choices = "; ".join(f"{event.id[:12]} {event.kind} {of_each[event.id]}" for event in found[:5])
        raise JournalError(f"{name!r} could be {len(found)} things", f"write more of it: {choices}")
    return found[0] if found else None


def _events_named(connection: sqlite3.Connection, name: str) -> list[StoredEvent]:
    lowered = name.lower()
    ids: set[str] = set()
    if re.fullmatch(r"[0-9a-f]{4,64}(?:[0-9a-f-]*)", lowered):
        span = (lowered, lowered + "g")  # "g" sorts after every hexadecimal digit and the dash
        for query in (
            "SELECT id FROM event WHERE id >= ? AND id < ? LIMIT 6",
            "SELECT event FROM git_commit WHERE sha >= ? AND sha < ? LIMIT 6",
            "SELECT event FROM session WHERE id >= ? AND id < ? LIMIT 6",
        ):
            ids.update(row[0] for row in connection.execute(query, span))
    if not ids:
        branch = stored_events(
            connection,
            "WHERE kind = 'branch' AND json_extract(data, '$.name') = ? ORDER BY at DESC, seq DESC LIMIT 1",
            (name,),
        )
        ids.update(event.id for event in branch)
    return events_by_id(connection, sorted(ids))


def events_by_id(connection: sqlite3.Connection, ids: Sequence[str]) -> list[StoredEvent]:
    """The events with these full ids, oldest first."""
    return stored_events(connection, f"WHERE id IN ({', '.join('?' * len(ids))}) ORDER BY at, seq", ids)


_MATCHED = """
JOIN (SELECT rowid, bm25(event_text, 4.0, 1.0) AS score FROM event_text WHERE event_text MATCH ?) found
ON found.rowid = seq
"""


class Found(NamedTuple):
    """One answer of a search."""

    event: StoredEvent
    title: str
    snippet: str


def search(connection: sqlite3.Connection, words: str, selection: Selection) -> list[Found]:
    """Full-text search, best first.

    Args:
        connection: an open store.
        words: what to look for: every word must occur, in any form that it begins.
        selection: limits; by default all kinds but the bookkeeping ones.
    """
    terms = re.findall(r"\w+", words)
    if not terms:
        return []
    match = " ".join(f'"{term}"*' for term in terms)
    conditions, parameters = _conditions(selection._replace(kinds=selection.kinds or _SEARCHED))
    limit = -1 if selection.limit is None else selection.limit
    events = stored_events(
        connection, f"{_MATCHED} WHERE {conditions} ORDER BY score, at DESC LIMIT ?", (match, *parameters, limit)
    )
    named = titles(connection, events)
    return [Found(event, named[event.id], snippet_of(event, terms)) for event in events]


_SEARCHED = (
    "branch", "checkout", "commit", "fix", "gotcha", "job", "log", "merge", "note", "prompt", "script", "session",
    "title",
)  # fmt: skip
_SNIPPET = 140


def snippet_of(event: StoredEvent, terms: Sequence[str]) -> str:
    """The words around the first term, on one line."""
    text = body_of(event.kind, event.data) or title_of(event.kind, event.data)
    met = re.search("|".join(map(re.escape, terms)), text, re.IGNORECASE)
    start = max(0, (met.start() if met else 0) - _SNIPPET // 3)
    cut = " ".join(text[start : start + _SNIPPET].split())
    return ("…" if start else "") + cut + ("…" if start + _SNIPPET < len(text) else "")
