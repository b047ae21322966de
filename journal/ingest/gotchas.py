"""The stage of a capture that learns: when a run got past what an earlier one of the same script failed of.

Logs are read in any order, those of long ago too. So each log that is new is looked at both ways: was it of a run that
got past an earlier failure, and has a later run got past the failure that it shows? What was changed in between becomes
a `fix` event; all else that is told of gotchas follows from the events (see `journal.store.projections.gotchas`).
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from journal.capture.place import Place
from journal.derive.gotcha.run import Failure, Run, got_past
from journal.events import Batch
from journal.ingest.fixes import SOURCE, Fixes
from journal.ingest.scripts import POLLER
from journal.moments import from_epoch, to_datetime
from journal.store.event_log import append_batch, cursors
from journal.store.run_queries import failed_before, read_run, submitted_after

_REACHED = "reached"  # cursor: the last event that was looked at
_MOST_LOGS = 500  # looked at in a cycle
_MOST_FIXES = 20  # found in a cycle: git compares trees for each
_MOST_RUNS = 60  # that may have run the same, looked at for each
_REMEMBERED_SECONDS = 60 * 86400.0  # a script that passes later than that is hardly the same

_NEW_LOGS = """
SELECT seq, data FROM event WHERE seq > ? AND +kind = 'log' AND project IS NOT NULL ORDER BY seq LIMIT ?
"""


class _Overcome(NamedTuple):
    failed: Run
    failure: Failure
    passed: Run


def learn(connection: sqlite3.Connection, places: Iterable[Place]) -> Counter[str]:
    """Looks at the logs that are new, and tells of what got past a failure.

    Args:
        connection: an open store, which the logs are in already.
        places: the clones of this machine.

    Returns:
        How many events of each kind were new.
    """
    reached = int(cursors(connection, POLLER, SOURCE).get(_REACHED, 0))
    (last,) = connection.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()
    if last == reached:
        return Counter()
    if last < reached:  # events were purged, and their numbers are given out again
        reached = 0
    return _Learner(connection, places).learn(reached, last)


class _Learner:
    """What is learned in one cycle; each run is put together once."""

    def __init__(self, connection: sqlite3.Connection, places: Iterable[Place]) -> None:
        self._connection = connection
        self._places = places
        self._by_writer: dict[str, Place] | None = None
        self._fixes: Fixes | None = None
        self._runs: dict[tuple[str, str, str], Run | None] = {}

    def learn(self, reached: int, last: int) -> Counter[str]:
        new: Counter[str] = Counter()
        rows = self._connection.execute(_NEW_LOGS, (reached, _MOST_LOGS)).fetchall()
        looked_at: set[tuple[str, str, str]] = set()
        for seq, data in rows:
            if new.total() >= _MOST_FIXES:
                break
            fact = json.loads(data)
            key = (fact["cluster"], fact["job_id"], fact["submitted_at"])
            if key not in looked_at:
                looked_at.add(key)
                for overcome in self._overcome(key):
                    new.update(self._tell(overcome))
            reached = seq
        else:
            reached = reached if len(rows) == _MOST_LOGS else last
        append_batch(self._connection, POLLER, SOURCE, Batch([], {_REACHED: reached}, {}))
        return new

    def _overcome(self, key: tuple[str, str, str]) -> Iterator[_Overcome]:
        run = self._run(key)
        if run is not None and run.is_over:
            yield from self._got_past_by(run)
        for failure in run.failures.values() if run else ():
            if run and self._is_known(failure):
                yield from self._since(run, failure)

    def _is_known(self, failure: Failure) -> bool:
        """Whether a failure is a gotcha, or a candidate."""
        return self._connection.execute("SELECT 1 FROM gotcha WHERE id = ?", (failure.gotcha,)).fetchone() is not None

    def _got_past_by(self, passed: Run) -> Iterator[_Overcome]:
        """The last failures of the same script, each of its kind, that a run got past."""
        since = from_epoch(to_datetime(passed.job.submitted_at).timestamp() - _REMEMBERED_SECONDS)
        settled: set[str] = set()
        for before in failed_before(self._connection, passed.job, since, _MOST_RUNS):
            failed = self._run(before[1:4]) if before.gotcha not in settled else None
            if failed is None or not failed.keys & passed.keys:
                continue
            settled.add(before.gotcha)
            for failure in failed.failures.values():
                if failure.gotcha == before.gotcha and not before.overcome and got_past(failed, failure, passed):
                    yield _Overcome(failed, failure, passed)

    def _since(self, failed: Run, failure: Failure) -> Iterator[_Overcome]:
        """The first later run of the same script that got past a failure, unless another failed alike before it."""
        until = from_epoch(to_datetime(failure.at).timestamp() + _REMEMBERED_SECONDS)
        for key in submitted_after(self._connection, failed.job, failure.at, until, _MOST_RUNS):
            later = self._run(key)
            if later is None or not failed.keys & later.keys:
                continue
            if failure.fingerprint in later.failures:
                return
            if got_past(failed, failure, later):
                yield _Overcome(failed, failure, later)
                return

    def _run(self, key: tuple[str, str, str]) -> Run | None:
        if key not in self._runs:
            self._runs[key] = read_run(self._connection, *key)
        return self._runs[key]

    def _tell(self, found: _Overcome) -> Counter[str]:
        if self._fixes is None:
            self._fixes = Fixes(self._connection)
        query = "SELECT writer FROM event WHERE id = ?"
        (writer,) = self._connection.execute(query, (found.passed.job.event,)).fetchone()
        event = self._fixes.between(found.failed, found.failure, found.passed, self._place(writer))
        return append_batch(self._connection, writer, SOURCE, Batch([event], {}, {}))

    def _place(self, writer: str) -> Place | None:
        if self._by_writer is None:
            self._by_writer = {place.writer: place for place in self._places}
        return self._by_writer.get(writer)
