"""Slurm as a source of events: what is new of this user's jobs since it was last asked.

It is one source for the whole machine, since all jobs are asked for in one call; each job's events go to the clone
that it was submitted from. A cycle makes at most one call of sacct: of a window of time, which finds new jobs, or of
the numbers of open jobs, which alone finds those that were cancelled before they could run.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Literal

from journal.capture.slurm import commands
from journal.capture.slurm.budget import Purse, filled, is_due
from journal.capture.slurm.inquiry import PURSE, Inquiry
from journal.capture.slurm.open_jobs import OpenJobs
from journal.capture.slurm.situation import Home, Known, Owner, Situation, Told
from journal.events import Batch, Event, make_event, make_telling
from journal.facts import AttemptFact, JobFact
from journal.job_states import Try, first_submissions, is_over

NAME = "slurm"

_BATCH_EVENTS = 1000

_KnownJob = Callable[[str, str, str], Known | None]


def read_slurm(cursors: Mapping[str, Any], here: Situation) -> Iterator[Told]:
    """Asks Slurm if that is due, and yields what is new; the last batch brings the cursors."""
    if not (commands.has_accounting() or commands.has_queue()):
        return
    open_jobs = OpenJobs(cursors, here.now)
    known_open = set(open_jobs)
    for job in here.submitted:
        open_jobs.add(job)
    asked_for = here.asked_for or set(open_jobs) != known_open
    purse = filled(Purse(**cursors.get(PURSE, {})), here.now, here.per_minute)
    if not is_due(purse, here.now, open_jobs=len(open_jobs) > 0, asked_for=asked_for):
        if here.asked_for:
            yield Told(None, Batch([], {}, {"Slurm was asked often of late: it is asked again in a minute": 1}))
        return
    known = cache(here.known)
    skipped: Counter[str] = Counter()
    inquiry = Inquiry(cursors, here, purse, open_jobs, skipped)
    facts = inquiry.ask(lambda fact: _is_new(fact, known) and _owner([fact], here.homes, known) is not None)
    numbers = here.known_numbers({fact["job_id"] for fact in facts})  # at once: ten thousand may be new

    def known_now(cluster: str, job_id: str, submitted_at: str) -> Known | None:
        return known(cluster, job_id, submitted_at) if job_id in numbers else None

    seen: set[str] = set()
    yield from _in_batches(_events(facts, here.homes, known_now, open_jobs, seen))
    if inquiry.accounting_answered:
        open_jobs.note_absent(seen, by_number=inquiry.by_number)
    yield Told(None, Batch([], {**inquiry.cursors(), **open_jobs.cursors()}, skipped))


def _is_new(fact: AttemptFact, known: _KnownJob) -> bool:
    """Whether nothing was ever told of a try."""
    job = known(fact["cluster"], fact["job_id"], fact["submitted_at"])
    return job is None or job.submitted_at is None


def _in_batches(told: Iterable[tuple[Owner, Event]]) -> Iterator[Told]:
    waiting: dict[Owner, list[Event]] = {}
    for owner, event in told:
        events = waiting.setdefault(owner, [])
        events.append(event)
        if len(events) >= _BATCH_EVENTS:
            yield Told(owner, Batch(waiting.pop(owner), {}, {}))
    for owner, events in waiting.items():
        yield Told(owner, Batch(events, {}, {}))


def _events(
    facts: Iterable[AttemptFact], homes: Sequence[Home], known: _KnownJob, open_jobs: OpenJobs, seen: set[str]
) -> Iterator[tuple[Owner, Event]]:
    """The events of our jobs; their names are added to `seen`, and what is open is noted."""
    jobs: dict[tuple[str, str], list[AttemptFact]] = {}
    for fact in facts:
        jobs.setdefault((fact["cluster"], fact["job_id"]), []).append(fact)
    for (cluster, job_id), tries in jobs.items():
        seen.add(f"{cluster}/{job_id}")
        owner = _owner(tries, homes, known)
        if owner is None:
            continue
        for event in (*_job_events(owner, tries, known), *_attempt_events(owner, tries, open_jobs)):
            yield owner, event
        open_jobs.note(tries)


def _owner(tries: Iterable[AttemptFact], homes: Sequence[Home], known: _KnownJob) -> Owner | None:
    """Whose job it is: the store knows, or it ran in a worktree."""
    for fact in tries:
        job = known(fact["cluster"], fact["job_id"], fact["submitted_at"])
        if job:
            return job.owner
        place = fact.get("work_dir", "")
        around = [home for home in homes if place == home.root or place.startswith(f"{home.root}/")]
        if around:
            return max(around, key=lambda home: len(home.root)).owner
    return None


def _job_events(owner: Owner, tries: Sequence[AttemptFact], known: _KnownJob) -> Iterator[Event]:
    """One for each job; a number that was used again is another job's."""
    first = first_submissions(
        Try(fact["raw_id"], fact["submitted_at"], fact["state"], fact.get("name"), fact.get("work_dir"))
        for fact in tries
    )
    jobs: dict[str, list[AttemptFact]] = {}
    for fact in tries:
        jobs.setdefault(first[fact["raw_id"], fact["submitted_at"]], []).append(fact)
    for submitted_at, own in jobs.items():
        if all(fact.get("torn") for fact in own):
            continue
        before = known(own[0]["cluster"], own[0]["job_id"], submitted_at)
        job = _job(own, before.submitted_at if before and before.submitted_at else submitted_at)
        key = (job["cluster"], job["job_id"], job["submitted_at"])
        yield make_event("job", job["submitted_at"], owner.project, NAME, key, job)


def _attempt_events(owner: Owner, tries: Iterable[AttemptFact], open_jobs: OpenJobs) -> Iterator[Event]:
    for fact in tries:
        if is_over(fact["state"]) or open_jobs.is_news(fact):
            at = fact.get("ended_at") or fact.get("started_at") or fact["submitted_at"]
            yield make_telling("attempt", at, owner.project, NAME, fact)


_COMMANDS: dict[str, Literal["sbatch", "srun", "salloc"]] = {"sbatch": "sbatch", "srun": "srun", "salloc": "salloc"}


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
