"""What `journal rerun` will do: with which code, where, with which words for sbatch, and what is not as it was."""

import os
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from journal.capture.git.trees import differences, tree_of
from journal.capture.slurm.snapshot import take_snapshot
from journal.derive.edits import matters_to_a_rerun
from journal.derive.job import Job
from journal.derive.job_words import left_out_words
from journal.derive.sbatch_arguments import Option, Part, parse, written
from journal.errors import JournalError
from journal.rerun.code_directory import CodeDirectory, code_directory, stands_in
from journal.rerun.editable_installs import editable_installs
from journal.rerun.kept_code import KeptCode, files_left_out, kept_code
from journal.store.job_queries import script_of

# Options of which a second job has no use: what it waited for is over, and who waited is not there.
_DROPPED = {"dependency": "--dependency", "wait": "--wait", "parsable": None, "quiet": None, "test-only": "--test-only"}


class Plan(NamedTuple):
    """What will be done.

    Attributes:
        job: the old job.
        code: its snapshot.
        directory: where its code lies, or will be written; None where the worktree is as the snapshot.
        cwd: where sbatch is run.
        words: sbatch's arguments.
        stdin: the script, where sbatch is to read it.
        linked: what of the worktree, which git ignores, the code gets links to.
        differing: the files in which the worktree differs from the snapshot now; None where it is gone.
        notes: what is not as it was, a sentence each.
    """

    job: Job
    code: KeptCode
    directory: CodeDirectory | None
    cwd: Path
    words: tuple[str, ...]
    stdin: str | None
    linked: tuple[str, ...]
    differing: tuple[str, ...] | None
    notes: tuple[str, ...]


def make_plan(connection: sqlite3.Connection, job: Job, task: str | None) -> Plan:
    """What running a job again means.

    Args:
        connection: an open store.
        job: the old job.
        task: the task of an array that alone is meant.

    Raises:
        JournalError: it was no sbatch job, or its code or its script was not kept.
    """
    fact = job.submitted
    if (fact.get("command") or job.command or "sbatch") != "sbatch":
        raise JournalError(f"job {job.job_id} was started by {fact.get('command')}", "only jobs of sbatch run again")
    code = kept_code(connection, job)
    notes: list[str] = []
    differing = _differing(code)
    directory = None if differing == () else code_directory(code)
    top = code.root if directory is None else directory.path
    if top is None or code.root is None:
        raise JournalError(
            f"where job {job.job_id} was submitted is not known", "`journal job ID --code DIR` has its code"
        )
    script = script_of(connection, job)
    parts = _arguments(job, script["text"] if script else None, notes)
    cwd = _mapped(Path(fact.get("cwd") or job.work_dir or code.root), code.root, top)
    mapping = _Mapping(code, top, cwd, directory)
    parts = [mapping.part(_without_dropped(part, notes)) for part in parts]
    if task is not None and not task.startswith("+"):
        parts = [_with_array(part, task) for part in parts]
    parts, stdin = _with_script(parts, mapping, job, script["text"] if script else None, notes)
    if left_out := left_out_words(job, files_left_out(connection, job)):
        notes.append(f"{left_out} of the code, for size or since they could not be read")
    linked = directory.links if directory is not None else ()
    if directory is not None:
        notes += [_editable(*found) for found in editable_installs(code.root)]
    return Plan(job, code, directory, cwd, tuple(written(parts)), stdin, linked, differing, tuple(notes))


def _editable(environment: Path, package: str) -> str:
    return (
        f"{environment} imports {package} from the worktree (pip install -e), so today's code of it:"
        " unless PYTHONPATH puts the job's directory first"
    )


def _differing(code: KeptCode) -> tuple[str, ...] | None:
    """The files in which the worktree is not as the snapshot, as far as they matter; None where it is gone."""
    if code.root is None or not stands_in(code.root, code.repository):
        return None
    now = take_snapshot(code.root)
    if now.commit is None:
        return None
    if tree_of(code.repository.git_dir, now.commit) == tree_of(code.repository.git_dir, code.commit):
        return ()
    found = differences(code.repository.git_dir, code.commit, now.commit)
    return tuple(each.path for each in found if matters_to_a_rerun(each.path, is_new=each.status == "A"))


