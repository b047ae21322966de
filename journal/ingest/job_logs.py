"""The stage of a capture that reads the logs of jobs: of those that run what was added, of those that ended why."""

import sqlite3
from collections import Counter
from typing import NamedTuple

from journal.ingest.awaited_logs import note_ended
from journal.moments import to_datetime
from journal.store.log_queries import is_any_awaited, is_any_running


class Read(NamedTuple):
    """What reading logs brought in: new events by kind, and reason → how many logs were passed over."""

    kinds: Counter[str]
    skipped: Counter[str]


def follow_logs(connection: sqlite3.Connection, now: str) -> Read:
    """Reads what the logs of jobs have new, within the bounds of one cycle.

    What is known of tries that run lies in the store's cursors; only those that ended become events. With none of
    either, nothing is loaded that a capture could do without.

    Args:
        connection: an open store, which the scheduler's news are in already.
        now: the present, in stored form.
    """
    if is_any_running(connection):
        from journal.ingest.running_logs import follow_running

        follow_running(connection, to_datetime(now).timestamp())
    note_ended(connection, now)
    if not is_any_awaited(connection):
        return Read(Counter(), Counter())
    from journal.ingest.ended_logs import read_ended

    return Read(*read_ended(connection, now))
