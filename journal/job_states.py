"""The words that Slurm has for a job's state, and what follows from each.

Source: man sacct, JOB STATE CODES, of 22.05 to 25.05.
"""

from collections.abc import Iterable
from typing import NamedTuple

WAITING = frozenset({"PENDING", "CONFIGURING", "REQUEUE_FED", "REQUEUE_HOLD", "RESV_DEL_HOLD", "SPECIAL_EXIT"})
RUNNING = frozenset({"RUNNING", "COMPLETING", "SUSPENDED", "STOPPED", "RESIZING", "SIGNALING", "STAGE_OUT"})

# The try is over, and the same job goes on in another one.
REPLACED = frozenset({"REQUEUED"})

# The try is over, and the job may go on in another one.
MAY_BE_REPLACED = frozenset({"PREEMPTED", "NODE_FAIL", "BOOT_FAIL", "REVOKED"})

# The try is over.
ENDED = (
    frozenset({"COMPLETED", "FAILED", "TIMEOUT", "OUT_OF_MEMORY", "CANCELLED", "DEADLINE", "LAUNCH_FAILED"})
    | MAY_BE_REPLACED
    | REPLACED
)

# Why a job waits, where waiting will not end by itself. Other reasons change by the minute.
STUCK = frozenset(
    {
        "DependencyNeverSatisfied",
        "JobHeldUser",
        "JobHeldAdmin",
        "BadConstraints",
        "PartitionTimeLimit",
        "PartitionNodeLimit",
        "PartitionInactive",
        "PartitionDown",
        "AccountNotAllowed",
        "QOSNotAllowed",
        "InvalidAccount",
        "InvalidQOS",
        "launch_failed_requeued_held",
        "job_requeued_in_held_state",
        "ReqNodeNotAvail",
    }
)


def is_over(state: str) -> bool:
    """Whether a try in this state is over; a word that is not known counts as not over."""
    return state in ENDED


def is_waiting(state: str) -> bool:
    """Whether a try in this state has not started."""
    return state in WAITING


class Try(NamedTuple):
    """As much of a try as tells which job it belongs to.

    Attributes:
        raw_id: its own number, which a requeued try keeps and another job gets after a reset of the controller.
        submitted_at: in stored form.
        state: Slurm's word.
        name, work_dir: of its job, where they are known.
    """

    raw_id: str
    submitted_at: str
    state: str
    name: str | None
    work_dir: str | None


def first_submissions(tries: Iterable[Try]) -> dict[tuple[str, str], str]:
    """(raw id, submission) of each try → the submission of the job that it belongs to, which is that of its first try.

    A try goes on with the job of the one before it where that was replaced, may have been, or is not known to be
    over; else its number was used again, and it is another job's.
    """
    firsts: dict[tuple[str, str], str] = {}
    before: dict[str, Try] = {}
    for each in sorted(tries, key=lambda each: (each.raw_id, each.submitted_at)):
        last = before.get(each.raw_id)
        goes_on = (
            last is not None and _may_go_on(last.state) and _same(last.name, each.name, last.work_dir, each.work_dir)
        )
        key = (each.raw_id, each.submitted_at)
        firsts[key] = firsts[last.raw_id, last.submitted_at] if last and goes_on else each.submitted_at
        before[each.raw_id] = each
    return firsts


def _may_go_on(state: str) -> bool:
    return not is_over(state) or state in REPLACED or state in MAY_BE_REPLACED


def _same(name: str | None, other_name: str | None, work_dir: str | None, other_work_dir: str | None) -> bool:
    names_agree = name is None or other_name is None or name == other_name
    places_agree = work_dir is None or other_work_dir is None or work_dir == other_work_dir
    return names_agree and places_agree
