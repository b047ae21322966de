"""Slurm as a source of events: what is new of this user's jobs since it was last asked.

It is one source for the whole machine, since all jobs are asked for in one call; each job's events go to the clone
that it was submitted from. A cycle makes at most one call of sacct: of a window of time, which finds new jobs, or of
the numbers of open jobs, which alone finds those that were cancelled before they could run.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any, Literal, NamedTuple

from journal import moments
from journal.capture.slurm import accounting, commands, queue
from journal.capture.slurm.budget import Purse, filled, is_due, spent
from journal.events import Batch, Event, canonical_json, make_event
from journal.facts import AttemptFact, JobFact
from journal.job_states import MAY_BE_REPLACED, REPLACED, Try, first_submissions, is_over

NAME = "slurm"

# Cursors: the purse, how far accounting was read, what this installation can tell, and each job that is not settled.
PURSE = "purse"
_REACHED = "reached"
_INSTALLED = "installed"
_OPEN = "job:"

_OVERLAP_SECONDS = 900  # accounting lags, and clocks differ
_BACKFILL_SECONDS = 30 * 86400
_SHORTEST_BACKFILL_SECONDS = 86400
_SETTLING_SECONDS = 600.0  # an end may still become a requeue
_FORGOTTEN_SECONDS = 3 * 86400.0  # accounting was purged: it will not be told
_MOST_IDS = 500
_BATCH_EVENTS = 1000


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
        submitted: numbers of jobs that were handed over and of which the scheduler has told nothing yet.
        known: the job with a cluster, a number and a submission (of any try).
    """

    now: float
    per_minute: float
    asked_for: bool
    homes: Sequence[Home]
    submitted: Sequence[str]
    known: Callable[[str, str, str], Known | None]


class Told(NamedTuple):
    """Events of one clone, or the cursors of all (with no owner)."""

    owner: Owner | None
    batch: Batch


def read_slurm(cursors: Mapping[str, Any], here: Situation) -> Iterator[Told]:
    """Asks Slurm if that is due, and yields what is new; the last batch brings the cursors."""
    if not (commands.has_accounting() or commands.has_queue()):
        return
    purse = filled(Purse(**cursors.get(PURSE, {})), here.now, here.per_minute)
    open_jobs = {name.removeprefix(_OPEN): value for name, value in cursors.items() if name.startswith(_OPEN)}
    asked_for = here.asked_for or any(job not in open_jobs for job in here.submitted)
    if not is_due(purse, here.now, open_jobs=bool(open_jobs or here.submitted), asked_for=asked_for):
        return
    yield from _Cycle(cursors, here, purse, open_jobs).run()


