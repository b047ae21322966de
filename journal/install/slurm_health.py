"""What the journal asks of Slurm, and whether it answers: the checks of `journal doctor`."""

import sqlite3
from collections.abc import Iterator

from journal.capture.slurm.budget import CAPACITY, Patience, Purse, filled
from journal.capture.slurm.inquiry import INSTALLED, PATIENCE, PURSE
from journal.capture.slurm.open_jobs import OpenJobs
from journal.capture.slurm.source import NAME
from journal.config import Config
from journal.derive.amounts import counted
from journal.ingest.scripts import POLLER
from journal.install.check import check_shim
from journal.install.doctor_check import Check
from journal.moments import from_epoch
from journal.paths import data_dir
from journal.store.event_log import cursors


def checks_of_slurm(connection: sqlite3.Connection, config: Config, now: float) -> Iterator[Check]:
    """Nothing where there is no Slurm.

    Args:
        connection: an open store.
        config: says how often Slurm may be asked.
        now: seconds since 1970.

    Raises:
        JournalError: the shell's start file cannot be read.
    """
    shim = check_shim(data_dir())
    if shim is None:
        return
    yield Check("slurm", shim.ok, shim.detail, shim.fix)
    if not config.slurm_calls_per_minute:
        detail = "slurm_calls_per_minute = 0: jobs are known by their submission only"
        yield Check("jobs", True, detail, "")
        return
    known = cursors(connection, POLLER, NAME)
    if PURSE not in known:
        yield Check("jobs", False, "Slurm was not asked for jobs yet", "journal capture")
        return
    yield _calls(known[PURSE], known.get(INSTALLED, {}).get("cluster"), OpenJobs(known, now), config, now)
    for daemon, (failures, failed_at) in known.get(PATIENCE, {}).items():
        patience = Patience(failures, failed_at)
        asked = "sacct" if daemon == "accounting" else "squeue"
        detail = f"{asked} failed {counted(patience.failures, 'time')}, last at {from_epoch(patience.failed_at)}"
        yield Check(daemon, False, f"{detail} (nothing is lost: it is asked again)", f"{asked}, to see what it says")


def _calls(spent: dict[str, object], cluster: str | None, jobs: OpenJobs, config: Config, now: float) -> Check:
    purse = filled(Purse(**spent), now, config.slurm_calls_per_minute)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # as it was written
    today = purse.made if purse.day == from_epoch(now)[:10] else 0
    detail = (
        f"{cluster or 'a cluster'}: {counted(len(jobs), 'open job')}; Slurm asked {counted(today, 'time')} today, "
        f"{int(purse.calls)} of {int(CAPACITY)} calls in hand"
    )
    return Check("jobs", purse.calls >= 1, detail, "" if purse.calls >= 1 else "wait a minute")
