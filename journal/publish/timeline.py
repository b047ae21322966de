"""The timeline: the one document that is published, redacted, and the same bytes for the same store.

Its shape is schema/timeline.schema.json. What goes in is chosen, not filtered out: titles of sessions, subjects of
commits, names of branches, numbers. Prompts, diffs, file names, hosts and paths are not read at all. People are
"researcher 1", "researcher 2", … in the order of their first commit unless asked for by name. Every word that a
person or an agent wrote passes through the redactor.
"""

import re
import sqlite3
from collections.abc import Iterable
from typing import Any, NamedTuple

from journal import __version__
from journal.derive.redaction.redactor import Redactor
from journal.derive.side_branches import Ancestry, side_branches
from journal.derive.token_cost import total
from journal.publish.lanes import Lane, LaneTable
from journal.store import timeline_queries as read

FORMAT = "journal-timeline/1"

_TITLE_LIMIT = 240
# Control characters, and the marks that reorder or hide text: none has a place in a title.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)


class Include(NamedTuple):
    """What is private unless asked for.

    Attributes:
        authors: people's names instead of "researcher 1".
        notes: the texts of notes (their number is always told).
    """

    authors: bool = False
    notes: bool = False


class Scope(NamedTuple):
    """Which part of the story: moments in stored form, inclusive; None is without bound."""

    since: str | None = None
    until: str | None = None


PRIVATE = Include()
WHOLE_STORY = Scope()


def build_timeline(
    db: sqlite3.Connection,
    project: str,
    redactor: Redactor,
    *,
    title: str | None = None,
    scope: Scope = WHOLE_STORY,
    include: Include = PRIVATE,
) -> dict[str, Any]:
    """The timeline of one project.

    Args:
        db: the store; only read.
        project: the project's id.
        redactor: what every text goes through; its counts end up in the document.
        title: the page's title; the project's name where None. Redacted like everything else.
        scope: which part of the story.
        include: what is told although it is private by default.
    """
    words = _Words(redactor)
    name = words.clean(read.project_name(db, project) or "untitled project")
    ties = read.commit_ties(db, project)
    recorded = list(ties.branch.values())
    told = _told_by_merges(db, project, ties)
    standing = [row for row in read.commits(db, project, *scope) if row.sha not in ties.gone]
    talks = list(read.sessions(db, project, *scope))
    joins = list(read.merges(db, project, *scope))
    written = list(read.notes(db, project, *scope))

    merge_commits = {row.sha for row in standing if len(row.parents) > 1}  # they tell of their merge themselves
    lanes = LaneTable([*read.branches(db, project), *told.values()], recorded)
    for row in standing:
        lanes.live(ties.branch.get(row.sha), row.at)
    for talk in talks:
        lanes.live(talk.branch, talk.at, talk.ended_at)
    for row in standing:
        if row.sha in told:
            lanes.merge(told[row.sha].name, told[row.sha].start, row.at)
    for join in joins:
        lanes.merge(join.merged, join.into, join.at)

    events = [
        *_commit_events(
            standing, ties, {talk.id: talk.event for talk in talks}, lanes, words, _Authors(include, words)
        ),
        *_session_events(talks, standing, ties, lanes, words),
        *(_merge_event(join, lanes, words) for join in joins if join.new not in merge_commits),
        *(_note_event(note, lanes, words) for note in written if include.notes),
    ]
    events.sort(key=lambda event: event["at"])  # of one moment they stay in the order of arrival
    tokens = total(talk.tokens for talk in talks)
    return {
        "format": FORMAT,
        "title": words.clean(title) if title else name,
        "generated_by": {"name": "journal", "version": __version__},
        "project": {"id": project, "name": name},
        "span": {"from": events[0]["at"] if events else None, "to": events[-1]["at"] if events else None},
        "totals": {
            "days": len({event["at"][:10] for event in events}),
            "commits": len(standing),
            "sessions": len(talks),
            **read.job_totals(db, project, *scope)._asdict(),
            "notes": len(written),
            "tokens": tokens._asdict(),
            "cost_usd": None,
        },
        "lanes": [_lane(lane, words) for lane in lanes.ordered()],
        "events": events,
        "redactions": dict(sorted(redactor.counts.items())),
    }


