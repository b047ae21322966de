"""The database file: opened with the right modes, brought to the newest schema, its failures put in words."""

import os
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from journal.capture.filesystem import filesystem_of
from journal.errors import JournalError
from journal.paths import private_dir, shipped

_BUSY_SECONDS = 30.0


class StoreConnection(sqlite3.Connection):
    """A connection that knows how to keep other machines from writing at the same time."""

    exclusion: AbstractContextManager[None] = nullcontext()


def open_store(path: Path, *, busy_seconds: float = _BUSY_SECONDS) -> StoreConnection:
    """Opens the store, making and migrating it as needed.

    The directory is 0700 and the file 0600. On a local filesystem the write-ahead log is used; on a network one
    (NFS, Lustre, GPFS …) a rollback journal and no memory map, since WAL needs shared memory between all readers
    and a mapped page that another node truncates kills the process.

    Args:
        path: the database file.
        busy_seconds: how long to wait for another process that writes.

    Raises:
        JournalError: the store cannot be opened, is damaged, or was written by a newer journal.
    """
    with explained_failures(path):
        private_dir(path.parent)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None, factory=StoreConnection)
        connection.execute("PRAGMA mmap_size = 0")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA wal_autocheckpoint = 8000")  # pages, 32 MB: a backfill waits less often for the disk
        network = filesystem_of(path.parent).network
        if network:
            from journal.store.write_lock import WriteLock

            connection.exclusion = WriteLock(path.with_name(f"{path.name}.lock"), wait_seconds=busy_seconds)
        if _schema_version(connection) != len(_migrations()):
            connection.execute(f"PRAGMA journal_mode = {'DELETE' if network else 'WAL'}")
            migrate(connection, _migrations())
        return connection


def _schema_version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _migrations() -> list[Path]:
    """The numbered SQL files, in order; the first is number 1."""
    return sorted(shipped("schema").glob("[0-9][0-9][0-9][0-9]_*.sql"))


def migrate(connection: sqlite3.Connection, migrations: list[Path]) -> None:
    """Applies the migrations that a database lacks, all in one transaction.

    Raises:
        JournalError: the database is from a newer journal.
    """
    with transaction(connection):
        version = _schema_version(connection)
        if version > len(migrations):
            raise JournalError(
                f"the store is of version {version}, this journal knows versions up to {len(migrations)}",
                "upgrade this installation of journal; nothing was changed",
            )
        for number, migration in enumerate(migrations[version:], version + 1):
            for statement in _statements(migration.read_text(encoding="utf-8")):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")


def _statements(script: str) -> Iterator[str]:
    """The statements of a script one by one, since `executescript` would commit the transaction around them."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


@contextmanager
def transaction(connection: sqlite3.Connection) -> Generator[None]:
    """All or nothing: commits at the end, rolls back when anything is raised."""
    exclusion = connection.exclusion if isinstance(connection, StoreConnection) else nullcontext()
    with exclusion:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # a full disk may have rolled back already
                connection.execute("ROLLBACK")
            raise


@contextmanager
def explained_failures(path: Path) -> Generator[None]:
    """Turns SQLite's and the filesystem's failures into what a person can act on.

    Raises:
        JournalError: the store is locked, full, read-only, damaged or out of reach, or its directory is.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise JournalError(*_explanation(error, path)) from error
    except OSError as error:
        if error.filename and not Path(os.fsdecode(error.filename)).is_relative_to(path.parent):
            raise  # not the store's: a transcript, a file of the repository
        what = f" {path}" if error.filename in (None, path, str(path)) else f"'s {os.fsdecode(error.filename)}"
        raise JournalError(f"cannot use the store{what} ({error.strerror})", _REMEDY_REACH) from error


_REMEDY_REACH = "make its directory writable, or set JOURNAL_DATA_DIR to one that is"


def _explanation(error: sqlite3.DatabaseError, path: Path) -> tuple[str, str]:
    """Problem and remedy for an SQLite error, by its primary result code (https://sqlite.org/rescode.html)."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return (f"another program holds the store {path}", "end it or wait, then run the command again")
    if code == sqlite3.SQLITE_FULL:
        return (
            f"no room left for the store {path}",
            "free some space, then run `journal capture`: hooks' records wait in the spool and nothing is lost",
        )
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return (f"cannot write the store {path} ({error})", _REMEDY_REACH)
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return (
            f"the store {path} is damaged ({error})",
            "save what is in it with `sqlite3 FILE .recover`, move it away, then run `journal init` in each repo",
        )
    if code == sqlite3.SQLITE_IOERR:
        return (f"reading or writing the store {path} failed ({error})", "check that disk and quota are in order")
    raise error  # a mistake of ours in SQL: a bug, not the person's to mend
