"""What a job has to do with gotchas: what it failed of, and what it got past."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from journal.derive.gotcha.gotcha import Gotcha
from journal.derive.gotcha.remedy import Remedy


class Met(NamedTuple):
    """A failure of a job.

    Attributes:
        gotcha: what is known of it.
        log: the LogFact of the job that shows it.
        before: the number of the job that failed so last before it; None where it was the first.
    """

    gotcha: Gotcha
    log: Mapping[str, Any]
    before: str | None

    @property
    def is_known(self) -> bool:
        """Whether there is something to say that this job does not say itself."""
        return self.before is not None or self.gotcha.status not in ("candidate", "dropped")

    @property
    def is_solved(self) -> bool:
        """Whether it is known what to do."""
        return self.gotcha.status in ("confirmed", "learned", "transient")


class Overcame(NamedTuple):
    """What a job got past.

    Attributes:
        gotcha: the gotcha.
        failed: the number of the job that had failed.
        remedy: what was changed since that one.
        is_first: whether no run had got past it before.
        event: the fix event's id.
    """

    gotcha: Gotcha
    failed: str
    remedy: Remedy
    is_first: bool
    event: str


class Lesson(NamedTuple):
    """All of a job.

    Attributes:
        met: its failures, that of the most tasks first.
        overcame: what it got past.
        overcome_by: the number of the job that got past its own failure; None while none did.
    """

    met: tuple[Met, ...] = ()
    overcame: tuple[Overcame, ...] = ()
    overcome_by: str | None = None


NO_LESSON = Lesson()
