"""Fills a diary's story from the store: the newest active days in detail, what was before in numbers.

Reads only. What it costs depends on the days told, not on the size of the store.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from datetime import tzinfo
from typing import Any

from journal.derive.diary.story import (
    BranchChange,
    Commit,
    Merge,
    Note,
    OpenBranch,
    Rewrite,
    SaidOfGotcha,
    SessionDay,
    Story,
)
from journal.moments import local_day
from journal.store.diary_days import first_moment_told, tallies_before
from journal.store.job_queries import read_jobs, unfinished_jobs
from journal.store.lesson_queries import lessons_of

_DAYS = 30
_NAMED_FILES = 3
_LISTED_FILES = 300  # a commit of more files is told by their number
_PROMPT_CHARACTERS = 600

# Commits made since a moment, those that they replaced and those that replaced them.
_LINES_OF_COMMITS = """
WITH RECURSIVE line (sha) AS (
    SELECT sha FROM git_commit WHERE project = :project AND committed_at >= :since
    UNION SELECT r.new FROM line JOIN rewrite r ON r.project = :project AND r.old = line.sha
    UNION SELECT r.old FROM line JOIN rewrite r ON r.project = :project AND r.new = line.sha
)
"""
_COMMITS = (
    _LINES_OF_COMMITS
    + """
SELECT c.committed_at, c.event, c.sha, c.subject, c.author, c.files, c.added, c.removed
FROM line JOIN git_commit c ON c.project = :project AND c.sha = line.sha JOIN event e ON e.id = c.event
ORDER BY c.committed_at, e.seq  -- of one second in the order of arrival: what follows sorts by time alone
"""
)
_COMMIT_LINKS = (
    _LINES_OF_COMMITS
    + """
SELECT line.sha, l.how, l.object FROM line CROSS JOIN link l ON l.subject = 'commit:' || line.sha
WHERE l.how IN ('made on', 'made in')
ORDER BY l.proof DESC, l.object DESC  -- the last one counts: hook before reflog before trailer
"""
)
_COMMIT_FILES = (
    _LINES_OF_COMMITS  # noqa: S608  a constant above; values are bound
    + """
SELECT sha, path FROM (
    SELECT f.sha, f.path, row_number() OVER (
        PARTITION BY f.sha ORDER BY coalesce(f.added, 0) + coalesce(f.removed, 0) DESC, f.path
    ) AS place
    FROM line
    CROSS JOIN git_commit c ON c.project = :project AND c.sha = line.sha AND c.files <= :listed
    CROSS JOIN git_commit_file f ON f.project = :project AND f.sha = line.sha
) WHERE place <= :named ORDER BY sha, place
"""
)
_REWRITES = (
    _LINES_OF_COMMITS
    + """
SELECT r.old, r.new, r.how FROM line JOIN rewrite r ON r.project = :project AND r.old = line.sha
"""
)
_PROMPTS = """
SELECT p.session, p.at, p.branch, substr(p.text, 1, :characters)
FROM event e CROSS JOIN prompt p ON p.event = e.id
WHERE e.kind = 'prompt' AND e.project = :project AND e.at >= :since ORDER BY p.at, e.seq
"""
# By minutes: exact at a local midnight, and a tenth of the rows.
_USAGE = """
SELECT session, min(at), max(at), sum(input + output + cache_write_5m + cache_write_1h)
FROM usage WHERE project = :project AND at >= :since GROUP BY session, substr(at, 1, 16)
"""
_SESSION = """
SELECT event, branch, started_at,
    (SELECT title FROM session_title t WHERE t.session = s.id ORDER BY rank DESC, at DESC, event DESC LIMIT 1)
