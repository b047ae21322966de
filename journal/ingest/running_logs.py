"""Following the logs of tries that run: how far each is, kept in cursors until it has ended.

A cycle looks at every log with one stat, and reads only what was added; of more than a cycle may read, those that were
read longest ago come first.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from journal.capture.log.following import Added, Position, follow
from journal.capture.log.opening import NoLogError
from journal.derive.progress.progress import Progress
from journal.events import Batch
from journal.ingest.try_logs import log_places
from journal.store.event_log import POLLER, append_batch
from journal.store.job_queries import job_of
from journal.store.log_queries import FILES, PROGRESS, SOURCE, TryKey, cursors_of, kept, progress_to

if TYPE_CHECKING:
    from journal.derive.progress.reader import ProgressReader

_MOST_TRIES = 500
_MOST_OF_AN_ARRAY = 20
_MOST_READ = 1 << 20  # bytes in one cycle
_MOST_FED = 120  # tries of which something is read in one cycle; each takes the processor one to two milliseconds

# Those that started last: a try of which nothing was told for weeks is hardly running.
_RUNNING = """
SELECT cluster, raw_id, submitted_at, job_id, coalesce(first_submitted_at, submitted_at), task, event
FROM attempt
WHERE project IN (SELECT DISTINCT project FROM job) AND ended_at IS NULL AND started_at IS NOT NULL
    AND coalesce(component, 0) = 0  -- of a heterogeneous job the first component runs the script
ORDER BY started_at DESC, raw_id LIMIT ?
"""
_DATA = "SELECT data FROM attempt WHERE cluster = ? AND raw_id = ? AND submitted_at = ?"


class Running(NamedTuple):
    """A try that runs, of the job with that number and submission; `told` is the event that tells most of it."""

    key: TryKey
    job_id: str
    submitted_at: str
    told: str


class Look(NamedTuple):
    """What a look at the logs of a try found.

    Attributes:
        files: what is kept of them now.
        added: what is new, of standard output first.
        has_changed: whether there is anything to keep.
    """

    files: dict[str, Any]
    added: tuple[Added, ...]
    has_changed: bool

    @property
    def size(self) -> int:
        """Bytes that were read."""
        return sum(len(piece.data) for added in self.added for piece in added.pieces)


def follow_running(connection: sqlite3.Connection, now: float) -> int:
    """Reads what was added to the logs of all tries that run; returns of how many something was.

    Args:
        connection: an open store.
        now: seconds since 1970.
    """
    known = cursors_of(connection, FILES)
    running = {each.key.name: each for each in _running(connection)}
    reached: dict[str, Any] = {}
    left, read = _MOST_READ, 0
    for name in sorted(running, key=lambda name: known[name]["read_at"] if name in known else 0.0):
        files = known.get(name)
        if files is None or files["told"] != running[name].told:
            files = reached[FILES + name] = _placed(connection, running[name], files)
        look = look_at(files) if left > 0 and read < _MOST_FED else None
        if look is None or not look.has_changed:
            continue
        reached[FILES + name] = {**look.files, "read_at": now}
        if look.added:
            reached[PROGRESS + name] = _told(reader_of(connection, name), look.added)
            left -= look.size
            read += 1
    if reached:
        append_batch(connection, POLLER, SOURCE, Batch([], reached, {}))
    return read


def _running(connection: sqlite3.Connection) -> Iterator[Running]:
    tasks: Counter[tuple[str, str]] = Counter()
    for cluster, raw_id, at, job_id, first, task, told in connection.execute(_RUNNING, (_MOST_TRIES,)).fetchall():
        tasks[cluster, job_id] += task is not None
        if tasks[cluster, job_id] <= _MOST_OF_AN_ARRAY:
            yield Running(TryKey(cluster, raw_id, at), job_id, first, told)


def _placed(connection: sqlite3.Connection, running: Running, before: Mapping[str, Any] | None) -> dict[str, Any]:
    """Where a try writes that is newly met, or of which more was told; how far that was read stays known."""
    fact = {"cluster": running.key.cluster, "job_id": running.job_id, "submitted_at": running.submitted_at}
    job = job_of(connection, "", "job", fact)
    (data,) = connection.execute(_DATA, running.key).fetchone()
    places = log_places(connection, job, json.loads(data)) if job else None
    former = {file["path"]: file for file in before["files"]} if before else {}
    return {
        "told": running.told,
        "within": list(places.within) if places else [],
        "files": [
            former.get(path) or {"path": path, "position": None, "problem": None}
            for path in (places.paths if places else ())
        ],
        "written_at": before["written_at"] if before else None,
        "read_at": before["read_at"] if before else 0.0,
    }


def look_at(files: Mapping[str, Any], *, to_its_end: bool = False) -> Look:
    """Reads what was added to the logs of a try.

    Args:
        files: what is kept of them.
        to_its_end: the try is over.
    """
    now: list[dict[str, Any]] = []
    news: list[Added] = []
    for file in files["files"]:
        try:
            added = follow(
                file["path"], Position.from_json(file["position"]), within=files["within"], to_its_end=to_its_end
            )
        except NoLogError as error:
            now.append({**file, "problem": error.problem})
            continue
        now.append({**file, "position": added.position.to_json() if added else file["position"], "problem": None})
        news += [added] if added else []
    written = max((added.written_at for added in news), default=None)
    after = {**files, "files": now, "written_at": written or files["written_at"]}
    return Look(after, tuple(news), after != files)


def reader_of(connection: sqlite3.Connection, name: str) -> "ProgressReader":
    """The reader of a try's logs as it was left; a fresh one where none was, or a journal of another form left it."""
    from journal.derive.progress.reader import ProgressReader

    left = kept(connection, PROGRESS + name)
    try:
        return ProgressReader.from_state(left["state"]) if left else ProgressReader()
    except (KeyError, TypeError, ValueError, IndexError):
        return ProgressReader()


def fed(reader: "ProgressReader", news: Iterable[Added]) -> "ProgressReader":
    """A reader that was told what was added: the same, or a fresh one where a log began anew."""
    from journal.derive.log.lines import split_lines
    from journal.derive.progress.reader import ProgressReader

    for added in news:
        if added.is_anew:
            reader = ProgressReader()
        for piece in added.pieces:
            reader.feed(split_lines(piece.data, piece.number), added.written_at)
    return reader


class Now(NamedTuple):
    """How far a try is at this moment, and when its logs were last written, seconds since 1970."""

    progress: Progress
    written_at: float | None


def progress_now(connection: sqlite3.Connection, name: str) -> Now | None:
    """How far a try is that is followed, with what was added to its logs since the last cycle; nothing is kept.

    None where it is not followed.
    """
    files = kept(connection, FILES + name)
    if files is None:
        return None
    look = look_at(files)
    return Now(fed(reader_of(connection, name), look.added).progress(), look.files["written_at"])


def _told(reader: "ProgressReader", news: Sequence[Added]) -> dict[str, Any]:
    after = fed(reader, news)
    return {"state": after.state(), "progress": progress_to(after.progress())}
