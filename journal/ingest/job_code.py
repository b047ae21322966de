"""The stage of a capture that follows the code of jobs: snapshots of what nothing saw being submitted, and what has
changed when a job starts and ends.

A job is followed from when the scheduler first tells of it until its end was looked at, by a cursor of its own; one
that can be followed no further is told of once, as skipped. What an old job ran is not guessed at: where HEAD was, if
the reflog says so for certain, is all that is kept of it.

Every capture loads this file, so what looks at code is imported only where there is some to look at.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from journal.capture.git.repository import Repository
from journal.capture.git.state import head_branch
from journal.capture.place import Place
from journal.errors import JournalError
from journal.events import Batch, Event, make_event
from journal.facts import ChangedFile, JobFact, SubmissionFact
from journal.ingest.snapshot_pruning import prune_snapshots
from journal.job_states import MAY_BE_REPLACED, is_over
from journal.moments import from_epoch, to_datetime
from journal.store.event_log import append_batch, cursors

if TYPE_CHECKING:
    from journal.derive.job import Job
    from journal.ingest.code_looks import CodeLooks
    from journal.ingest.worktrees import Worktrees

_SOURCE = "slurm"
_NAME = "code"  # the cursors' namespace
_REACHED = "reached"  # cursor: the last event that was looked at for new jobs
_FOLLOWED = "job:"  # cursors: what is awaited of a job, "start" or "end"

_RECENT_SECONDS = 600.0  # a job that was submitted so lately ran what lies there now
_SETTLING_SECONDS = 600.0  # a try that was pre-empted may go on as another one
_FORGOTTEN_SECONDS = 100 * 86400.0  # nothing will be told of it any more

# With each whether it is settled: all of its tries ended a while ago, and none will follow.
_NEW_JOBS = """
SELECT event.id, event.data, coalesce((
    SELECT min(attempt.ended_at <= :settled_since AND attempt.state <> 'REQUEUED' AND attempt.ended_at IS NOT NULL)
    FROM attempt WHERE attempt.cluster = job.cluster AND attempt.job_id = job.job_id
        AND attempt.first_submitted_at = job.submitted_at
), FALSE)
FROM event NOT INDEXED CROSS JOIN job ON job.event = event.id AND job.job_id = event.data ->> 'job_id'
    AND job.cluster = event.data ->> 'cluster' AND job.submitted_at = event.data ->> 'submitted_at'
WHERE event.seq > :reached AND event.seq <= :last AND event.kind = 'job' AND event.writer = :writer
    AND event.project IS NOT NULL ORDER BY event.seq
"""
_TOLD_OF = "SELECT DISTINCT job_id FROM submission WHERE project = ?"
_TRIES = """
SELECT job.event, job.submitted_at, attempt.submitted_at, attempt.started_at, attempt.ended_at, attempt.state
FROM json_each(?) AS asked CROSS JOIN event ON event.id = asked.value
CROSS JOIN job ON job.event = event.id AND job.job_id = event.data ->> 'job_id'
    AND job.cluster = event.data ->> 'cluster' AND job.submitted_at = event.data ->> 'submitted_at'
LEFT JOIN attempt ON attempt.cluster = job.cluster AND attempt.job_id = job.job_id
    AND attempt.first_submitted_at = job.submitted_at
