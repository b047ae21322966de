"""Reading the logs of tries that have ended, each once: why they failed and how far they came, as one event each.

A cycle reads a bounded number of logs; those that failed come first, the newest before the oldest.
"""

import json
import math
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from journal.capture.filesystem import filesystem_of
from journal.capture.log.opening import NoLogError
from journal.derive.failure.diagnosis import Diagnosis, diagnose
from journal.derive.job import Job
from journal.derive.progress.progress import Progress, progress_json
from journal.events import Batch, Event, make_event
from journal.facts import LogFact
from journal.ingest.failure_rules import load_rules
from journal.ingest.running_logs import fed, look_at, reader_of
from journal.ingest.try_logs import LogPlaces, diagnosed_try, log_places, scheduler_word
from journal.moments import to_datetime
from journal.store.event_log import POLLER, append_batch
from journal.store.job_queries import job_of
from journal.store.log_queries import ENDED, FILES, PROGRESS, SOURCE, TryKey, cursors_of, kept, key_named
from journal.store.secret_rules import secrets_redactor

_MOST_AT_ONCE = 60  # tries whose logs are read in a cycle
_OF_ONE_READ = 10  # so many of which the logs are gone count as one that is read
_MOST_READ = 64 << 20  # bytes of logs in a cycle, after which no other is begun
_MOST_OF_ONE = 1 << 30  # bytes before the end of a log that are looked through
_LATE_SECONDS = 600.0  # within which a log may still come into sight
_SETTLING_SECONDS = 30.0  # until what another node wrote is seen by all (NFS keeps attributes for so long)
_LONGEST_SIGNATURE = 2000

_TRY = """
SELECT job_id, coalesce(first_submitted_at, submitted_at), ended_at, data, EXISTS (
    SELECT 1 FROM attempt AS later WHERE later.raw_id = attempt.raw_id AND later.cluster = attempt.cluster
        AND later.submitted_at > attempt.submitted_at AND later.started_at IS NOT NULL
        AND later.first_submitted_at = attempt.first_submitted_at
)
FROM attempt WHERE cluster = ? AND raw_id = ? AND submitted_at = ?
"""


class Ended(NamedTuple):
    """What reading logs of tries that ended brought in: new events by kind, and reason → how many were passed over."""

    kinds: Counter[str]
    skipped: Counter[str]


class _Try(NamedTuple):
    key: TryKey
    job: Job
    attempt: Mapping[str, Any]
    ended_at: str
    is_overwritten: bool  # the next try writes where it wrote


def read_ended(connection: sqlite3.Connection, now: str) -> Ended:
    """Reads the logs of some of the tries that `note_ended` noted.

    Args:
        connection: an open store.
        now: the present, in stored form.
    """
    read = Ended(Counter(), Counter())
    waiting = cursors_of(connection, ENDED)
    if not waiting:
        return read
    reader = _Reader(connection, now)
    for name in sorted(waiting, key=lambda name: (waiting[name]["failed"], waiting[name]["ended_at"]), reverse=True):
        if reader.is_done:
            break
        for writer, batch in reader.read(name):
            read.kinds.update(append_batch(connection, writer, SOURCE, batch))
            read.skipped.update(batch.skipped)
    return read