def _arguments(job: Job, script: str | None, notes: list[str]) -> list[Part]:
    """The arguments of the old submission, as they were given, or as accounting tells them."""
    given: Sequence[str] | None = job.submitted.get("argv")
    if given is not None:
        return parse(given)
    line = next((attempt["submit_line"] for attempt in reversed(job.attempts) if attempt.get("submit_line")), None)
    if line is None:
        if script is None:
            raise JournalError(f"how job {job.job_id} was submitted is not known", "submit it by hand")
        notes.append("with which options it was submitted is not known: those in the script count")
        return [Part((), None, ())]
    notes.append("the command is told by accounting, which loses quotes: look at it closely")
    words = line.split()[1:]
    wrap = next((at for at, word in enumerate(words) if word == "--wrap" or word.startswith("--wrap=")), None)
    if wrap is None:
        return parse(words)
    if script is None:
        raise JournalError(f"the wrapped command of job {job.job_id} was not kept", "submit it by hand")
    notes.append("options after --wrap are lost")
    return [part._replace(script=None, arguments=()) for part in parse(words[:wrap])]


def _without_dropped(part: Part, notes: list[str]) -> Part:
    dropped = [option for option in part.options if _DROPPED.get(option.name)]
    notes.extend(f"{' '.join(option.words) or _DROPPED[option.name]} is left out" for option in dropped)
    kept = tuple(option for option in part.options if option.name not in _DROPPED)
    return part._replace(options=kept)


def _with_array(part: Part, task: str) -> Part:
    others = tuple(option for option in part.options if option.name != "array")
    return part._replace(options=(*others, Option("array", task, (f"--array={task}",))))


def _mapped(path: Path, old: Path, new: Path) -> Path:
    """A path below one directory as it is below another; others stay."""
    return new / path.relative_to(old) if path.is_relative_to(old) else path


class _Mapping:
    """From the worktree, as arguments name it, to where the code will lie."""

    def __init__(self, code: KeptCode, top: Path, cwd: Path, directory: CodeDirectory | None) -> None:
        self._old = str(code.root)
        self._top = top
        self.cwd = cwd
        self._holds: Callable[[str], bool] = directory.holds if directory else (lambda _: True)

    def part(self, part: Part) -> Part:
        """A part with its paths mapped: its script, --chdir, and such arguments of the script as the code holds."""
        options = tuple(self._chdir(option) if option.name == "chdir" else option for option in part.options)
        return part._replace(
            options=options,
            script=None if part.script is None else self.word(part.script),
            arguments=tuple(map(self.word, part.arguments)),
        )

    def _chdir(self, option: Option) -> Option:
        value = str(_mapped(Path(option.value or "."), Path(self._old), self._top))
        return Option("chdir", value, (f"--chdir={value}",))

    def word(self, word: str) -> str:
        """A word that is, or after "=" has, the path of something that the code holds, with its new path."""
        start, equals, value = word.rpartition("=")
        below = value.removeprefix(f"{self._old}/")
        if below == value or not self._holds(os.path.normpath(below)):
            return word
        return f"{start}{equals}{self._top / below}"

    def below(self, script: str) -> str | None:
        """A script's path below the top; None where it lies elsewhere."""
        path = Path(os.path.normpath(self.cwd / script))
        return str(path.relative_to(self._top)) if path.is_relative_to(self._top) else None

    def holds(self, below: str) -> bool:
        """Whether the code has such a file."""
        return self._holds(below)


def _with_script(
    parts: list[Part], mapping: _Mapping, job: Job, text: str | None, notes: list[str]
) -> tuple[list[Part], str | None]:
    """The parts, and the script as text where the code does not hold it."""
    last = parts[-1]
    if any(part.value("wrap") is not None for part in parts):
        return parts, None
    below = mapping.below(last.script) if last.script is not None else None
    if below is not None and mapping.holds(below):
        return parts, None
    if last.script is not None and text is None:
        notes.append(f"{last.script} is not in the snapshot and its text was not kept: it runs as it is today")
        return parts, None
    if text is None:
        raise JournalError(
            f"the script of job {job.job_id} came on standard input and was not kept", "submit it by hand"
        )
    if last.script is not None and _reads(Path(last.script), text):
        return parts, None
    if last.arguments:
        raise JournalError(
            f"{last.script} of job {job.job_id} is not in its snapshot, and sbatch takes no arguments for a script that"
            " it reads from standard input",
            f"write it with `journal job {job.job_id} --script` to a file and submit that",
        )
    if last.script is not None:
        notes.append(f"{last.script} is not in the snapshot: its text is given to sbatch on standard input")
    named = () if last.value("job-name") is not None else (Option("job-name", job.name, (f"--job-name={job.name}",)),)
    return [*parts[:-1], last._replace(options=(*last.options, *named), script=None)], text


def _reads(path: Path, text: str) -> bool:
    """Whether a file outside the code still holds the job's script."""
    try:
        return path.is_absolute() and path.read_text(encoding="utf-8", errors="replace") == text
    except OSError:
        return False
