"""Links between things, as `link` events state them."""

import sqlite3
from collections.abc import Sequence

from journal.store.stored_event import StoredEvent


def _fold_links(connection: sqlite3.Connection, events: Sequence[StoredEvent]) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO link (event, project, subject, how, object, proof)"
        " VALUES (:event, :project, :subject, :how, :object, :proof)",
        ({**event.data, "event": event.id, "project": event.project} for event in events),
    )


PROJECTIONS = {"link": _fold_links}
