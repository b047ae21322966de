"""Which tries have ended whose logs are still to be read: noted in cursors, those that failed first.

Of an array the first tasks that failed are taken, and one that succeeded; what ended long before a clone was met is
left.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from journal.events import Batch
from journal.moments import from_epoch, to_datetime
from journal.store.event_log import POLLER, append_batch, cursors
from journal.store.log_queries import ENDED, FILES, PROGRESS, SOURCE, TryKey, cursors_of, key_named

_REACHED = "reached"  # the cursor that says up to which event tries that ended were looked for
_MOST_TASKS = 20  # of an array that failed
_MOST_AWAITED = 1000  # taken in when a clone is new here
_HORIZON_SECONDS = 30 * 86400.0

# Whatever ended badly shows one of these; what ended well hardly ever does.
_COLUMNS = """
attempt.cluster, attempt.raw_id, attempt.submitted_at, attempt.job_id, attempt.task,
attempt.state <> 'COMPLETED' OR instr(attempt.data, '"derived_') > 0 OR instr(attempt.data, 'OUT_OF_MEMORY') > 0
    AS failed,
attempt.ended_at
"""
_NEW = f"""
SELECT DISTINCT {_COLUMNS}
FROM event JOIN attempt ON attempt.raw_id = event.data ->> '$.raw_id' AND attempt.cluster = event.data ->> '$.cluster'
    AND attempt.submitted_at = event.data ->> '$.submitted_at'
WHERE event.seq > :reached AND event.seq <= :last AND +event.kind = 'attempt' AND attempt.project IS NOT NULL
    AND attempt.ended_at >= :horizon AND attempt.started_at IS NOT NULL AND coalesce(attempt.component, 0) = 0
    AND NOT EXISTS (
        SELECT 1 FROM job_log WHERE job_log.raw_id = attempt.raw_id AND job_log.cluster = attempt.cluster
            AND job_log.try_submitted_at = attempt.submitted_at
    )
ORDER BY failed DESC, attempt.ended_at DESC, attempt.raw_id
"""  # noqa: S608  (our own text)
_FOLLOWED = f"SELECT {_COLUMNS} FROM attempt WHERE cluster = ? AND raw_id = ? AND submitted_at = ?"  # noqa: S608  (as above)
_READ_OF_JOB = "SELECT label <> 'ok', count(*) FROM job_log WHERE job_id = ? AND cluster = ? GROUP BY 1"


class _Ended(NamedTuple):
    cluster: str
    raw_id: str
    submitted_at: str
    job_id: str
    task: str | None
    failed: int
    ended_at: str | None

    @property
    def name(self) -> str:
        return TryKey(self.cluster, self.raw_id, self.submitted_at).name


def note_ended(connection: sqlite3.Connection, now: str) -> None:
    """Notes which logs are to be read: of tries that were followed, and of those told of since the last time."""
    reached = int(cursors(connection, POLLER, SOURCE).get(_REACHED, 0))
    (last,) = connection.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()
    followed, noted = _followed(connection)
    new: list[_Ended] = []
    if last != reached:
        since = from_epoch(to_datetime(now).timestamp() - _HORIZON_SECONDS)
        here = {"reached": reached if last > reached else 0, "last": last, "horizon": since}
        new = [_Ended(*row) for row in connection.execute(_NEW, here)]
    chosen = _chosen(connection, [*followed, *new])
    for one in followed:
        if one.name not in chosen:  # one of an array's many tasks
            noted |= {FILES + one.name: None, PROGRESS + one.name: None}
    noted |= {ENDED + name: {"failed": bool(one.failed), "ended_at": one.ended_at} for name, one in chosen.items()}
    if noted or last != reached:
        append_batch(connection, POLLER, SOURCE, Batch([], {**noted, _REACHED: last}, {}))


def _followed(connection: sqlite3.Connection) -> tuple[list[_Ended], dict[str, Any]]:
    """The tries that were followed and have ended, and cursors to be dropped of those that were purged."""
    waiting = cursors_of(connection, ENDED)
    ended: list[_Ended] = []
    dropped: dict[str, Any] = {}
    for name in cursors_of(connection, FILES).keys() - waiting.keys():
        row = connection.execute(_FOLLOWED, key_named(name)).fetchone()
        if row is None:
            dropped |= {FILES + name: None, PROGRESS + name: None}
        elif row[-1] is not None:
            ended.append(_Ended(*row))
    return sorted(ended), dropped


def _chosen(connection: sqlite3.Connection, ended: Iterable[_Ended]) -> dict[str, _Ended]:
    """Of tries that ended those whose logs are worth reading."""
    chosen: dict[str, _Ended] = {}
    taken: dict[tuple[str, str], Counter[bool]] = {}
    for one in sorted(ended, key=_number):  # tasks come last, by their numbers
        if one.name in chosen or len(chosen) >= _MOST_AWAITED:
            continue
        if one.task is not None:
            job, failed = (one.job_id, one.cluster), bool(one.failed)
            if job not in taken:
                taken[job] = Counter({bool(word): count for word, count in connection.execute(_READ_OF_JOB, job)})
            if taken[job][failed] >= (_MOST_TASKS if failed else 1):
                continue
            taken[job][failed] += 1
        chosen[one.name] = one
    return chosen


def _number(one: _Ended) -> int:
    return int(one.task) if one.task is not None and one.task.isdecimal() else -1
