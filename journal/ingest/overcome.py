"""Which runs got past which failures: found from either side.

Logs are read in any order, those of long ago too. So of each run whose end is new both is asked: did it get past an
earlier failure of the same script, and has a later run got past its own? What was changed in between becomes a `fix`
event; all else that is told of gotchas follows from the events (see `journal.store.projections.gotchas`).
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from journal.capture.place import Place
from journal.derive.gotcha.run import Failure, Run, got_past
from journal.events import Batch
from journal.ingest.fixes import Fixes
from journal.ingest.gotchas import SOURCE
from journal.moments import from_epoch, to_datetime
from journal.store.event_log import append_batch
from journal.store.run_queries import FailedBefore, failed_before, read_keys, read_run, submitted_after

_MOST_RUNS = 60  # that may have run the same, looked at for each
_REMEMBERED_SECONDS = 60 * 86400.0  # a script that passes later than that is hardly the same


class Overcome(NamedTuple):
    """A failure, and the run that got past it."""

    failed: Run
    failure: Failure
    passed: Run


class End(NamedTuple):
    """A job of which something has ended; `failed`: its log shows a failure."""

    project: str
    cluster: str
    job_id: str
    submitted_at: str
    failed: bool

    @property
    def job(self) -> tuple[str, str, str]:
        """Its cluster, number and submission."""
        return self.cluster, self.job_id, self.submitted_at


class Overcoming:
    """What is found in one cycle; each run is put together once.

    Args:
        connection: an open store.
        places: the clones of this machine.
    """

    def __init__(self, connection: sqlite3.Connection, places: Iterable[Place]) -> None:
        self._connection = connection
        self._places = places
        self._by_writer: dict[str, Place] | None = None
        self._fixes: Fixes | None = None
        self._runs: dict[tuple[str, str, str], Run | None] = {}
        self._keys: dict[tuple[str, str, str], frozenset[str]] = {}

    def tell(self, end: End) -> Counter[str]:
        """Stores what a job got past, and what got past it; returns how many events of each kind were new."""
        told: Counter[str] = Counter()
        for found in self.of(end):
            told.update(self._tell(found))
        return told

    def of(self, end: End) -> Iterator[Overcome]:
        """What a job got past, and what got past it.

        A job is put together only where another one runs the same: it may have a thousand tasks.
        """
        moment = to_datetime(end.submitted_at).timestamp()
        since, until = (from_epoch(moment + seconds) for seconds in (-_REMEMBERED_SECONDS, _REMEMBERED_SECONDS))
        where = (self._connection, end.project, end.cluster, end.submitted_at)
        before = [each for each in failed_before(*where, since, _MOST_RUNS) if self._runs_the_same(each[1:4], end)]
        after = submitted_after(*where, until, _MOST_RUNS) if end.failed else []
        after = [key for key in after if self._runs_the_same(key, end)]
        run = self._run(end.job) if before or after else None
        if run is None:
            return
        if run.is_over:
            yield from self._got_past_by(run, before)
        for failure in run.failures.values() if after else ():
            if self._is_known(failure):
                yield from self._since(run, failure, after)

    def _runs_the_same(self, key: tuple[str, str, str], end: End) -> bool:
        return key != end.job and bool(self._keys_of(key) & self._keys_of(end.job))

    def _keys_of(self, key: tuple[str, str, str]) -> frozenset[str]:
        if key not in self._keys:
            self._keys[key] = read_keys(self._connection, *key)
        return self._keys[key]

    def _is_known(self, failure: Failure) -> bool:
        """Whether a failure is a gotcha, or a candidate."""
        return self._connection.execute("SELECT 1 FROM gotcha WHERE id = ?", (failure.gotcha,)).fetchone() is not None

    def _got_past_by(self, passed: Run, failed_before: Iterable[FailedBefore]) -> Iterator[Overcome]:
        """The last failures of the same script, each of its kind, that a run got past."""
        settled: set[str] = set()
        for before in failed_before:
            if before.gotcha in settled:
                continue
            settled.add(before.gotcha)
            failed = None if before.overcome else self._run(before[1:4])
            for failure in failed.failures.values() if failed else ():
                if failed and failure.gotcha == before.gotcha and got_past(failed, failure, passed):
                    yield Overcome(failed, failure, passed)

    def _since(self, failed: Run, failure: Failure, later: Iterable[tuple[str, str, str]]) -> Iterator[Overcome]:
        """The first later run of the same script that got past a failure, unless another failed alike before it."""
        for key in later:
            run = self._run(key)
            if run is None:
                continue
            if failure.fingerprint in run.failures:
                return
            if got_past(failed, failure, run):
                yield Overcome(failed, failure, run)
                return

    def _run(self, key: tuple[str, str, str]) -> Run | None:
        if key not in self._runs:
            self._runs[key] = read_run(self._connection, *key)
        return self._runs[key]

    def _tell(self, found: Overcome) -> Counter[str]:
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
