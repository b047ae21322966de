"""What is captured and what is not, and why: the checks of `journal doctor`."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from journal.capture.claude.source import config_dir
from journal.capture.filesystem import filesystem_of
from journal.capture.git.repository import find_repository
from journal.capture.place import Place, place_around
from journal.config import read_config
from journal.documents.all_documents import write_documents
from journal.documents.environment import look_around
from journal.errors import JournalError
from journal.install.check import check_command, check_hooks
from journal.install.doctor_check import Check
from journal.install.site_health import checks_of_site
from journal.install.slurm_health import checks_of_slurm
from journal.paths import config_file, data_dir, spool_dir, store_file
from journal.store.database import explained_failures, open_store
from journal.store.event_log import cursors

_WAITING_SECONDS = 120.0  # a capture starts within a second of a hook; what waits longer is not being captured


def examine(directory: Path) -> list[Check]:
    """Looks at the store, the spool, the configuration and, inside a repository, at its hooks and sources."""
    checks = [_configuration(), *_store(), _spool(), *_site(directory)]
    if not all(check.ok for check in checks if check.check == "store"):
        return checks
    checks += _slurm()
    try:
        place = place_around(directory)
    except JournalError as error:
        return [*checks, Check("repository", False, error.problem, error.remedy)]
    if place is None:
        return [*checks, Check("repository", True, f"{directory} is not in a repository", "")]
    return [*checks, *checks_of_place(place), *_sources(place), *_documents(place)]


def checks_of_place(place: Place) -> list[Check]:
    """The cheap checks of one clone: are its hooks in place, and does what they leave get read?"""
    hooks = check_hooks(place.repository, data_dir())
    broken = [hook for hook in hooks if not hook.ok]
    ways = ", ".join(sorted({hook.how for hook in hooks}))
    if broken:
        detail = "; ".join(f"{hook.event} {hook.detail}" for hook in broken)
        found = Check("hooks", False, f"{detail} (commits are still found, later)", broken[0].fix)
    else:
        found = Check("hooks", True, f"{', '.join(hook.event for hook in hooks)} ({ways})", "")
    command = check_command(data_dir())
    return [found, Check("command", command.ok, command.detail, command.fix)]


def _configuration() -> Check:
    try:
        config = read_config(config_file())
    except JournalError as error:
        return Check("config", False, error.problem, error.remedy)
    chosen = ", ".join(f"{key} = {str(value).lower()}" for key, value in config._asdict().items())
    return Check("config", True, chosen, "")


def _site(directory: Path) -> list[Check]:
    """The cluster, and what hurts on it: for the repository around a directory, or for the directory itself."""
    try:
        root = find_repository(directory).root or directory
    except JournalError:
        root = directory
    try:
        return checks_of_site(look_around(root))
    except JournalError as error:
        return [Check("cluster", False, error.problem, error.remedy)]


def _store() -> Iterator[Check]:
    path = store_file()
    try:
        if not path.exists():
            yield Check("store", False, f"{path} does not exist", "journal init")
            return
        with explained_failures(path), closing(open_store(path)) as connection:
            (events,) = connection.execute("SELECT count(*) FROM event").fetchone()
            (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
            (damage,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except JournalError as error:
        yield Check("store", False, error.problem, error.remedy)
        return
    filesystem = filesystem_of(path)
    detail = f"{path}: {events:,} events, {path.stat().st_size / 1e6:.1f} MB on {filesystem.name}, journal mode {mode}"
    yield Check("store", damage == "ok", detail if damage == "ok" else f"{path} is damaged: {damage}", "")
    open_to_others = path.stat().st_mode & 0o077 or path.parent.stat().st_mode & 0o077
    if open_to_others:
        yield Check("privacy", False, f"others may read {path.parent}", f"chmod 700 {path.parent}; chmod 600 {path}")


def _spool() -> Check:
    try:
        waiting = _ages(spool_dir() / "new")
        bad = len(_ages(spool_dir() / "bad"))
    except OSError as error:
        return Check(
            "spool", False, f"cannot read {error.filename} ({error.strerror})", "remove it or make it readable"
        )
    if waiting and max(waiting) > _WAITING_SECONDS:
        return Check(
            "spool", False, f"{len(waiting)} records wait, the oldest {max(waiting) / 60:.0f} min", "journal capture"
        )
    if bad:
        return Check(
            "spool", False, f"{bad} records could not be read: {spool_dir() / 'bad'}", "look at them, then remove them"
        )
    return Check("spool", True, f"{len(waiting)} records wait", "")


def _ages(directory: Path) -> list[float]:
    """Seconds since each file of a directory was written."""
    now = time.time()
    try:
        return [now - path.stat().st_mtime for path in directory.iterdir()]
    except FileNotFoundError:
        return []


def _slurm() -> Iterator[Check]:
    """Whether the code of jobs is kept, and what is asked of Slurm."""
    try:
        config = read_config(config_file())
        with explained_failures(store_file()), closing(open_store(store_file())) as connection:
            yield from checks_of_slurm(connection, config, time.time())
    except JournalError as error:
        yield Check("slurm", False, error.problem, error.remedy)


def _sources(place: Place) -> Iterator[Check]:
    """How much of each source was captured."""
    with explained_failures(store_file()), closing(open_store(store_file())) as connection:
        counts = _kinds(connection, place.project)
        yield Check("git", True, f"{counts.get('commit', 0):,} commits, {counts.get('checkout', 0):,} checkouts", "")
        transcripts = config_dir() / "projects"
        found = sum(1 for name in cursors(connection, place.writer, "claude-code") if name)
        if transcripts.is_dir():
            detail = (
                f"{counts.get('session', 0):,} sessions, {counts.get('prompt', 0):,} prompts from {found} transcripts"
            )
            yield Check("claude-code", True, detail, "")
        else:
            yield Check("claude-code", True, f"no transcripts: {transcripts} does not exist", "")


def _kinds(connection: sqlite3.Connection, project: str) -> dict[str, int]:
    return dict(
        connection.execute("SELECT kind, count(*) FROM event WHERE project = ? GROUP BY kind", (project,)).fetchall()
    )


def _documents(place: Place) -> Iterator[Check]:
    with explained_failures(store_file()), closing(open_store(store_file())) as connection:
        try:
            documents = write_documents(connection, place.repository, place.project, check=True)
        except JournalError as error:
            yield Check("documents", False, error.problem, error.remedy)
            return
        for document in documents:
            if document.problems:
                problems = "; ".join(document.problems)
                yield Check("documents", False, f"{document.path.name}: {problems}", "mend it by hand")
            elif document.changed:
                yield Check("documents", False, f"{document.path.name} is stale", "journal docs")
            else:
                yield Check("documents", True, f"{document.path.name} is up to date", "")