FROM session s WHERE id = ?
"""
_FACTS = """
SELECT at, id, data FROM event WHERE kind = :kind AND project = :project AND at >= :since ORDER BY at, seq
"""
_SAID = """
SELECT e.at, e.id, 'G' || number, e.data ->> '$.action', e.data ->> '$.by', coalesce(e.data ->> '$.title', title, '')
FROM event e JOIN gotcha g ON g.id = e.data ->> '$.gotcha' JOIN gotcha_number n ON n.id = g.id
WHERE e.kind = 'gotcha' AND e.project = :project AND e.at >= :since ORDER BY e.at, e.seq
"""
_OPEN_BRANCHES = """
SELECT name, max(at) FROM branch
WHERE project = :project AND coalesce(created_at, '') >= coalesce(deleted_at, '') GROUP BY name
"""
_LAST_COMMIT_ON = """
SELECT max(c.committed_at) FROM link l CROSS JOIN git_commit c ON c.project = :project AND c.sha = substr(l.subject, 8)
WHERE l.object = 'branch:' || :branch AND l.how = 'made on' AND l.subject LIKE 'commit:%'
"""
_LAST_CHECKOUT = """
SELECT at, json_extract(data, '$.to_name') FROM event
WHERE kind = 'checkout' AND project = ? ORDER BY at DESC, seq DESC LIMIT 1
"""
_ANOTHER_AUTHOR = "SELECT EXISTS (SELECT 1 FROM git_commit WHERE project = ? AND author <> ?)"


def read_story(
    connection: sqlite3.Connection,
    project: str,
    zone: tzinfo,
    *,
    document: str = "SCRATCH.md",
    days: int = _DAYS,
    own_uid: int | None = None,
) -> Story:
    """The story of a project.

    Args:
        connection: the store.
        project: the project's id.
        zone: where days begin.
        document: the document that the story is told in: what a person wrote there stands there already.
        days: how many active days to tell in detail.
        own_uid: who reads it, for "cancelled by you".
    """
    since = first_moment_told(connection, project, zone, days)
    window = {"project": project, "since": since or ""}
    commits = list(_commits(connection, window))
    sessions = tuple(_sessions(connection, window, zone))
    branches = _open_branches(connection, project, commits, sessions)
    jobs = tuple(read_jobs(connection, project, since))
    return Story(
        since=since,
        branch=_branch_now(connection, project, commits, branches),
        open_branches=branches,
        own_author=_own_author(connection, project, commits),
        commits=tuple(commits),
        rewrites=tuple(Rewrite(*row) for row in connection.execute(_REWRITES, window)),
        sessions=sessions,
        branch_changes=tuple(
            BranchChange(at, event, fact["action"], fact["name"], fact.get("start"), fact.get("old_name"))
            for at, event, fact in _facts(connection, "branch", window)
        ),
        merges=tuple(
            Merge(at, event, fact["merged"], fact["into"], fact["fast_forward"])
            for at, event, fact in _facts(connection, "merge", window)
        ),
        notes=tuple(
            Note(at, event, fact["text"], fact["branch"])
            for at, event, fact in _facts(connection, "note", window)
            if fact["origin"] != document
        ),
        jobs=jobs,
        unfinished=tuple(unfinished_jobs(connection, project)),
        own_uid=own_uid,
        lessons=lessons_of(connection, jobs),
        said_of_gotchas=tuple(SaidOfGotcha(*row) for row in connection.execute(_SAID, window)),
        earlier=tuple(tallies_before(connection, project, since, zone)) if since else (),
    )


def _commits(connection: sqlite3.Connection, window: dict[str, str]) -> Iterator[Commit]:
    links: dict[tuple[str, str], str] = {}
    for sha, how, thing in connection.execute(_COMMIT_LINKS, window):
        links[sha, how] = thing.partition(":")[2]
    files: dict[str, list[str]] = {}
    limits = {"listed": _LISTED_FILES, "named": _NAMED_FILES}
    for sha, path in connection.execute(_COMMIT_FILES, {**window, **limits}):
        files.setdefault(sha, []).append(path)
    for at, event, sha, subject, author, file_count, added, removed in connection.execute(_COMMITS, window):
        yield Commit(
            at,
            event,
            sha,
            subject,
            author,
            branch=links.get((sha, "made on")),
            session=links.get((sha, "made in")),
            files=tuple(files.get(sha, ())),
            file_count=file_count,
            added=added,
            removed=removed,
        )


def _facts(
    connection: sqlite3.Connection, kind: str, window: dict[str, str]
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for at, event, data in connection.execute(_FACTS, {**window, "kind": kind}):
        yield at, event, json.loads(data)


def _sessions(connection: sqlite3.Connection, window: dict[str, str], zone: tzinfo) -> Iterator[SessionDay]:
    """Each session on each local day on which something was asked of it or tokens were spent."""
    prompts: dict[tuple[str, str], list[tuple[str, str | None, str]]] = {}
    for session, at, branch, text in connection.execute(_PROMPTS, {**window, "characters": _PROMPT_CHARACTERS}):
        prompts.setdefault((local_day(at, zone), session), []).append((at, branch, text))
    spent: dict[tuple[str, str], list[tuple[str, str, int]]] = {}
    for session, first, last, tokens in connection.execute(_USAGE, window):
        spent.setdefault((local_day(first, zone), session), []).append((first, last, tokens))
    for day, session in sorted(prompts.keys() | spent.keys()):
        row = connection.execute(_SESSION, (session,)).fetchone()
        if row is None:
            continue  # its first line was not captured (yet)
        event, branch, started_at, title = row
        asked, used = prompts.get((day, session), []), spent.get((day, session), [])
        yield SessionDay(
            at=min([at for at, _, _ in asked] + [first for first, _, _ in used]),
            until=max([at for at, _, _ in asked] + [last for _, last, _ in used]),
            event=event,
            session=session,
            title=title,
            branch=next((branch for _, branch, _ in asked if branch), branch),
            first=local_day(started_at, zone) >= day,
            prompts=tuple(text for _, _, text in asked),
            tokens=sum(tokens for _, _, tokens in used),
        )


def _open_branches(
    connection: sqlite3.Connection, project: str, commits: list[Commit], sessions: tuple[SessionDay, ...]
) -> tuple[OpenBranch, ...]:
    """Branches that exist in some clone, with their last commit or session, else when they came."""
    active: dict[str, str] = {}
    for branch, at in [(c.branch, c.at) for c in commits] + [(s.branch, s.until) for s in sessions]:
        if branch is not None:
            active[branch] = max(at, active.get(branch, ""))
    found: list[OpenBranch] = []
    for branch, came_at in connection.execute(_OPEN_BRANCHES, {"project": project}).fetchall():
        last = active.get(branch)
        if last is None:
            last = connection.execute(_LAST_COMMIT_ON, {"project": project, "branch": branch}).fetchone()[0]
        found.append(OpenBranch(branch, last or came_at))
    return tuple(sorted(found, key=lambda branch: (branch.at, branch.name), reverse=True))


def _branch_now(
    connection: sqlite3.Connection, project: str, commits: list[Commit], branches: tuple[OpenBranch, ...]
) -> str | None:
    """What the last checkout, or a commit since, was on; without either, the only branch there is."""
    row = connection.execute(_LAST_CHECKOUT, (project,)).fetchone()
    at, branch = row if row is not None else ("", None)
    last = next((commit for commit in reversed(commits) if commit.branch), None)
    if last is not None and last.at > at:
        return last.branch
    if branch is None and len(branches) == 1:
        return branches[0].name
    return str(branch) if branch is not None else None


def _own_author(connection: sqlite3.Connection, project: str, commits: list[Commit]) -> str | None:
    """Who made most of what was seen being made here, or the only author there is."""
    made_here = Counter(commit.author for commit in commits if commit.branch or commit.session)
    if made_here:
        return max(made_here, key=lambda author: (made_here[author], author))
    if not commits:
        return None
    several = connection.execute(_ANOTHER_AUTHOR, (project, commits[0].author)).fetchone()[0]
    return None if several else commits[0].author
