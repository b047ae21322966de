"""The stage of a capture that learns: when a run got past what an earlier one of the same script failed of.

What is new is cheap to see, and mostly nothing: only then is the rest loaded (see `journal.ingest.overcome`).
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable
from typing import Any

from journal.capture.place import Place
from journal.events import Batch
from journal.store.event_log import POLLER, append_batch, cursors

SOURCE = "gotcha"

_REACHED = "reached"  # cursor: the last event that was looked at
_MOST_ENDS = 500  # looked at in a cycle
_MOST_FIXES = 20  # found in a cycle: git compares trees for each
_LAG = 5000  # events that may be looked through again, rather than to write for each capture

_ANY_FAILURE = "SELECT 1 FROM failed_job LIMIT 1"
# Logs tell of both; a run whose log cannot be read, or that has none, still shows that it got past.
_ENDS = """
SELECT event.seq, event.project, event.data ->> '$.cluster', event.data ->> '$.job_id',
    coalesce(attempt.first_submitted_at, event.data ->> '$.submitted_at'),
    coalesce(event.data ->> '$.label', 'ok') <> 'ok'
FROM event LEFT JOIN attempt ON +event.kind = 'attempt' AND attempt.raw_id = event.data ->> '$.raw_id'
    AND attempt.cluster = event.data ->> '$.cluster' AND attempt.submitted_at = event.data ->> '$.submitted_at'
WHERE event.seq > ? AND event.project IS NOT NULL
    AND (+event.kind = 'log' OR (+event.kind = 'attempt' AND event.data ->> '$.state' = 'COMPLETED'))
ORDER BY event.seq LIMIT ?
"""


def learn(connection: sqlite3.Connection, places: Iterable[Place] | None = None) -> Counter[str]:
    """Looks at the runs whose ends are new, and tells of what got past a failure.

    Args:
        connection: an open store, which logs and tries are in already.
        places: the clones of this machine; None for those that the store knows.

    Returns:
        How many events of each kind were new.
    """
    reached = int(cursors(connection, POLLER, SOURCE).get(_REACHED, 0))
    (last,) = connection.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()
    if last == reached:
        return Counter()
    if last < reached:  # events were purged, and their numbers are given out again
        reached = 0
    if connection.execute(_ANY_FAILURE).fetchone() is None:
        rows: list[tuple[Any, ...]] = []
    else:
        rows = connection.execute(_ENDS, (reached, _MOST_ENDS)).fetchall()
    if not rows:
        if last - reached > _LAG:
            _reach(connection, last)
        return Counter()
    from journal.ingest.known_places import known_places
    from journal.ingest.overcome import End, Overcoming

    overcoming = Overcoming(connection, known_places(connection) if places is None else places)
    told: Counter[str] = Counter()
    looked_at: set[tuple[Any, ...]] = set()
    for seq, *end in rows:
        if told.total() >= _MOST_FIXES:
            _reach(connection, seq - 1)
            return told
        if tuple(end) not in looked_at:
            looked_at.add(tuple(end))
            told.update(overcoming.tell(End(*end)))
    _reach(connection, rows[-1][0] if len(rows) == _MOST_ENDS else last)
    return told


def _reach(connection: sqlite3.Connection, seq: int) -> None:
    append_batch(connection, POLLER, SOURCE, Batch([], {_REACHED: seq}, {}))