class _Cycle:
    """One time of asking."""

    def __init__(
        self, cursors: Mapping[str, Any], here: Situation, purse: Purse, open_jobs: dict[str, dict[str, Any]]
    ) -> None:
        self._here = here
        self._now = moments.from_epoch(here.now)
        self._purse = purse
        self._calls = 0
        self._reached: dict[str, Any] = dict(cursors.get(_REACHED, {}))
        self._installed: dict[str, Any] = cursors.get(_INSTALLED, {})
        self._open = open_jobs
        self._were_open = set(open_jobs)
        self._skipped: Counter[str] = Counter()
        for job in here.submitted:
            self._open.setdefault(job, {"since": here.now, "absent": True, "told": {}})

    def run(self) -> Iterator[Told]:
        self._look_at_installation()
        facts = list(self._ask_accounting())
        if self._purse.failures or self._lack_outputs(facts):
            facts = self._with_queue(facts)
        yield from self._events(facts)
        yield Told(None, Batch([], self._cursors(), self._skipped))

    # ── asking ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _look_at_installation(self) -> None:
        """Once a day: which fields sacct knows, and the cluster's name."""
        if self._installed and 0 <= self._here.now - self._installed["at"] < 86400:
            return
        fields = commands.sacct_fields() if commands.has_accounting() else commands.Answer(b"", "there is no sacct")
        self._installed = {
            "at": self._here.now,
            "fields": commands.usable_fields(fields.output.decode("utf-8", "replace")),
            "cluster": commands.cluster_name() or self._installed.get("cluster"),
        }

    def _ask_accounting(self) -> Iterator[AttemptFact]:
        fields: list[str] = self._installed["fields"]
        if not fields:
            self._purse = self._purse._replace(failures=self._purse.failures + 1, asked_at=self._here.now)
            return
        absent = [job for job, state in self._open.items() if state.get("absent")]
        by_ids = bool(absent) and not self._reached.get("by_ids") and "until" in self._reached
        answer, delimiter = self._ask_jobs(fields, absent) if by_ids else self._ask_window(fields)
        self._calls += 1
        self._purse = self._purse._replace(asked_at=self._here.now)
        if answer.problem:
            self._purse = self._purse._replace(failures=self._purse.failures + 1)
            self._skipped[answer.problem] += 1
            return
        self._purse = self._purse._replace(failures=0)
        self._reached["by_ids"] = by_ids
        rows = accounting.parse_rows(answer.output, fields, delimiter, self._skipped)
        yield from accounting.attempts(rows, self._now, self._skipped)

    def _ask_jobs(self, fields: Sequence[str], absent: Sequence[str]) -> tuple[commands.Answer, bytes]:
        others = [job for job in self._open if job not in set(absent)]
        ids = [_number_of(job) for job in (*absent, *others)][:_MOST_IDS]
        return commands.sacct_jobs(fields, list(dict.fromkeys(ids)), self._clusters())

    def _ask_window(self, fields: Sequence[str]) -> tuple[commands.Answer, bytes]:
        """The time since the last window; for a clone that is new here, as far back as accounting will tell."""
        now = int(self._here.now)
        writers = sorted({home.owner.writer for home in self._here.homes})
        new = not set(writers) <= set(self._reached.get("writers", ()))
        back = self._reached.get("backfill", _BACKFILL_SECONDS)
        since = now - back if new or "until" not in self._reached else self._reached["until"] - _OVERLAP_SECONDS
        window = commands.Window(since, now + _OVERLAP_SECONDS)
        answer = commands.sacct_window(fields, window, self._clusters(), long=now - since > 86400)
        if not answer[0].problem:
            self._reached |= {"until": now, "writers": writers}
            self._reached.pop("backfill", None)
        elif new and back > _SHORTEST_BACKFILL_SECONDS:  # it took too long, or the site limits how far one may look
            self._reached["backfill"] = max(_SHORTEST_BACKFILL_SECONDS, back // 4)
        return answer

    def _clusters(self) -> list[str]:
        """None where all jobs are on the local cluster."""
        local: str = self._installed.get("cluster") or ""
        named = {job.rpartition("/")[0] for job in self._open} - {""}
        return sorted({*named, local} - {""}) if named - {local} else []

    def _lack_outputs(self, facts: Iterable[AttemptFact]) -> bool:
        """Whether there are tries, just seen for the first time, of which only the queue knows where they write."""
        return "StdOut" not in self._installed["fields"] and any(
            "stdout" not in fact and self._is_recent(fact) and not self._told_before(fact) and self._owner(fact)
            for fact in facts
        )

    def _with_queue(self, facts: list[AttemptFact]) -> list[AttemptFact]:
        """Adds what the queue knows: outputs, jobs that cannot run yet, and where accounting said nothing, all."""
        answer, delimiter = commands.squeue()
        self._calls += 1
        if answer.problem:
            self._skipped[answer.problem] += 1
            return facts
        cluster = self._installed.get("cluster") or "unknown"
        queued = list(queue.attempts(answer.output, delimiter, cluster, self._now, self._skipped))
        if self._purse.failures:
            return queued
        outputs = {(fact["raw_id"], fact["submitted_at"]): fact for fact in queued}
        for fact in facts:
            known = outputs.pop((fact["raw_id"], fact["submitted_at"]), None)
            if known and fact["cluster"] == cluster:
                fact.update({name: known[name] for name in ("stdout", "stderr") if name in known})  # type: ignore[typeddict-item]  # pyright: ignore[reportCallIssue, reportArgumentType]  # two keys of the fact
        return [*facts, *(fact for fact in outputs.values() if not is_over(fact["state"]))]

    # ── telling ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _events(self, facts: Sequence[AttemptFact]) -> Iterator[Told]:
        jobs: dict[tuple[str, str], list[AttemptFact]] = {}
        for fact in facts:
            jobs.setdefault((fact["cluster"], fact["job_id"]), []).append(fact)
        seen: set[str] = set()
        waiting: dict[Owner, list[Event]] = {}
        for (cluster, job_id), tries in jobs.items():
            name = f"{cluster}/{job_id}"
            seen |= {name, job_id}
            owner = next((owner for fact in tries if (owner := self._owner(fact))), None)
            if owner is None:
                continue
            events = waiting.setdefault(owner, [])
            events.extend(self._job_events(owner, tries))
            self._note_open(name, tries)
            if len(events) >= _BATCH_EVENTS:
                yield Told(owner, Batch(waiting.pop(owner), {}, {}))
        for owner, events in waiting.items():
            yield Told(owner, Batch(events, {}, {}))
        self._note_absent(seen)

    def _owner(self, fact: AttemptFact) -> Owner | None:
        """Whose job it is: the store knows, or it ran in a worktree."""
        known = self._here.known(fact["cluster"], fact["job_id"], fact["submitted_at"])
        if known:
            return known.owner
        work_dir = fact.get("work_dir", "")
        homes = [home for home in self._here.homes if work_dir == home.root or work_dir.startswith(f"{home.root}/")]
        return max(homes, key=lambda home: len(home.root)).owner if homes else None

    def _job_events(self, owner: Owner, tries: Sequence[AttemptFact]) -> Iterator[Event]:
        first = first_submissions(
            Try(fact["raw_id"], fact["submitted_at"], fact["state"], fact.get("name"), fact.get("work_dir"))
            for fact in tries
        )
        whole: dict[str, list[AttemptFact]] = {}
        for fact in tries:
            whole.setdefault(first[fact["raw_id"], fact["submitted_at"]], []).append(fact)
        for submitted_at, own in whole.items():
            known = self._here.known(own[0]["cluster"], own[0]["job_id"], submitted_at)
            job = _job(own, known.submitted_at if known and known.submitted_at else submitted_at)
            if not all(fact.get("torn") for fact in own):
                key = (job["cluster"], job["job_id"], job["submitted_at"])
                yield make_event("job", job["submitted_at"], owner.project, NAME, key, job)
        for fact in tries:
            if is_over(fact["state"]) or self._is_news(fact):
                at = fact.get("ended_at") or fact.get("started_at") or fact["submitted_at"]
                yield make_event("attempt", at, owner.project, NAME, (canonical_json(fact),), fact)

    def _told_before(self, fact: AttemptFact) -> bool:
        state = self._open.get(f"{fact['cluster']}/{fact['job_id']}", {})
        return _try_name(fact) in state.get("told", {})

    def _is_news(self, fact: AttemptFact) -> bool:
        """Whether this was not the last that was told of a try that is not over."""
        state = self._open.get(f"{fact['cluster']}/{fact['job_id']}", {})
        told: dict[str, str] = state.get("told", {})
        return told.get(_try_name(fact)) != _digest(fact)

    def _is_recent(self, fact: AttemptFact) -> bool:
        """Whether the controller may still know it (MinJobAge is 300 s where nobody set it)."""
        ended = fact.get("ended_at")
        return ended is None or self._here.now - moments.to_datetime(ended).timestamp() < _SETTLING_SECONDS

    def _note_open(self, name: str, tries: Sequence[AttemptFact]) -> None:
        """Remembers a job that is not settled, and forgets one that is."""
        former = self._open.pop(name, None) or self._open.pop(_number_of(name), None) or {}
        if all(map(self._is_settled, tries)):
            return
        told = {_try_name(fact): _digest(fact) for fact in tries if not is_over(fact["state"])}
        self._open[name] = {"since": former.get("since", self._here.now), "absent": False, "told": told}

    def _is_settled(self, fact: AttemptFact) -> bool:
        if not is_over(fact["state"]) or fact.get("torn"):
            return False
        may_go_on = fact["state"] in REPLACED or fact["state"] in MAY_BE_REPLACED
        return not may_go_on or not self._is_recent(fact)

    def _note_absent(self, seen: set[str]) -> None:
        """Open jobs of which nothing was told are asked for by their number next time; in the end they are given up."""
        if self._purse.failures:
            return
        for name, state in list(self._open.items()):
            if name in seen or _number_of(name) in seen:
                continue
            state["absent"] = True
            if self._here.now - state["since"] > _FORGOTTEN_SECONDS and self._reached.get("by_ids"):
                del self._open[name]

    def _cursors(self) -> dict[str, Any]:
        purse = spent(self._purse, self._calls, self._now[:10])
        return {
            PURSE: purse._asdict(),
            _REACHED: self._reached,
            _INSTALLED: self._installed,
            **{_OPEN + name: self._open.get(name) for name in self._were_open | self._open.keys()},
        }


def _number_of(job: str) -> str:
    """12 of lab/12."""
    return job.rpartition("/")[2]


def _try_name(fact: AttemptFact) -> str:
    return f"{fact['raw_id']}@{fact['submitted_at']}"


def _digest(fact: AttemptFact) -> str:
    told = {name: value for name, value in fact.items() if name != "seen_at"}
    return blake2b(canonical_json(told).encode(), digest_size=8).hexdigest()


def _job(tries: Sequence[AttemptFact], submitted_at: str) -> JobFact:
    """A job as its first try tells of it."""
    first = min(
        tries, key=lambda fact: (bool(fact.get("torn")), fact["submitted_at"], fact.get("component", 0), fact["raw_id"])
    )
    command = first.get("submit_line", "").partition(" ")[0].rpartition("/")[2]
    return {
        "cluster": first["cluster"],
        "job_id": first["job_id"],
        "submitted_at": submitted_at,
        "name": first.get("name", first["job_id"]),
        "command": _COMMANDS.get(command),
        "work_dir": first.get("work_dir"),
    }


_COMMANDS: dict[str, Literal["sbatch", "srun", "salloc"]] = {"sbatch": "sbatch", "srun": "srun", "salloc": "salloc"}
