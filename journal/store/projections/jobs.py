"""The tables of batch jobs: job, attempt, submission, job_script, drift.

Whatever the order in which events arrive, and however often, the tables come out the same. Of one try much is told:
that it waits, runs, ended; the telling that knows most makes the row (see `_rank`), but its QOS and where its output
goes are taken from whoever knows them best.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from journal.events import canonical_json
from journal.job_states import REPLACED, Try, first_submissions, is_over, is_waiting
from journal.store.stored_event import StoredEvent

_KNOWN_LAST = """
SELECT cluster, raw_id, submitted_at, data, event, project FROM json_each(?)
CROSS JOIN attempt ON raw_id = value ->> 1 AND cluster = value ->> 0 AND submitted_at = value ->> 2
"""

# `first_submitted_at` is the try's own until `_find_first_submissions` has looked at the others.
_ATTEMPT = """
INSERT INTO attempt (cluster, raw_id, submitted_at, job_id, first_submitted_at, task, component, project,
    state, started_at, ended_at, elapsed_s, name, work_dir, data, event, rank)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, coalesce(?, (SELECT data FROM event WHERE id = ?)), ?, ?)
ON CONFLICT DO UPDATE SET job_id = excluded.job_id, first_submitted_at = excluded.first_submitted_at,
    task = excluded.task, component = excluded.component, project = excluded.project, state = excluded.state,
    started_at = excluded.started_at, ended_at = excluded.ended_at, elapsed_s = excluded.elapsed_s,
    name = excluded.name, work_dir = excluded.work_dir, data = excluded.data, event = excluded.event,
    rank = excluded.rank
