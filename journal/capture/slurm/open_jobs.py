"""The jobs that are not settled, remembered between two times of asking."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any, NotRequired, TypedDict

from journal import moments
from journal.events import canonical_json
from journal.facts import AttemptFact
from journal.job_states import MAY_BE_REPLACED, REPLACED, is_over

_CURSOR = "job:"
_SETTLING_SECONDS = 600.0  # an end may still become a requeue
_FORGOTTEN_SECONDS = 3 * 86400.0  # accounting was purged: it will not be told


class _OpenJob(TypedDict):
    since: float  # seconds since 1970: when it was first heard of
    absent: bool  # nothing was told of it when all jobs of a time were asked for
    told: dict[str, dict[str, str]]  # try → command → digest of what it last told of it
    reasons: NotRequired[dict[str, str]]  # try → why it waits and will not start, as the queue said last


class OpenJobs:
    """Jobs that may still change, by name: "lab/12", or "12" as long as its cluster is not known.

    Args:
        cursors: of the source; those of jobs are taken.
        now: seconds since 1970.
    """

    def __init__(self, cursors: Mapping[str, Any], now: float) -> None:
        self._now = now
        self._jobs: dict[str, _OpenJob] = {
            name.removeprefix(_CURSOR): value for name, value in cursors.items() if name.startswith(_CURSOR)
        }
        self._before = set(self._jobs)

    def __iter__(self) -> Iterator[str]:
        return iter(self._jobs)

    def __len__(self) -> int:
        return len(self._jobs)

    def add(self, job: str) -> None:
        """A job was handed over."""
        self._jobs.setdefault(job, {"since": self._now, "absent": True, "told": {}})

    def absent(self) -> list[str]:
        """Those that only a question for their number may find."""
        return [job for job, state in self._jobs.items() if state["absent"]]

    def is_awaited(self, facts: Iterable[AttemptFact]) -> bool:
        """Whether a job was just handed over of which these tries are not."""
        told = {name for fact in facts for name in (_job_name(fact), fact["job_id"])}
        return any(
            not state["told"] and self._now - state["since"] < _SETTLING_SECONDS and job not in told
            for job, state in self._jobs.items()
        )

    def was_told(self, fact: AttemptFact) -> bool:
        """Whether anything was told of this try before."""
        return bool(self._told(fact))

    def is_news(self, fact: AttemptFact) -> bool:
        """Whether this is not what the same command told last of a try that is not over."""
        return self._told(fact).get(fact["told_by"]) != _digest(fact)

    def _told(self, fact: AttemptFact) -> dict[str, str]:
        state = self._jobs.get(_job_name(fact))
        return state["told"].get(_try_name(fact), {}) if state else {}

    def reason(self, fact: AttemptFact) -> str | None:
        """Why a try waits and will not start, as far as is remembered."""
        state = self._jobs.get(_job_name(fact))
        return state.get("reasons", {}).get(_try_name(fact)) if state else None

    def note(self, tries: Sequence[AttemptFact]) -> None:
        """What was told of a job: it is remembered, or forgotten where it is settled."""
        name = _job_name(tries[0])
        former = self._jobs.pop(name, None) or self._jobs.pop(number_of(name), None)
        if all(self._is_settled(fact) for fact in tries):
            return
        before = former["told"] if former else {}
        told = {
            _try_name(fact): {**before.get(_try_name(fact), {}), fact["told_by"]: _digest(fact)}
            for fact in tries
            if not is_over(fact["state"])
        }
        reasons = {_try_name(fact): fact["reason"] for fact in tries if "reason" in fact}
        since = former["since"] if former else self._now
        self._jobs[name] = {"since": since, "absent": False, "told": told, "reasons": reasons}

    def note_absent(self, seen: set[str], *, by_number: bool) -> None:
        """Of all others nothing was told; what was asked for by its number for days in vain is given up.

        Args:
            seen: the names of the jobs of which something was told.
            by_number: they were asked for by their numbers.
        """
        numbers = {number_of(name) for name in seen}
        for name, state in list(self._jobs.items()):
            if name in seen or (name in numbers and "/" not in name):
                continue
            state["absent"] = True
            if by_number and self._now - state["since"] > _FORGOTTEN_SECONDS:
                del self._jobs[name]

    def is_recent(self, fact: AttemptFact) -> bool:
        """Whether a try is not over, or has not been for long."""
        ended = fact.get("ended_at")
        return ended is None or self._now - moments.to_datetime(ended).timestamp() < _SETTLING_SECONDS

    def _is_settled(self, fact: AttemptFact) -> bool:
        if not is_over(fact["state"]) or fact.get("torn") or fact["told_by"] != "sacct":
            return is_over(fact["state"]) and not self.is_recent(fact)
        may_go_on = fact["state"] in REPLACED or fact["state"] in MAY_BE_REPLACED
        return not may_go_on or not self.is_recent(fact)

    def cursors(self) -> dict[str, Any]:
        """What to remember of them."""
        return {_CURSOR + name: self._jobs.get(name) for name in self._before | self._jobs.keys()}


def number_of(job: str) -> str:
    """12 of lab/12."""
    return job.rpartition("/")[2]


def _job_name(fact: AttemptFact) -> str:
    return f"{fact['cluster']}/{fact['job_id']}"


def _try_name(fact: AttemptFact) -> str:
    return f"{fact['raw_id']}@{fact['submitted_at']}"


def _digest(fact: AttemptFact) -> str:
    told = {name: value for name, value in fact.items() if name != "seen_at"}
    return blake2b(canonical_json(told).encode(), digest_size=8).hexdigest()
