"""The lock for stores that several machines share."""

import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest

from journal.errors import JournalError
from journal.store.write_lock import WriteLock


def _add_many(directory: Path, count: int) -> None:
    counter = directory / "counter"
    for _ in range(count):
        with WriteLock(directory / "lock", wait_seconds=60):
            counter.write_text(str(int(counter.read_text()) + 1))


def test_only_one_holds_it(tmp_path: Path) -> None:
    (tmp_path / "counter").write_text("0")
    workers = [multiprocessing.get_context("fork").Process(target=_add_many, args=(tmp_path, 50)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert (tmp_path / "counter").read_text() == "200"
    assert [path.name for path in tmp_path.iterdir()] == ["counter"]


def _hold_for_ever(path: Path) -> None:
    with WriteLock(path, wait_seconds=0):
        time.sleep(600)


def test_a_killed_holder_does_not_hold_it(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    holder = multiprocessing.get_context("fork").Process(target=_hold_for_ever, args=(lock,))
    holder.start()
    while not lock.exists():
        time.sleep(0.01)
    with pytest.raises(JournalError, match="another capture holds"), WriteLock(lock, wait_seconds=0.1):
        pass
    assert holder.pid
    os.kill(holder.pid, signal.SIGKILL)
    holder.join()
    with WriteLock(lock, wait_seconds=5):
        assert lock.exists()


def test_another_hosts_lock_is_broken_only_when_old(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.write_text("elsewhere 1\n")
    with pytest.raises(JournalError), WriteLock(lock, wait_seconds=0.1):
        pass
    long_ago = time.time() - 3600
    os.utime(lock, (long_ago, long_ago))
    with WriteLock(lock, wait_seconds=1):
        pass
    assert list(tmp_path.iterdir()) == []
