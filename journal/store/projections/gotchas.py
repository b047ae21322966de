"""The tables of gotchas: fix, gotcha_word and, from these and failed_job, gotcha.

A gotcha's row is computed anew from all that is known of it whenever something new is, so that it comes out the same
in whatever order that came.
"""

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from journal.derive.gotcha.identity import gotcha_id
from journal.derive.gotcha.standing import Sightings, ToldFix, Word, standing, weight_of
from journal.events import canonical_json
from journal.store.stored_event import StoredEvent

_COUNTS = """
SELECT count(*), count(DISTINCT project), count(DISTINCT cluster), min(first_at), max(at) FROM failed_job
WHERE gotcha = ?
"""
_LAST = """
SELECT log, event.data ->> '$.label', event.data ->> '$.fingerprint' FROM failed_job JOIN event ON event.id = log
WHERE gotcha = ? ORDER BY failed_job.at DESC, log DESC LIMIT 1
"""
_FIXES = """
SELECT event, failed, failed_submitted_at, passed, passed_submitted_at, weight FROM upheld_fix WHERE gotcha = ?
"""
_WORDS = "SELECT event, at, data FROM gotcha_word WHERE gotcha = ?"
_GOTCHA = """
INSERT OR REPLACE INTO gotcha (id, status, scope, title, advice, label, fingerprint, fix, fixed_at, jobs,
    first_seen_at, last_seen_at, log)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
# OR IGNORE would use a number up each time.
_NUMBER = "INSERT INTO gotcha_number (id) SELECT ? WHERE NOT EXISTS (SELECT 1 FROM gotcha_number WHERE id = ?)"


def refold(connection: sqlite3.Connection, gotchas: Sequence[str]) -> None:
    """Computes the rows of some gotchas anew, in the order in which they were met, and gives numbers to new ones."""
    for gotcha in gotchas:
        sightings = _sightings(connection, gotcha)
        fixes = [ToldFix(row[0], row[1:3], row[3:5], row[5]) for row in connection.execute(_FIXES, (gotcha,))]
        words = [Word(event, at, json.loads(data)) for event, at, data in connection.execute(_WORDS, (gotcha,))]
        stands = standing(sightings, fixes, words)
        if stands is None:
            connection.execute("DELETE FROM gotcha WHERE id = ?", (gotcha,))
            continue
        seen = (sightings.jobs, sightings.first_at, sightings.last_at, sightings.log)
        connection.execute(_GOTCHA, (gotcha, *stands, *seen))
        connection.execute(_NUMBER, (gotcha, gotcha))


def _sightings(connection: sqlite3.Connection, gotcha: str) -> Sightings:
    counts = connection.execute(_COUNTS, (gotcha,)).fetchone()
    return Sightings(*counts, *(connection.execute(_LAST, (gotcha,)).fetchone() or (None, None, None)))


def _fold_fixes(connection: sqlite3.Connection, events: Sequence[StoredEvent]) -> None:
    rows: list[dict[str, Any]] = [
        {
            **event.data,
            "event": event.id,
            "project": event.project,
            "gotcha": gotcha_id(event.data["fingerprint"]),
            "weight": weight_of(event.data),
            "whole": canonical_json(event.data),
        }
        for event in events
    ]
    connection.executemany(
        "INSERT OR IGNORE INTO fix (event, gotcha, project, cluster, failed, failed_submitted_at, passed,"
        " passed_submitted_at, weight, data) VALUES (:event, :gotcha, :project, :cluster, :failed,"
        " :failed_submitted_at, :passed, :passed_submitted_at, :weight, :whole)",
        rows,
    )
    refold(connection, list(dict.fromkeys(row["gotcha"] for row in rows)))


def _fold_words(connection: sqlite3.Connection, events: Sequence[StoredEvent]) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO gotcha_word (event, gotcha, project, at, data) VALUES (?, ?, ?, ?, ?)",
        ((e.id, e.data["gotcha"], e.project, e.at, canonical_json(e.data)) for e in events),
    )
    refold(connection, list(dict.fromkeys(event.data["gotcha"] for event in events)))


PROJECTIONS = {"fix": _fold_fixes, "gotcha": _fold_words}
