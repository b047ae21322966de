"""Questions about the logs of jobs: how far those that run are, as was read last, and what those that ended said.

What is known of a try that runs is no event, since it changes by the second: it lies in cursors of the source "log",
one that says how far its files were read and one with what they told so far.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from journal.derive.job import Job
from journal.derive.progress.progress import Gpu, Progress, Throughput
from journal.store.event_log import POLLER

SOURCE = "log"
FILES = "files:"  # + a try's name: {told, within, files: [{path, position, problem}], written_at, read_at}
PROGRESS = "progress:"  # + a try's name: {state, progress}
ENDED = "ended:"  # + a try's name: it has ended, and its logs are still to be read

_LOGS = (
    "SELECT data FROM job_log WHERE job_id = ? AND cluster = ? AND submitted_at = ? ORDER BY try_submitted_at, raw_id"
)
_CURSOR = "SELECT value FROM cursor WHERE writer = ? AND source = ? AND name = ?"


_ANY_RUNNING = """
SELECT EXISTS (
    SELECT 1 FROM attempt
    WHERE project IN (SELECT DISTINCT project FROM job) AND ended_at IS NULL AND started_at IS NOT NULL
)
"""


class TryKey(NamedTuple):
    """Which try: a requeued one has the number of the first, and a later submission."""

    cluster: str
    raw_id: str
    submitted_at: str

    @property
    def name(self) -> str:
        """As cursors are named."""
        return f"{self.cluster}/{self.raw_id}@{self.submitted_at}"


def try_key(attempt: Mapping[str, Any]) -> TryKey:
    """Which try an AttemptFact tells of."""
    return TryKey(*(str(attempt.get(name)) for name in TryKey._fields))


class LiveLog(NamedTuple):
    """What the logs of a try that runs said when they were last looked at.

    Attributes:
        progress: how far it is.
        written_at: when they were last written, seconds since 1970; None where nothing was read yet.
        paths: where they are.
        problems: why some of them cannot be read, in words.
    """

    progress: Progress
    written_at: float | None
    paths: tuple[str, ...]
    problems: tuple[str, ...]


def live_log(connection: sqlite3.Connection, attempt: Mapping[str, Any]) -> LiveLog | None:
    """What the logs of a try said last; None where they were not looked at, or the try is over."""
    name = try_key(attempt).name
    files, told = kept(connection, FILES + name), kept(connection, PROGRESS + name)
    if files is None:
        return None
    progress = progress_from(told["progress"]) if told else Progress()
    problems = tuple(str(file["problem"]) for file in files["files"] if file["problem"])
    return LiveLog(progress, files["written_at"], tuple(file["path"] for file in files["files"]), problems)


def kept(connection: sqlite3.Connection, name: str) -> dict[str, Any] | None:
    """The value of a cursor of logs; None where there is none."""
    row = connection.execute(_CURSOR, (POLLER, SOURCE, name)).fetchone()
    return json.loads(row[0]) if row else None


def cursors_of(connection: sqlite3.Connection, prefix: str) -> dict[str, Any]:
    """The cursors of one kind, by the names of tries."""
    rows = connection.execute(
        "SELECT name, value FROM cursor WHERE writer = ? AND source = ? AND name >= ? AND name < ?",
        (POLLER, SOURCE, *_range(prefix)),
    )
    return {name.removeprefix(prefix): json.loads(value) for name, value in rows}


def is_any_running(connection: sqlite3.Connection) -> bool:
    """Whether any try runs."""
    return bool(connection.execute(_ANY_RUNNING).fetchone()[0])


def is_any_awaited(connection: sqlite3.Connection) -> bool:
    """Whether any try has ended whose logs are still to be read."""
    query = "SELECT EXISTS (SELECT 1 FROM cursor WHERE writer = ? AND source = ? AND name >= ? AND name < ?)"
    return bool(connection.execute(query, (POLLER, SOURCE, *_range(ENDED))).fetchone()[0])


def _range(prefix: str) -> tuple[str, str]:
    return prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1)


def key_named(name: str) -> TryKey:
    """The try that a cursor is of."""
    cluster, _, rest = name.partition("/")
    return TryKey(cluster, *rest.split("@", 1))


def logs_of(connection: sqlite3.Connection, job: Job) -> tuple[dict[str, Any], ...]:
    """The LogFacts of a job's tries, by their submission."""
    rows = connection.execute(_LOGS, (job.job_id, job.cluster, job.submitted_at))
    return tuple(json.loads(data) for (data,) in rows)


def progress_to(progress: Progress) -> dict[str, Any]:
    """Progress with all that it holds, as a cursor keeps it."""
    return progress._asdict()


def progress_from(kept: Mapping[str, Any]) -> Progress:
    """The progress that a cursor keeps; what an older journal wrote in another form is none."""
    try:
        speed = kept["throughput"]
        return Progress(**kept)._replace(
            throughput=Throughput(*speed) if speed else None,
            gpu=Gpu(*kept["gpu"]),
            flags=tuple(kept["flags"]),
            history=_points(kept["history"]),
            pace=_points(kept["pace"]),
        )
    except (KeyError, TypeError):
        return Progress()


def _points(pairs: Iterable[Iterable[float]]) -> tuple[tuple[float, float], ...]:
    return tuple((first, second) for first, second in pairs)