ORDER BY asked.key
"""


class Followed(NamedTuple):
    """What following jobs brought in: new events by kind, and reason → how many jobs were passed over."""

    kinds: Counter[str]
    skipped: Counter[str]


class _Try(NamedTuple):
    submitted_at: str
    started_at: str | None
    ended_at: str | None
    state: str


class Progress(NamedTuple):
    """How far a job has come.

    Attributes:
        submitted_at: its first submission.
        started_at: its first try's start; None before.
        ended_at: its last try's end, once all tries of all tasks are over and none will follow; None before.
        is_over: whether that is so.
    """

    submitted_at: str
    started_at: str | None
    ended_at: str | None
    is_over: bool


def follow_code(
    connection: sqlite3.Connection, places: Iterable[Place], now: str, snapshot_days: int = 365
) -> Followed:
    """Looks at the code of every job of some clones that was submitted, has started or ended since the last time.

    Args:
        connection: an open store, which the scheduler's news are in already.
        places: the clones.
        now: the present, in stored form.
        snapshot_days: how long the snapshots of jobs are kept; 0 for ever.
    """
    followed = Followed(Counter(), Counter())
    by_writer = {place.writer: place for place in places}
    for place in by_writer.values():
        try:
            for batch in _batches(connection, place, now, snapshot_days):
                followed.kinds.update(append_batch(connection, place.writer, _NAME, batch))
                followed.skipped.update(batch.skipped)
        except JournalError as error:  # a clone that git refuses must not keep others from being read
            followed.skipped[f"code of jobs not followed: {error.problem}"] += 1
    return followed


def _batches(connection: sqlite3.Connection, place: Place, now: str, snapshot_days: int) -> Iterator[Batch]:
    yield from _Clone(connection, place, now).read()
    known = cursors(connection, place.writer, _NAME)
    if reached := prune_snapshots(connection, place, known, now, snapshot_days):
        yield Batch([], reached, {})


def _without_outputs(job: "Job", root: Path, changed: list[ChangedFile] | None) -> list[ChangedFile] | None:
    """The files of a late snapshot that are not what the job itself has written since."""
    from journal.derive.edits import output_pattern

    paths = {path for attempt in job.attempts for name in ("stdout", "stderr") if (path := attempt.get(name))}
    outputs = [output_pattern(path, job.work_dir or "/") for path in paths]
    if changed is None or not outputs:
        return changed
    return [file for file in changed if not any(each.fullmatch(f"{root}/{file['path']}") for each in outputs)]


class _Clone:
    """The jobs of one clone, in one cycle."""

    def __init__(self, connection: sqlite3.Connection, place: Place, now: str) -> None:
        self._connection = connection
        self._place = place
        self._now = now
        self._cursors = cursors(connection, place.writer, _NAME)

    @cached_property
    def _worktrees(self) -> "Worktrees":
        from journal.ingest.worktrees import Worktrees

        return Worktrees(self._place)

    @cached_property
    def _looks(self) -> "CodeLooks":
        from journal.ingest.code_looks import CodeLooks

        return CodeLooks(self._connection, self._place, self._worktrees, self._now)

    def read(self) -> Iterator[Batch]:
        """New jobs first, then what has become of those that are followed."""
        yield from self._take_new()
        followed = {
            name.removeprefix(_FOLLOWED): moment
            for name, moment in cursors(self._connection, self._place.writer, _NAME).items()
            if name.startswith(_FOLLOWED)
        }
        for event, progress in self._progress(list(followed)).items():
            yield from self._advance(event, followed[event], progress)

    def _take_new(self) -> Iterator[Batch]:
        reached = self._cursors.get(_REACHED, 0)
        (last,) = self._connection.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()
        if last == reached:
            return
        from journal.store.job_queries import job_of

        if last < reached:  # events were purged, and their numbers are given out again
            reached = 0
        settled_since = from_epoch(to_datetime(self._now).timestamp() - _SETTLING_SECONDS)
        here = {"reached": reached, "last": last, "writer": self._place.writer, "settled_since": settled_since}
        rows = self._connection.execute(_NEW_JOBS, here).fetchall()
        facts: list[JobFact] = json.loads(f"[{','.join(data for _, data, _ in rows)}]")
        events: list[Event] = []
        taken: dict[str, Any] = {}
        told_of = {number for (number,) in self._connection.execute(_TOLD_OF, (self._place.project,))}
        others: dict[str, JobFact] = {}
        for (event, _, is_settled), fact in zip(rows, facts, strict=True):
            if is_settled and told_of.isdisjoint({fact["job_id"], None}):
                events += self._old_submission(fact)  # ten thousand of them, when a clone is new here
            else:
                others[event] = fact
        progress = self._progress(list(others))
        for event, fact in others.items():
            job = job_of(self._connection, event, "job", dict(fact))
            if job is None:
                continue
            told = self._submission(job, fact, progress[event])
            events += [told] if told else []
            if not progress[event].is_over or job.submitted.get("snapshot") or told:
                taken[_FOLLOWED + event] = "start"
        yield Batch(events, {**taken, _REACHED: last}, {})

    def _submission(self, job: "Job", fact: JobFact, progress: Progress) -> Event | None:
        """What can still be kept of the code of a job whose submission nothing saw, or not with a snapshot."""
        repository = self._worktrees.around(job.submitted.get("root") or job.work_dir)
        if job.submitted.get("snapshot") or repository is None or repository.root is None:
            return None
        if self._is_old(progress):
            commit = None if job.submitted.get("commit") else self._worktrees.head_before(repository, job.submitted_at)
            return self._event(fact, repository, commit=commit) if commit else None
        taken = self._worktrees.snapshot(repository.root)
        return self._event(
            fact,
            repository,
            branch=head_branch(repository),
            commit=taken.base,
            snapshot=taken.commit,
            snapshot_at=self._now if taken.commit else None,
            changed=_without_outputs(job, repository.root, self._worktrees.changed(repository, taken)),
            left_out=taken.left_out,
            problem=taken.problem,
        )

    def _is_old(self, progress: Progress) -> bool:
        """Whether a job is over, and what lies there now is no longer what it ran."""
        return progress.is_over and self._age(progress.submitted_at) > _RECENT_SECONDS

    def _old_submission(self, job: JobFact) -> Iterator[Event]:
        """Where HEAD was when a job was submitted of which nothing else is known."""
        repository = self._worktrees.around(job["work_dir"])
        commit = self._worktrees.head_before(repository, job["submitted_at"]) if repository else None
        if repository and commit:
            yield self._event(job, repository, commit=commit)

    def _event(self, job: JobFact, repository: Repository, **known: Any) -> Event:
        fact: SubmissionFact = {
            "command": job["command"] or "sbatch",
            "told_by": "accounting",
            "job_id": job["job_id"],
            "cluster": job["cluster"],
            "host": None,
            "argv": None,
            "cwd": job["work_dir"],
            "root": str(repository.root),
            "branch": None,
            "commit": None,
            "snapshot": None,
            "snapshot_at": None,
            "changed": None,
            "left_out": 0,
            "problem": None,
            "session": None,
        }
        fact.update(known)  # type: ignore[typeddict-item]  # pyright: ignore[reportCallIssue, reportArgumentType]  # fields of the fact
        key = (job["cluster"], job["job_id"], "", job["submitted_at"], job["work_dir"] or "")
        return make_event("submission", job["submitted_at"], self._place.project, _SOURCE, key, fact)

    def _age(self, moment: str) -> float:
        return (to_datetime(self._now) - to_datetime(moment)).total_seconds()

    def _progress(self, events: Sequence[str]) -> dict[str, Progress]:
        rows = self._connection.execute(_TRIES, (json.dumps(events),)) if events else ()
        return {
            event: self._judged(submitted_at, [_Try(*row[2:]) for row in of_job if row[2]])
            for (event, submitted_at), of_job in groupby(rows, key=itemgetter(0, 1))
        }

    def _judged(self, submitted_at: str, tries: Sequence[_Try]) -> Progress:
        if not tries:
            return Progress(submitted_at, None, None, is_over=False)
        started_at = min((each.started_at for each in tries if each.started_at), default=None)
        ended_at = max((each.ended_at for each in tries if each.ended_at), default=None)
        last = max(tries, key=lambda each: (each.submitted_at, each.ended_at or "")).state
        over = all(is_over(each.state) for each in tries) and last != "REQUEUED"
        if over and last in MAY_BE_REPLACED and ended_at and self._age(ended_at) < _SETTLING_SECONDS:
            over = False
        return Progress(submitted_at, started_at, ended_at if over else None, over)

    def _advance(self, event: str, awaited: str, progress: Progress) -> Iterator[Batch]:
        cursor = _FOLLOWED + event
        has_started = progress.started_at is not None
        if awaited == "start" and has_started:
            yield self._looked(event, "start", str(progress.started_at), str(progress.ended_at or ""), {cursor: "end"})
            awaited = "end"
        if progress.is_over and (awaited == "end" or not has_started):
            if has_started and progress.ended_at:
                yield self._looked(event, "end", str(progress.started_at), progress.ended_at, {cursor: None})
            else:  # it was cancelled before it could run
                yield Batch([], {cursor: None}, {})
        elif self._age(progress.submitted_at) > _FORGOTTEN_SECONDS:
            yield Batch([], {cursor: None}, {})

    def _looked(self, event: str, moment: str, started_at: str, ended_at: str, reached: Mapping[str, Any]) -> Batch:
        """The comparison at one moment of a job, with the cursor that is reached by it."""
        from journal.ingest.code_looks import NotComparedError
        from journal.ingest.script_fallback import script_event
        from journal.store.job_queries import job_of

        (data,) = self._connection.execute("SELECT data FROM event WHERE id = ?", (event,)).fetchone()
        job = job_of(self._connection, event, "job", json.loads(data))
        if job is None or not job.submitted.get("snapshot"):
            return Batch([], reached, {})
        found = [script_event(self._connection, self._place, job)] if moment == "end" else []
        events = [each for each in found if each]
        if Path(job.submitted.get("root") or "/").is_relative_to(self._place.repository.common_dir):
            return Batch(events, reached, {})  # `journal rerun` wrote its code, which nobody edits
        try:
            events.append(self._looks.compared(job, moment, started_at, ended_at or None))
        except NotComparedError as reason:
            return Batch(events, reached, {f"code of a job not compared with its snapshot: {reason}": 1})
        return Batch(events, reached, {})