"""


def _fold_attempts(connection: sqlite3.Connection, events: Sequence[StoredEvent]) -> None:
    keys = [(e.data["cluster"], e.data["raw_id"], e.data["submitted_at"]) for e in events]
    best: dict[tuple[str, str, str], _Telling] = {}
    for *key, data, event_id, project in connection.execute(_KNOWN_LAST, (json.dumps(list(dict.fromkeys(keys))),)):
        best[key[0], key[1], key[2]] = _Telling(json.loads(data), event_id, project, merged=True)
    for key, event in zip(keys, events, strict=True):
        telling = _Telling(event.data, event.id, event.project, merged=False)
        best[key] = _merged(best[key], telling) if key in best else telling
    connection.executemany(_ATTEMPT, map(_row, best.values()))
    _find_first_submissions(connection, {(t.fact["cluster"], t.fact["job_id"]) for t in best.values()})


class _Telling:
    """What was told of a try, by which event; `merged` where others may have added to it."""

    __slots__ = ("event", "fact", "merged", "project")

    def __init__(self, fact: dict[str, Any], event: str, project: str | None, *, merged: bool) -> None:
        self.fact = fact
        self.event = event
        self.project = project
        self.merged = merged


def _merged(one: _Telling, other: _Telling) -> _Telling:
    better, worse = sorted((one, other), key=_order, reverse=True)
    told = {name: _best(one.fact.get(name), other.fact.get(name)) for name in ("stdout", "stderr", "qos")}
    known = {name: text for name, text in told.items() if text}
    return _Telling({**better.fact, **known}, better.event, better.project or worse.project, merged=True)


def _best(one: str | None, other: str | None) -> str | None:
    """The one whose patterns (`%j`) are filled in; accounting does not say how they were."""
    return max(filter(None, (one, other)), key=lambda path: ("%" not in path, path), default=None)


def _order(telling: _Telling) -> tuple[int, str, str]:
    return (_rank(telling.fact), telling.fact.get("seen_at", ""), telling.event)


_CLASS = 1_000_000


def _rank(fact: Mapping[str, Any]) -> int:
    """How much a telling knows: over beats running beats waiting, accounting beats the queue, more steps beat fewer.

    A row that was replaced by a requeue was over before, under another name.
    """
    state = fact["state"]
    known = (4 if state in REPLACED else 3) if is_over(state) else 1 if is_waiting(state) else 2
    if fact.get("torn"):
        return known * _CLASS - 1
    steps: list[dict[str, Any]] = fact.get("steps", [])
    ended = sum(1 for step in steps if is_over(step["state"]))
    asked = 1 if fact["told_by"] == "sacct" else 0
    return known * _CLASS + asked * _CLASS // 2 + min(ended * 2 + len(steps), _CLASS // 2 - 1) * asked


def _row(telling: _Telling) -> tuple[Any, ...]:
    fact = telling.fact
    return (
        fact["cluster"],
        fact["raw_id"],
        fact["submitted_at"],
        fact["job_id"],
        fact["submitted_at"],
        fact.get("task"),
        fact.get("component"),
        telling.project,
        fact["state"],
        fact.get("started_at"),
        fact.get("ended_at"),
        fact.get("elapsed_s"),
        fact.get("name"),
        fact.get("work_dir"),
        canonical_json(fact) if telling.merged else None,
        telling.event,
        telling.event,
        _rank(fact),
    )


_REQUEUED = """
SELECT cluster, job_id FROM json_each(?) CROSS JOIN attempt ON job_id = value ->> 1 AND cluster = value ->> 0
GROUP BY cluster, job_id HAVING min(submitted_at) < max(submitted_at)
"""
_TRIES = "SELECT raw_id, submitted_at, state, name, work_dir FROM attempt WHERE cluster = ? AND job_id = ?"
_SET = "UPDATE attempt SET first_submitted_at = ? WHERE cluster = ? AND raw_id = ? AND submitted_at = ?"


def _find_first_submissions(connection: sqlite3.Connection, jobs: Iterable[tuple[str, str]]) -> None:
    """Tells tries of one job from those of another that got its number later."""
    for cluster, job_id in connection.execute(_REQUEUED, (json.dumps(sorted(jobs)),)).fetchall():
        firsts = first_submissions(Try(*row) for row in connection.execute(_TRIES, (cluster, job_id)))
        connection.executemany(_SET, ((first, cluster, raw_id, at) for (raw_id, at), first in firsts.items()))


def _fold_submissions(connection: sqlite3.Connection, events: Sequence[StoredEvent]) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO submission (event, project, cluster, job_id, at, told_by, command, cwd, snapshot,"
        " session, data) VALUES (:event, :project, :cluster, :job_id, :at, :told_by, :command, :cwd, :snapshot,"
        " :session, :whole)",
        ({**e.data, "event": e.id, "project": e.project, "at": e.at, "whole": canonical_json(e.data)} for e in events),
    )


# Of two events that tell of one thing the one with the smaller id counts, on every machine.


def _fold_jobs(connection: sqlite3.Connection, events: Sequence[StoredEvent]) -> None:
    connection.executemany(
        "INSERT INTO job (cluster, job_id, submitted_at, event, project, name, work_dir, command)"
        " VALUES (:cluster, :job_id, :submitted_at, :event, :project, :name, :work_dir, :command)"
        " ON CONFLICT DO UPDATE SET event = excluded.event, project = excluded.project, name = excluded.name,"
        " work_dir = excluded.work_dir, command = excluded.command WHERE excluded.event < event",
        ({**e.data, "event": e.id, "project": e.project} for e in events),
    )


def _fold_scripts(connection: sqlite3.Connection, events: Sequence[StoredEvent]) -> None:
    connection.executemany(
        "INSERT INTO job_script (cluster, job_id, submitted_at, event, told_by, text)"
        " VALUES (:cluster, :job_id, :submitted_at, :event, :told_by, :text)"
        " ON CONFLICT DO UPDATE SET event = excluded.event, told_by = excluded.told_by, text = excluded.text"
        " WHERE excluded.event < event",
        ({**e.data, "event": e.id} for e in events),
    )


def _fold_drifts(connection: sqlite3.Connection, events: Sequence[StoredEvent]) -> None:
    connection.executemany(
        "INSERT INTO drift (cluster, job_id, submitted_at, moment, event, data)"
        " VALUES (:cluster, :job_id, :submitted_at, :moment, :event, :whole)"
        " ON CONFLICT DO UPDATE SET event = excluded.event, data = excluded.data WHERE excluded.event < event",
        ({**e.data, "event": e.id, "whole": canonical_json(e.data)} for e in events),
    )


PROJECTIONS = {
    "attempt": _fold_attempts,
    "submission": _fold_submissions,
    "job": _fold_jobs,
    "script": _fold_scripts,
    "drift": _fold_drifts,
}
