"""When a job's code was edited, told from how its files differ from the snapshot and when they were last written.

What is known: a file whose modification lies before the job's start differs from what was submitted when it started;
one whose modification lies after may have been edited before too, which nobody can tell any more, so nothing is said of
it. What a job writes is no edit of its code: output files of jobs, and files that were not there when it was submitted
and came while it, or another job, ran.
"""

import posixpath
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

# Between the clock of the file server and that of the scheduler, which tells whole seconds.
_SKEW_SECONDS = 2.0

_OUTPUT_NAME = re.compile(r"slurm-[0-9]+([_+][0-9]+)?\.(out|err)$")
_DOCUMENTS = frozenset(
    {"SCRATCH.md", "ENV.md", "REPO_MAP.md"}
)  # at the top, where `journal init --track` has them in git
_PATTERN = re.compile(r"%%|%[0-9]*[a-zA-Z]")
_CODE = (
    ".py", ".sh", ".bash", ".sbatch", ".slurm", ".c", ".cc", ".cpp", ".cu", ".h", ".hpp", ".cuh", ".jl", ".r", ".R",
    ".m", ".f90", ".pyx", ".rs",
)  # fmt: skip


class Found(NamedTuple):
    """A file that differs from the snapshot.

    Attributes:
        path: below the worktree's top.
        is_new: it is not in the snapshot.
        written_at: when it was last written, seconds since 1970; of a file that is gone, when something in its
            directory last came or went.
        is_gone: it is in the snapshot alone.
    """

    path: str
    is_new: bool
    written_at: float
    is_gone: bool = False


class Run(NamedTuple):
    """A span in which some job ran, seconds since 1970; `ended_at` is infinite while it runs."""

    started_at: float
    ended_at: float


def edited_before(files: Iterable[Found], started_at: float, runs: Sequence[Run]) -> list[Found]:
    """The files that were edited before a job started.

    Args:
        files: those that differ now.
        started_at: the job's start, seconds since 1970.
        runs: of other jobs in the worktree.
    """
    return [
        file
        for file in files
        if not is_beside_the_code(file.path)
        and (
            file.written_at <= started_at - _SKEW_SECONDS and _was_written_by_hand(file, runs)
            if file.is_new
            else file.written_at <= started_at + _SKEW_SECONDS
        )
    ]


def edited_by_end(files: Iterable[Found], started_at: float, ended_at: float, runs: Sequence[Run]) -> list[Found]:
    """The files that were edited before a job ended, those before its start included; arguments as above."""
    listed = list(files)
    before = edited_before(listed, started_at, runs)
    return [
        file
        for file in listed
        if file in before
        or (not file.is_new and file.written_at <= ended_at + _SKEW_SECONDS and not is_beside_the_code(file.path))
    ]


def _was_written_by_hand(file: Found, runs: Sequence[Run]) -> bool:
    """Whether it is code, or no job ran that may have written it."""
    if file.path.endswith(_CODE):
        return True
    at = file.written_at
    return not any(run.started_at - _SKEW_SECONDS <= at <= run.ended_at + _SKEW_SECONDS for run in runs)


def is_beside_the_code(path: str) -> bool:
    """Whether a file is no part of the code: Slurm calls a job's output so unless told otherwise, or we write it."""
    return path in _DOCUMENTS or _OUTPUT_NAME.match(posixpath.basename(path)) is not None


def matters_to_a_rerun(path: str, *, is_new: bool) -> bool:
    """Whether a job would run otherwise than from its snapshot, as far as one can tell from a file that differs.

    A new file that is no code is what jobs wrote since then.
    """
    return not is_beside_the_code(path) and (not is_new or path.endswith(_CODE))


def output_pattern(path: str, work_dir: str) -> re.Pattern[str]:
    """What matches the full paths of a job's output, given as `--output` has it: `logs/%x-%j.out`."""
    whole = posixpath.normpath(posixpath.join(work_dir, path))
    parts: list[str] = []
    end = 0
    for found in _PATTERN.finditer(whole):
        parts += [re.escape(whole[end : found.start()]), "%" if found[0] == "%%" else "[^/]*"]
        end = found.end()
    return re.compile("".join([*parts, re.escape(whole[end:])]))
