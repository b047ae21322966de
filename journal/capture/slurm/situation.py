"""What is known before Slurm is asked, and to whom what it says is told."""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NamedTuple

from journal.events import Batch


class Owner(NamedTuple):
    """The clone that a job was submitted from."""

    project: str
    writer: str


class Home(NamedTuple):
    """A worktree, and whose it is."""

    root: str
    owner: Owner


class Known(NamedTuple):
    """A job that the store knows.

    Attributes:
        owner: whose it is.
        submitted_at: its first submission, where the scheduler told it.
    """

    owner: Owner
    submitted_at: str | None


class Situation(NamedTuple):
    """What the store and the machine say before Slurm is asked.

    Attributes:
        now: seconds since 1970.
        per_minute: calls that the purse gains in a minute.
        asked_for: a person waits for the answer.
        homes: the worktrees of all clones on this machine.
        submitted: jobs that were handed over and of which the scheduler has told nothing yet: "12" or "lab/12".
        known_numbers: of some jobs' numbers those of which the store knows anything.
        known: the job with a cluster, a number and a submission (of any try).
    """

    now: float
    per_minute: float
    asked_for: bool
    homes: Sequence[Home]
    submitted: Sequence[str]
    known_numbers: Callable[[Iterable[str]], Collection[str]]
    known: Callable[[str, str, str], Known | None]


class Told(NamedTuple):
    """Events of one clone, or the cursors of all (with no owner)."""

    owner: Owner | None
    batch: Batch
