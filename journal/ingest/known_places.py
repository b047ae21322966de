"""The clones of this machine."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from journal.capture.place import Place, place_at
from journal.errors import JournalError


def known_places(connection: sqlite3.Connection) -> Iterator[Place]:
    """Every clone on this machine that the store knows and that is still there."""
    for (path,) in connection.execute("SELECT path FROM clone ORDER BY path").fetchall():
        try:
            place = place_at(Path(path))
        except JournalError:
            continue  # moved or removed
        if place:
            yield place