class _Reader:
    """The logs of one cycle: what costs something to make is made once."""

    def __init__(self, connection: sqlite3.Connection, now: str) -> None:
        self._connection = connection
        self._now = to_datetime(now).timestamp()
        self._jobs: dict[tuple[str, str, str], Job | None] = {}
        self._redactor = secrets_redactor()
        self._rules = load_rules()
        self._tries = 0.0
        self._bytes = 0

    @property
    def is_done(self) -> bool:
        """Whether this cycle has read enough."""
        return self._tries >= _MOST_AT_ONCE or self._bytes >= _MOST_READ

    def read(self, name: str) -> Iterator[tuple[str, Batch]]:
        """What the logs of a try tell, with whose clone tells it; then that they need not be read again."""
        done: dict[str, Any] = {ENDED + name: None, FILES + name: None, PROGRESS + name: None}
        one = self._try(key_named(name))
        if one is None or not one.attempt.get("started_at"):
            yield POLLER, Batch([], done, {})
            return
        places = log_places(self._connection, one.job, one.attempt)
        age = self._now - to_datetime(one.ended_at).timestamp()
        if one.attempt.get("torn") and age < _LATE_SECONDS:
            return
        if not one.is_overwritten and 0 <= age < _SETTLING_SECONDS and _are_shared(places):
            return
        try:
            event = self._event(one, name, places)
            self._tries += 1
        except NoLogError as problem:
            self._tries += 1 / _OF_ONE_READ
            if problem.why == "gone" and age < _LATE_SECONDS:
                return
            yield POLLER, Batch([], done, {f"logs of jobs that cannot be read ({problem.why})": 1})
            return
        if event is not None:
            yield self._writer(one.job), Batch([event], {}, {})
        yield POLLER, Batch([], done, {})

    def _try(self, key: TryKey) -> _Try | None:
        row = self._connection.execute(_TRY, key).fetchone()
        if row is None or row[2] is None:
            return None
        number = (key.cluster, row[0], row[1])
        if number not in self._jobs:
            fact: dict[str, Any] = dict(zip(("cluster", "job_id", "submitted_at"), number, strict=True))
            self._jobs[number] = job_of(self._connection, "", "job", fact)
        job = self._jobs[number]
        return _Try(key, job, json.loads(row[3]), row[2], bool(row[4])) if job else None

    def _writer(self, job: Job) -> str:
        (writer,) = self._connection.execute("SELECT writer FROM event WHERE id = ?", (job.event,)).fetchone()
        return str(writer)

    def _event(self, one: _Try, name: str, places: LogPlaces) -> Event | None:
        if not places.paths:
            return None
        progress = self._followed(name, one)
        if one.is_overwritten:  # what it wrote is gone, but for what was read while it ran
            if progress is None:
                return None
            found = diagnose([], self._rules, scheduler_word(one.attempt))
            return self._made(one, found, None, progress)
        told = diagnosed_try(places, one.attempt, self._rules, most=_MOST_OF_ONE)
        self._bytes += sum(text.size - text.looked_at for text in told.texts)
        return self._made(one, told.diagnosis, told.path, progress or told.progress())

    def _followed(self, name: str, one: _Try) -> Progress | None:
        """How far a try came that was followed while it ran, to the end of its logs."""
        files = kept(self._connection, FILES + name)
        if files is None or not files["read_at"]:
            return None
        reader = reader_of(self._connection, name)
        if not one.is_overwritten:
            reader = fed(reader, look_at(files, to_its_end=True).added)
        found = reader.progress()
        return found if found.says_something else None

    def _made(self, one: _Try, found: Diagnosis, path: str | None, progress: Progress) -> Event:
        redacted = self._redactor.text
        fact: LogFact = {
            "cluster": one.key.cluster,
            "job_id": one.job.job_id,
            "submitted_at": one.job.submitted_at,
            "raw_id": one.key.raw_id,
            "try_submitted_at": one.key.submitted_at,
            "path": path,
            "label": found.label,
            "signature": _cut(redacted(found.signature)) if found.signature else None,
            "line": found.line,
            "fingerprint": _cut(redacted(found.fingerprint)) if found.fingerprint else None,
            "component": found.component,
            "explanation": redacted(found.explanation),
            "advice": [redacted(advice) for advice in found.advice],
            "rule": found.rule,
            "progress": progress_json(progress) if progress.says_something else None,
        }
        if one.attempt.get("task") is not None:
            fact["task"] = one.attempt["task"]
        loss = [[step, value] for step, value in progress.history if math.isfinite(step) and math.isfinite(value)]
        if loss:
            fact["loss"] = loss
        if fact["progress"] is not None:
            fact["progress"] = {**fact["progress"], "history": loss}
        key = (fact["cluster"], fact["job_id"], fact["submitted_at"], fact["raw_id"], fact["try_submitted_at"])
        return make_event("log", one.ended_at, one.job.project, SOURCE, key, fact)


def _are_shared(places: LogPlaces) -> bool:
    """Whether other machines may write these logs, so that what they wrote last may not be seen here yet."""
    return any(filesystem_of(Path(path)).network for path in places.paths)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_SIGNATURE else text[: _LONGEST_SIGNATURE - 1] + "…"
