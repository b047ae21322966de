"""The stage of a capture that learns: when a run got past what an earlier one of the same script failed of.

What is new is cheap to see, and mostly nothing: only then is the rest loaded (see `journal.ingest.overcome`).
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator

from journal.capture.place import Place
from journal.events import Batch
from journal.store.event_log import POLLER, append_batch, cursors

SOURCE = "gotcha"

_REACHED = "reached"  # cursor: the last event that was looked at
_MOST_ENDS = 500  # looked at in a cycle
_MOST_FIXES = 20  # found in a cycle: git compares trees for each
_LAG = 5000  # events that may be looked through again, rather than to write for each capture

_ANY_FAILURE = "SELECT 1 FROM job_log WHERE gotcha IS NOT NULL LIMIT 1"
# Logs tell of both; a run whose log cannot be read, or that has none, still shows that it got past.
_ENDS = """
SELECT seq, data FROM event
WHERE seq > ? AND project IS NOT NULL
    AND (+kind = 'log' OR (+kind = 'attempt' AND data ->> '$.state' = 'COMPLETED'))
ORDER BY seq LIMIT ?
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
        rows: list[tuple[int, str]] = []
    else:
        rows = connection.execute(_ENDS, (reached, _MOST_ENDS)).fetchall()
    if not rows:
        if last - reached > _LAG:
            _reach(connection, last)
        return Counter()
    from journal.ingest.known_places import known_places
    from journal.ingest.overcome import Overcoming

    overcoming = Overcoming(connection, known_places(connection) if places is None else places)
    told: Counter[str] = Counter()
    for seq, key in _jobs(rows):
        if told.total() >= _MOST_FIXES:
            _reach(connection, seq - 1)
            return told
        told.update(overcoming.tell(key))
    _reach(connection, rows[-1][0] if len(rows) == _MOST_ENDS else last)
    return told


def _jobs(rows: Iterable[tuple[int, str]]) -> Iterator[tuple[int, tuple[str, str, str]]]:
    """Each job that ended, once: the place of the event, and its cluster, number and submission."""
    seen: set[tuple[str, str, str]] = set()
    for seq, data in rows:
        fact = json.loads(data)
        key = (fact["cluster"], fact["job_id"], fact["submitted_at"])
        if key not in seen:
            seen.add(key)
            yield seq, key


def _reach(connection: sqlite3.Connection, seq: int) -> None:
    append_batch(connection, POLLER, SOURCE, Batch([], {_REACHED: seq}, {}))
