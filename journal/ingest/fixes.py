"""What was changed between a run that failed and the one that got past it: looked at once, when that is first known.

Git compares the code of both; the agent's transcripts, the environment's packages and the scheduler tell the rest.
All of it is bounded, and goes through redaction before it is kept.
"""

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from journal.capture.claude.commands import shell_commands
from journal.capture.clone_source import main_root
from journal.capture.git.patches import patch_excerpt
from journal.capture.git.process import GitError
from journal.capture.git.state import worktree_roots
from journal.capture.git.trees import Difference, differences
from journal.capture.machine.python_environment import installed_since
from journal.capture.machine.view import this_machine
from journal.capture.place import Place
from journal.derive.edits import output_pattern
from journal.derive.gotcha.change import LOOKED_AT, ChangedPath, fixed_files, script_change, that_may_matter
from journal.derive.gotcha.circumstances import changed_circumstances, changed_machine, installed_words
from journal.derive.gotcha.environment_commands import environment_commands
from journal.derive.gotcha.relevance import FailureWords
from journal.derive.gotcha.run import Failure, Run
from journal.derive.gotcha.same_run import script_path
from journal.derive.job import Job, submitted_late
from journal.events import Event, make_event
from journal.facts import FixedFile, FixFact
from journal.ingest.gotchas import SOURCE
from journal.moments import from_epoch, to_datetime
from journal.store.job_queries import script_of
from journal.store.secret_rules import secrets_redactor

_TICK_SECONDS = 1.0  # the scheduler tells whole seconds: what was done in that of the start may have been before it

_LOG = "SELECT data FROM event WHERE id = ?"
_TYPED = """
SELECT text FROM prompt
WHERE project = :project AND at >= :since AND at <= :until AND substr(text, 1, 2) = '! ' ORDER BY at LIMIT 200
"""
_LOOKS = """
SELECT json_extract(data, '$.facts') FROM event
WHERE kind = 'machine' AND project = :project AND at <= :until AND json_extract(data, '$.host') = :host
    AND json_extract(data, '$.facts.job') IS NULL
ORDER BY at DESC, seq DESC LIMIT 1
"""


class _Code(NamedTuple):
    """What a job ran: a commit, and whether it is certain that it was no other."""

    commit: str | None
    certain: bool


