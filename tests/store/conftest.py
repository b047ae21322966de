"""A store for a test."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from journal.paths import store_file
from journal.store.database import open_store


@pytest.fixture
def store() -> Iterator[sqlite3.Connection]:
    """An empty store."""
    with closing(open_store(store_file())) as connection:
        yield connection
