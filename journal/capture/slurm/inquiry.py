"""Asking Slurm, once: accounting for a window of time or for some numbers, and the queue where that is not enough."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from journal import moments
from journal.capture.slurm import accounting, commands, queue
from journal.capture.slurm.budget import Patience, Purse, failed, may_try, spent
from journal.capture.slurm.open_jobs import OpenJobs, number_of
from journal.capture.slurm.situation import Situation
from journal.facts import AttemptFact
from journal.job_states import is_over, is_waiting

# Cursors: what was spent, how far accounting was read, what this installation can tell, who did not answer.
PURSE = "purse"
INSTALLED = "installed"
_REACHED = "reached"
_QUEUE = "queue asked at"
_LOCAL = "local until"
PATIENCE = "patience"

_OVERLAP_SECONDS = 300  # accounting lags, and clocks differ
_BACKFILL_SECONDS = 30 * 86400
_SHORTEST_BACKFILL_SECONDS = 86400
_DAY = 86400.0
_MOST_IDS = 500
_QUEUE_PAUSE_SECONDS = 300.0


class Inquiry:
    """One time of asking, and what is remembered of it.

    Args:
        cursors: of the source.
        here: what is known before.
        purse: already filled.
        open_jobs: jobs to ask for by number where no window of time shows them.
        skipped: counts what could not be understood, and who did not answer.
    """

    def __init__(
        self,
        cursors: Mapping[str, Any],
        here: Situation,
        purse: Purse,
        open_jobs: OpenJobs,
        skipped: "Counter[str]",
    ) -> None:
        self._here = here
        self._now = moments.from_epoch(here.now)
        self._purse = purse
        self._open_jobs = open_jobs
        self._skipped = skipped
        self._calls = 0
        self._reached: dict[str, Any] = dict(cursors.get(_REACHED, {}))
        self._installed: dict[str, Any] = cursors.get(INSTALLED, {})
        self._patience = {daemon: Patience(*past) for daemon, past in cursors.get(PATIENCE, {}).items()}
        self._queue_asked_at = float(cursors.get(_QUEUE, 0.0))
        self._local_until = float(cursors.get(_LOCAL, 0.0))
        self.by_number = False
        self.accounting_answered = False

    def ask(self, is_new: Callable[[AttemptFact], bool]) -> list[AttemptFact]:
        """The tries that Slurm tells of.

        Args:
            is_new: whether a try is of a job of ours, and nothing was ever told of it.
        """
        self._look_at_installation()
        facts = self._ask_accounting()
        knows_less = not self.accounting_answered or self._open_jobs.is_awaited(facts) or self._is_queue_due()
        if knows_less or any(is_new(fact) for fact in facts if self._lacks_output(fact)):
            return self._with_queue(facts)
        return [self._with_reason(fact, self._open_jobs.reason(fact)) for fact in facts]

    def cursors(self) -> dict[str, Any]:
        """What to remember."""
        purse = spent(self._purse, self._calls, self._now[:10])._replace(asked_at=self._here.now)
        return {
            PURSE: purse._asdict(),
            INSTALLED: self._installed,
            _REACHED: self._reached,
            _QUEUE: self._queue_asked_at,
            _LOCAL: self._local_until,
            PATIENCE: {daemon: list(past) for daemon, past in self._patience.items() if past.failures},
        }

    def _look_at_installation(self) -> None:
        """Once a day: which fields sacct knows, and the cluster's name."""
        if self._installed and 0 <= self._here.now - self._installed["at"] < _DAY:
            return
        fields = commands.sacct_fields() if commands.has_accounting() else commands.Answer(b"", None)
        name = commands.cluster_name()
        if fields.problem:
            self._skipped[fields.problem] += 1
        self._installed = {
            "at": 0 if fields.problem or name is None else self._here.now,  # a daemon is down: look again next time
            "fields": commands.usable_fields(fields.output.decode("utf-8", "replace"))
            or self._installed.get("fields", []),
            "cluster": name or self._installed.get("cluster"),
        }

    def _ask_accounting(self) -> list[AttemptFact]:
        fields: list[str] = self._installed["fields"]
        if not fields or not (self._here.asked_for or self._may_try("accounting")):
            return []
        absent = self._open_jobs.absent()
        self.by_number = bool(absent) and not self._reached.get("by_number") and "until" in self._reached
        listing = self._ask_numbers(fields, absent) if self.by_number else self._ask_window(fields)
        rows = accounting.parse_rows(listing.chunks(), fields, listing.delimiter, self._skipped)
        facts = list(accounting.attempts(rows, self._now, self._skipped))
        self.accounting_answered = self._note("accounting", listing.problem)
        if not self.accounting_answered and self._clusters():
            self._local_until = self._here.now + _DAY  # one of them may be unknown here: it must not hide the others
        if self.by_number:
            self._reached |= {"by_number": True}
        else:
            self._note_window(answered=self.accounting_answered)
        return facts if self.accounting_answered else []

    def _ask_numbers(self, fields: Sequence[str], absent: Sequence[str]) -> commands.Listing:
        others = [job for job in self._open_jobs if job not in set(absent)]
        numbers = dict.fromkeys(number_of(job) for job in (*absent, *others))
        return commands.sacct_jobs(fields, list(numbers)[:_MOST_IDS], self._clusters())

    def _ask_window(self, fields: Sequence[str]) -> commands.Listing:
        """The time since the last window; for a clone that is new here, as far back as accounting will tell."""
        now = int(self._here.now)
        back = self._reached.get("backfill", _BACKFILL_SECONDS)
        since = now - back if self._has_new_clone() else self._reached["until"] - _OVERLAP_SECONDS
        window = commands.Window(since, now + _OVERLAP_SECONDS)
        return commands.sacct_window(fields, window, self._clusters(), long=now - since > _DAY)

    def _has_new_clone(self) -> bool:
        return "until" not in self._reached or not set(self._writers()) <= set(self._reached["writers"])

    def _writers(self) -> list[str]:
        return sorted({home.owner.writer for home in self._here.homes})

    def _note_window(self, *, answered: bool) -> None:
        if answered:
            self._reached = {"until": int(self._here.now), "writers": self._writers(), "by_number": False}
        elif self._has_new_clone():  # it took too long, or the site limits how far one may look
            back = self._reached.get("backfill", _BACKFILL_SECONDS)
            self._reached["backfill"] = max(_SHORTEST_BACKFILL_SECONDS, back // 4)

    def _clusters(self) -> list[str]:
        """None where all jobs are on the local cluster, or where asking for others failed today."""
        if self._here.now < self._local_until:
            return []
        local: str = self._installed.get("cluster") or ""
        named = {job.rpartition("/")[0] for job in self._open_jobs} - {""}
        return sorted({*named, local} - {""}) if named - {local} else []

    def _lacks_output(self, fact: AttemptFact) -> bool:
        """Whether only the queue knows where a try, seen for the first time, writes (until 24.05)."""
        if "StdOut" in self._installed["fields"] or not self._may_try("queue"):
            return False
        return "stdout" not in fact and self._open_jobs.is_recent(fact) and not self._open_jobs.was_told(fact)

    def _with_queue(self, facts: Sequence[AttemptFact]) -> list[AttemptFact]:
        """Adds what the queue knows: outputs, jobs that cannot run yet, and where accounting said nothing, all."""
        if not self._may_try("queue"):
            return list(facts)
        listing = commands.squeue()
        cluster = self._installed.get("cluster") or "unknown"
        queued = list(queue.attempts(listing.chunks(), listing.delimiter, cluster, self._now, self._skipped))
        if not self._note("queue", listing.problem):
            return list(facts)
        if not self.accounting_answered:
            return queued
        self._queue_asked_at = self._here.now
        others = {(fact["raw_id"], fact["submitted_at"]): fact for fact in queued}
        for fact in facts:
            known = others.pop((fact["raw_id"], fact["submitted_at"]), None)
            if known and fact["cluster"] == cluster:
                fact.update(_what_accounting_lacks(known))
                self._with_reason(fact, known.get("reason"))
        return [*facts, *(fact for fact in others.values() if not is_over(fact["state"]))]

    def _is_queue_due(self) -> bool:
        """Whether the queue was not asked for long.

        Accounting shows no job that is held, and says late or never (24.11) why one waits.
        """
        return not 0 <= self._here.now - self._queue_asked_at < _QUEUE_PAUSE_SECONDS

    def _with_reason(self, fact: AttemptFact, reason: str | None) -> AttemptFact:
        if is_waiting(fact["state"]) and reason:
            fact["reason"] = reason
        return fact

    def _may_try(self, daemon: str) -> bool:
        return may_try(self._patience.get(daemon, Patience()), self._here.now)

    def _note(self, daemon: str, problem: str | None) -> bool:
        """Whether it answered."""
        self._calls += 1
        if problem:
            self._patience[daemon] = failed(self._patience.get(daemon, Patience()), self._here.now)
            self._skipped[problem] += 1
            return False
        self._patience.pop(daemon, None)
        return True


def _what_accounting_lacks(fact: AttemptFact) -> AttemptFact:
    """Where a try writes and its QOS, and nothing else of it."""
    known: Iterable[tuple[str, object]] = fact.items()
    return {name: value for name, value in known if name in ("stdout", "stderr", "qos")}  # type: ignore[return-value]  # pyright: ignore[reportReturnType]  # a part of a fact, to update another with
