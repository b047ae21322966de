"""Opening the store: modes, permissions, migrations, and failures in words."""

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from journal.capture.filesystem import FilesystemType
from journal.errors import JournalError
from journal.events import Batch
from journal.store import database
from journal.store.database import StoreConnection, explained_failures, open_store
from journal.store.event_log import append_batch
from tests.disks import as_root, small_disk
from tests.store.stories import WRITER, commit, note


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "data/journal.sqlite3"
    os.umask(0o022)
    with closing(open_store(path)) as connection:
        append_batch(connection, WRITER, "git", Batch([commit(1)], {}, {}))
        assert _mode(path.parent) == 0o700
        assert {_mode(file) for file in path.parent.iterdir()} == {0o600}


def test_the_write_ahead_log_only_on_a_local_filesystem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(open_store(tmp_path / "local.sqlite3")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    monkeypatch.setattr(database, "filesystem_of", lambda _: FilesystemType("lustre", network=True))
    with closing(open_store(tmp_path / "shared.sqlite3")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        append_batch(connection, WRITER, "git", Batch([commit(1)], {}, {}))
        assert connection.execute("SELECT count(*) FROM event").fetchone() == (1,)
    assert [path.name for path in tmp_path.glob("shared*")] == ["shared.sqlite3"]


def test_a_newer_store_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    with closing(open_store(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(JournalError, match="upgrade this installation"):
        open_store(path)
    assert path.read_bytes() == before


def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    good, bad = tmp_path / "0001_good.sql", tmp_path / "0002_bad.sql"
    good.write_text("CREATE TABLE one (x);\nINSERT INTO one VALUES (1);\n")
    bad.write_text("CREATE TABLE two (x);\nINSERT INTO nowhere VALUES (1);\n")
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        with pytest.raises(sqlite3.OperationalError):
            database.migrate(connection, [good, bad])
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []
        bad.write_text("CREATE TABLE two (x);\n")
        database.migrate(connection, [good, bad])
        database.migrate(connection, [good, bad])
        assert connection.execute("SELECT x FROM one").fetchall() == [(1,)]
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)


def test_a_locked_store_says_so(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    with closing(open_store(path)) as holder, closing(open_store(path, busy_seconds=0.1)) as other:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalError, match="another program holds the store"), explained_failures(path):
            append_batch(other, WRITER, "git", Batch([commit(1)], {}, {}))
        holder.execute("COMMIT")
        append_batch(other, WRITER, "git", Batch([commit(1)], {}, {}))


def test_a_full_store_says_so_and_keeps_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    with closing(open_store(path)) as connection:
        append_batch(connection, WRITER, "git", Batch([commit(1)], {}, {}))
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(JournalError, match="no room left"), explained_failures(path):
            append_batch(connection, WRITER, "git", Batch([note("x" * 100_000)], {"n": 1}, {}))
        assert connection.execute("SELECT count(*) FROM event").fetchone() == (1,)
        assert connection.execute("SELECT count(*) FROM cursor").fetchone() == (0,)


def _fill(connection: sqlite3.Connection, path: Path) -> None:
    with explained_failures(path):
        for number in range(1000):
            append_batch(connection, WRITER, "git", Batch([note(f"{number} " + "x" * 9000)], {}, {}))


@pytest.mark.integration
@as_root
def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with small_disk(disk, "2m"):
        path = disk / "journal.sqlite3"
        with closing(open_store(path)) as connection:
            with pytest.raises(JournalError, match=r"no room left|failed"):
                _fill(connection, path)
            (stored,) = connection.execute("SELECT count(*) FROM event").fetchone()
        with closing(open_store(path)) as connection:
            assert connection.execute("SELECT count(*) FROM event").fetchone() == (stored,)
            assert stored > 10
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_what_is_no_store_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    path.write_bytes(b"not a database, but somebody's file" * 100)
    before = path.read_bytes()
    with pytest.raises(JournalError, match="is damaged"):
        open_store(path)
    assert path.read_bytes() == before


def test_a_directory_out_of_reach_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="cannot use the store"):
        open_store(tmp_path / "file/journal.sqlite3")


def test_a_connection_outlives_its_exclusion(tmp_path: Path) -> None:
    with closing(open_store(tmp_path / "a.sqlite3")) as connection:
        assert isinstance(connection, StoreConnection)
        append_batch(connection, WRITER, "git", Batch([commit(1)], {}, {}))
        append_batch(connection, WRITER, "git", Batch([commit(2)], {}, {}))
