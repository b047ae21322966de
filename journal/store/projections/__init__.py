"""Projections: tables computed from the event log, kept up with every append and rebuilt from nothing.

Each module maps kinds of event to functions that fold stored events of that kind into its tables. Folding is
idempotent and does not depend on the order in which events arrive, so that a rebuild and two machines that
exchanged their logs end with the same tables.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from operator import attrgetter

from journal.store.projections import event_text, git, gotchas, jobs, links, logs, sessions
from journal.store.stored_event import StoredEvent

Fold = Callable[[sqlite3.Connection, Sequence[StoredEvent]], None]

_FOLDS: dict[str, Fold] = {
    **git.PROJECTIONS,
    **sessions.PROJECTIONS,
    **links.PROJECTIONS,
    **jobs.PROJECTIONS,
    **logs.PROJECTIONS,
    **gotchas.PROJECTIONS,
}

# Every table that `rebuild` empties and fills again.
PROJECTED_TABLES = (
    "clone",
    "git_commit",
    "git_commit_file",
    "rewrite",
    "branch",
    "session",
    "session_title",
    "prompt",
    "usage",
    "link",
    "attempt",
    "submission",
    "job",
    "job_script",
    "drift",
    "job_log",
    "failed_job",
    "fix",
    "gotcha_word",
    "gotcha",
)


def project(connection: sqlite3.Connection, events: Iterable[StoredEvent]) -> None:
    """Folds events into every table that their kinds concern."""
    by_kind = sorted(events, key=attrgetter("kind"))
    for kind, group in groupby(by_kind, key=attrgetter("kind")):
        same_kind = list(group)
        event_text.index(connection, same_kind)
        if kind in _FOLDS:
            _FOLDS[kind](connection, same_kind)