class Fixes:
    """The looks of one cycle."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._redactor = secrets_redactor()

    def between(self, failed: Run, failure: Failure, passed: Run, place: Place | None) -> Event:
        """What was changed between two runs, as an event.

        Args:
            failed: the last run that failed so.
            failure: how.
            passed: the run that got past it.
            place: the clone that both were submitted in; None where it is not on this machine.
        """
        words = self._words(failure)
        since, until = failure.at, _started_at(passed)
        changed, left_out, compared = self._changed(failed.job, passed.job, place, words)
        commands = self._commands(passed.job, place, since, until)
        environment = self._environment(failed.job, passed.job, place, since, until, words)
        one, other = (f"job:{run.job.cluster}/{run.job.job_id}" for run in (failed, passed))
        fact: FixFact = {
            "fingerprint": failure.fingerprint,
            "label": failure.label,
            "cluster": str(passed.job.cluster),
            "failed": one,
            "failed_submitted_at": failed.job.submitted_at,
            "passed": other,
            "passed_submitted_at": passed.job.submitted_at,
            "compared": compared,
            "changed": changed,
            "left_out": left_out,
            "commands": [self._redactor.text(command) for command in commands],
            "environment": [self._redactor.text(words) for words in environment],
            "session": passed.job.submitted.get("session"),
        }
        key = (failure.fingerprint, one, failed.job.submitted_at, other, passed.job.submitted_at)
        return make_event("fix", passed.ended_at, passed.job.project, SOURCE, key, fact)

    def _words(self, failure: Failure) -> FailureWords:
        row = self._connection.execute(_LOG, (failure.log,)).fetchone()
        fact: Mapping[str, Any] = json.loads(row[0]) if row else {}
        told = (failure.fingerprint, fact.get("signature") or "")
        return FailureWords(failure.label, told, fact.get("advice") or ())

    def _changed(
        self, failed: Job, passed: Job, place: Place | None, words: FailureWords
    ) -> tuple[list[FixedFile], int, bool]:
        """The files that differ, how many more do, and whether the code of both is known for certain."""
        one, other = _code_of(failed), _code_of(passed)
        git_dir = place.repository.git_dir if place else None
        found: list[Difference] = []
        compared = False
        if git_dir and one.commit and other.commit:
            try:
                found = differences(git_dir, one.commit, other.commit, renames=True)
                compared = one.certain and other.certain
            except GitError:
                pass  # a snapshot was let go, or lies in another clone
        by_path = {each.path: each for each in found}
        script = script_path(passed)
        paths = [_changed_path(each) for each in found if not _is_output(each.path, failed, passed)]
        ranked = that_may_matter(paths, script, words)
        looked_at: list[tuple[ChangedPath, str]] = []
        for number, path in enumerate(ranked):
            each, patch = by_path[path.path], ""
            if git_dir and number < LOOKED_AT:
                patch = patch_excerpt(git_dir, str(one.commit), str(other.commit), each.name, each.old_name)
            looked_at.append((path, patch))
        if script not in by_path:
            looked_at += self._script(failed, passed, script)
        files = fixed_files(looked_at, words)
        for file in files:
            if "patch" in file:
                file["patch"] = self._redactor.text(file["patch"])
        return files, len(looked_at) - len(files), compared

    def _script(self, failed: Job, passed: Job, path: str | None) -> Iterator[tuple[ChangedPath, str]]:
        """How the job's script differs, where no snapshot holds it: it was generated, ignored, or lies elsewhere."""
        one, other = (script_of(self._connection, job) for job in (failed, passed))
        if one and other and one["text"] != other["text"]:
            yield script_change(path or passed.name, one["text"], other["text"])

    def _commands(self, job: Job, place: Place | None, since: str, until: str) -> list[str]:
        """What changed an environment between two moments, of what a person typed and an agent ran."""
        window = {"project": job.project, "since": since, "until": until}
        texts = [text.removeprefix("! ") for (text,) in self._connection.execute(_TYPED, window)]
        if place:
            end = from_epoch(to_datetime(until).timestamp() + _TICK_SECONDS)
            texts += shell_commands(_roots(place), str(job.project), since, end)
        return environment_commands(texts)

    def _environment(
        self, failed: Job, passed: Job, place: Place | None, since: str, until: str, words: FailureWords
    ) -> list[str]:
        told = changed_circumstances(failed, passed)
        host = os.uname().nodename.split(".", 1)[0]
        looks = [self._look(passed, host, moment) for moment in (since, until)]
        if looks[0] and looks[1]:
            told += changed_machine(looks[0], looks[1])
        if place and place.repository.root:
            start, end = to_datetime(since).timestamp(), to_datetime(until).timestamp()
            root = Path(passed.submitted.get("root") or place.repository.root)
            came = [each for each in installed_since(this_machine(), root, start) if each.at <= end + _TICK_SECONDS]
            told += installed_words([each[:3] for each in came], words.in_text)
        return told

    def _look(self, job: Job, host: str, moment: str) -> Mapping[str, Any] | None:
        row = self._connection.execute(_LOOKS, {"project": job.project, "until": moment, "host": host}).fetchone()
        facts: Mapping[str, Any] | None = json.loads(row[0]) if row else None
        return facts


def _code_of(job: Job) -> _Code:
    """The snapshot that a job was submitted with, or what was found at its start where that was edited since."""
    code = job.submitted
    snapshot = code.get("snapshot")
    started = next((drift for drift in job.drifts if drift["moment"] == "start" and drift["files"]), None)
    certain = bool(snapshot) and not submitted_late(job) and not code.get("left_out")
    return _Code(started["found"] if started else snapshot, certain)


def _changed_path(difference: Difference) -> ChangedPath:
    old = difference.old_name.decode("utf-8", "backslashreplace") if difference.old_name is not None else None
    return ChangedPath(difference.path, difference.status == "A", difference.added, difference.removed, old)


def _is_output(path: str, *jobs: Job) -> bool:
    """Whether a file is what one of the jobs wrote to as its output."""
    for job in jobs:
        root = job.submitted.get("root") or job.work_dir or ""
        for attempt in job.attempts:
            for name in ("stdout", "stderr"):
                pattern = attempt.get(name)
                if pattern and output_pattern(pattern, attempt.get("work_dir") or "/").fullmatch(f"{root}/{path}"):
                    return True
    return False


def _started_at(run: Run) -> str:
    """When a run began: what was changed while it waited counts too."""
    started = (attempt.get("started_at") for attempt in run.job.attempts)
    return min(filter(None, started), default=run.job.submitted_at)


def _roots(place: Place) -> Sequence[Path]:
    return [main_root(place.repository), *worktree_roots(place.repository.common_dir)]