def _told_by_merges(db: sqlite3.Connection, project: str, ties: read.CommitTies) -> dict[str, read.BranchRow]:
    """Branches from before the journal came, by the merge that ended each; their commits are added to the ties."""
    history = (
        Ancestry(row.sha, row.parents, row.subject) for row in read.commits(db, project) if row.sha not in ties.gone
    )
    told: dict[str, read.BranchRow] = {}
    for side in side_branches(history):
        own = [sha for sha in side.commits if sha not in ties.branch]
        ties.branch.update(dict.fromkeys(own, side.name))
        if own:
            told[side.merge] = read.BranchRow(side.name, None, None, side.into)
    return told


class _Words:
    """Text on its way out: unseen characters go, secrets and names go, then it is cut to length."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    def clean(self, text: str) -> str:
        seen = _UNSEEN.sub("", text.replace("\t", " ").replace("\r", " ").replace("\n", " "))
        seen = seen.encode("utf-8", "replace").decode("utf-8")
        kept = self._redactor.text(seen).strip()
        return kept if len(kept) <= _TITLE_LIMIT else kept[: _TITLE_LIMIT - 1].rstrip() + "…"


class _Authors:
    """People by the name under which they may be published; one person may have several addresses."""

    def __init__(self, include: Include, words: _Words) -> None:
        self._named = include.authors
        self._words = words
        self._known: dict[str, str] = {}

    def public_name(self, name: str, email: str) -> str:
        keys = [key for key in (f"name:{name.casefold()}", f"email:{email.casefold()}") if not key.endswith(":")]
        found = next((self._known[key] for key in keys if key in self._known), None)
        if found is None:
            number = len(set(self._known.values())) + 1
            found = (self._named and self._words.clean(name)) or f"researcher {number}"
        self._known.update(dict.fromkeys(keys, found))
        return found


def _commit_events(
    rows: Iterable[read.CommitRow],
    ties: read.CommitTies,
    session_events: dict[str, str],
    lanes: LaneTable,
    words: _Words,
    authors: _Authors,
) -> Iterable[dict[str, Any]]:
    for row in rows:
        session = session_events.get(ties.session.get(row.sha, ""))
        event: dict[str, Any] = {
            "id": row.event,
            "kind": "commit",
            "at": row.at,
            "lane": lanes.id_of(ties.branch.get(row.sha)),
            "title": words.clean(row.subject) or "(no message)",
            "sha": row.sha,
            "parents": len(row.parents),
            "author": authors.public_name(row.author, row.author_email),
            "files": row.files,
            "added": row.added,
            "removed": row.removed,
            "links": [session] if session else [],
        }
        if row.sha in ties.replaces:
            event["replaces"] = ties.replaces[row.sha]
        yield event


def _session_events(
    rows: Iterable[read.SessionRow],
    standing: Iterable[read.CommitRow],
    ties: read.CommitTies,
    lanes: LaneTable,
    words: _Words,
) -> Iterable[dict[str, Any]]:
    made: dict[str, list[str]] = {}
    for commit in standing:
        if commit.sha in ties.session:
            made.setdefault(ties.session[commit.sha], []).append(commit.event)
    for row in rows:
        yield {
            "id": row.event,
            "kind": "session",
            "at": row.at,
            "ended_at": row.ended_at,
            "lane": lanes.id_of(row.branch),
            "title": words.clean(row.title or "") or "untitled session",
            "agent": row.agent,
            "tokens": row.tokens._asdict(),
            "links": made.get(row.id, []),
        }


def _merge_event(row: read.MergeRow, lanes: LaneTable, words: _Words) -> dict[str, Any]:
    return {
        "id": row.event,
        "kind": "merge",
        "at": row.at,
        "lane": lanes.id_of(row.into),
        "title": f"Merged {words.clean(row.merged)}" + (f" into {words.clean(row.into)}" if row.into else ""),
        "links": [],
    }


def _note_event(row: read.NoteRow, lanes: LaneTable, words: _Words) -> dict[str, Any]:
    return {
        "id": row.event,
        "kind": "note",
        "at": row.at,
        "lane": lanes.id_of(row.branch),
        "title": words.clean(row.text),
        "links": [],
    }


def _lane(lane: Lane, words: _Words) -> dict[str, Any]:
    return {
        "id": lane.id,
        "kind": "branch",
        "name": words.clean(lane.name),
        "parent": lane.parent,
        "from": lane.begins,
        "to": lane.ends,
        "status": lane.status,
    }
