"""Which jobs run the same thing: one script, one command, or one name that somebody gave."""

import posixpath
import re
import shlex
from collections.abc import Sequence
from typing import NamedTuple

from journal.derive.job import Job
from journal.derive.job_words import submit_line
from journal.derive.sbatch_arguments import Part, parse

# Names that Slurm or an allocation gives by itself: they say nothing of what runs.
_NOBODYS_NAMES = frozenset(
    {"", "wrap", "sbatch", "srun", "salloc", "interactive", "bash", "sh", "zsh", "python", "none"}
)
_PROGRAM = re.compile(r"[\w./+@-]+\.(?:py|sh|bash|R|jl|m|pl|rb|ipynb|sbatch|slurm)")


def handed_over(job: Job) -> tuple[str, ...]:
    """The arguments that a job was submitted with: as the shim saw them, else as accounting has them."""
    argv = job.submitted.get("argv")
    if argv is not None:
        return tuple(argv)
    line = submit_line(job)
    if line is None:
        return ()
    try:
        words = shlex.split(line)
    except ValueError:  # accounting loses quoting
        words = line.split()
    return tuple(words[1:])


def script_path(job: Job) -> str | None:
    """A job's script below the top of its worktree; absolute where it lies elsewhere, None where it has none."""
    script = parse(handed_over(job))[0].script
    if job.command not in (None, "sbatch") or script is None:
        return None
    place = _Place(job.submitted.get("cwd") or job.work_dir or "/", job.submitted.get("root"))
    return min(_script_keys(script, place), key=len).removeprefix("script ")


def run_keys(job: Job) -> frozenset[str]:
    """What tells a job from those that run something else: two jobs of a project run the same if they share a key.

    A script counts by its path below the worktree, a command (`--wrap`, srun) by the program that it starts, a name
    only where somebody gave it. Of a job whose submission nobody saw, its name in its directory is all that is known.
    """
    words = handed_over(job)
    part = parse(words)[0]
    place = _Place(job.submitted.get("cwd") or job.work_dir or "/", job.submitted.get("root"))
    name = job.name if job.name.lower() not in _NOBODYS_NAMES else None
    keys: set[str] = set()
    if not words and name:  # it may be the script's
        keys = _script_keys(name, place)
    elif job.command in (None, "sbatch") and part.script is not None:
        keys = _script_keys(part.script, place)
    elif command := _command(job, part):
        keys = _program_keys(command, place)
    by_itself = posixpath.basename(part.script) if part.script is not None else None
    if name and name != by_itself and (words or not _PROGRAM.fullmatch(name)):
        keys.add(f"name {name}")
    return frozenset(keys)


class _Place(NamedTuple):
    """Where a job was submitted, and the top of the worktree there, where that is known."""

    directory: str
    root: str | None


def _command(job: Job, part: Part) -> Sequence[str]:
    wrapped = part.value("wrap")
    if wrapped is not None:
        try:
            return shlex.split(wrapped)
        except ValueError:
            return wrapped.split()
    if job.command in ("srun", "salloc") and part.script is not None:
        return [part.script, *part.arguments]
    return []


def _script_keys(path: str, place: _Place) -> set[str]:
    """A path as it is, and below the worktree: two clones of a project say the same."""
    whole = posixpath.normpath(posixpath.join(place.directory, path))
    top = f"{posixpath.normpath(place.root)}/" if place.root else None
    return {f"script {whole}"} | ({f"script {whole[len(top) :]}"} if top and whole.startswith(top) else set())


def _program_keys(words: Sequence[str], place: _Place) -> set[str]:
    """`train.py` of `python -u train.py --lr 1`, `-m pkg.train`, else the whole command."""
    for number, word in enumerate(words):
        if word == "-m" and number + 1 < len(words):
            return {f"runs -m {words[number + 1]}"}
        if _PROGRAM.fullmatch(word):
            return {f"runs {key}" for key in _script_keys(word, place)}
    return {f"runs {' '.join(words)}"}
