"""Where a job's output goes: Slurm's file name patterns, filled in.

Source: man sbatch, FILENAME PATTERN, of 22.05 to 25.05; what it does not say (widths over 9, letters that mean nothing)
was tried on 22.05, and is the same in the source since (src/common/print_fields.c: expand_stdio_fields).
"""

import posixpath
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from journal.derive.job import Job
from journal.derive.sbatch_arguments import parse

_PATTERN = re.compile(r"%(?:(?P<percent>%)|(?P<width>\d*)(?P<letter>[AabJjNnstux])|\d*(?P<digit>\d))")
_PADDED = frozenset("AabJj")
_WIDEST = 10
_NO_TASK = "4294967294"  # Slurm's NO_VAL: what a job that is no array has for an index
_LIST = re.compile(r"^(?P<prefix>[^\[,]*)(?:\[(?P<first>\d+))?")


class Output(NamedTuple):
    """The files that a try writes to; None where that is not known.

    Attributes:
        stdout: absolute.
        stderr: None too where it is the same file.
        told: whether Slurm, the arguments or the script say so; else it is the name that sbatch gives by itself.
    """

    stdout: str | None
    stderr: str | None
    told: bool = True


def output_of(job: Job, attempt: Mapping[str, Any], script: str | None) -> Output:
    """Where the output of a try goes: as Slurm told, else as was asked for, else sbatch's own name for it.

    Args:
        job: the job.
        attempt: the try.
        script: its script's text, for `#SBATCH` lines.
    """
    argv = job.submitted.get("argv")
    work_dir = attempt.get("work_dir") or job.work_dir
    told = attempt.get("stdout") or _asked(argv, script, "output")
    stdout = told or _default(job, attempt)
    stderr = attempt.get("stderr") or _asked(argv, script, "error")
    stdout, stderr = (expanded(path, job, attempt, work_dir) if path else None for path in (stdout, stderr))
    return Output(stdout, None if stderr == stdout else stderr, told is not None or script is not None)


def _default(job: Job, attempt: Mapping[str, Any]) -> str | None:
    if job.command not in ("sbatch", None):
        return None  # srun and salloc write to the terminal
    return "slurm-%A_%a.out" if attempt.get("task") is not None else "slurm-%j.out"


def _asked(argv: Sequence[str] | None, script: str | None, option: str) -> str | None:
    return parse(argv or ())[0].value(option) or parse(_directives(script or ""))[0].value(option)


def _directives(script: str) -> list[str]:
    """The words of a script's `#SBATCH` lines, which end at its first command."""
    words: list[str] = []
    for line in script.splitlines()[1:]:
        if line.startswith("#SBATCH"):
            words += _words(line.removeprefix("#SBATCH"))
        elif line.strip() and not line.startswith("#"):
            break
    return words


def _words(line: str) -> list[str]:
    """The words of a line, with quotes and comments as a shell has them."""
    try:
        return shlex.split(line, comments=True)
    except ValueError:  # a quotation mark without its other
        return line.split(" #")[0].replace('"', "").replace("'", "").split()


def expanded(path: str, job: Job, attempt: Mapping[str, Any], work_dir: str | None) -> str | None:
    """A path with its patterns filled in, absolute; None where it is relative to a directory that is not known."""
    if "\\" in path:  # as Slurm does: no patterns then
        filled = path.replace("\\", "")
    else:
        values = _values(job, attempt)
        filled = _PATTERN.sub(lambda found: _value(found, values), path)
    if posixpath.isabs(filled):
        return posixpath.normpath(filled)
    return posixpath.normpath(posixpath.join(work_dir, filled)) if work_dir else None


def _values(job: Job, attempt: Mapping[str, Any]) -> dict[str, str]:
    task, nodes = str(attempt.get("task", _NO_TASK)), _LIST.match(attempt.get("nodes") or "")
    values = {
        "A": job.job_id,
        "a": task,
        "b": task[-1:],  # its index modulo ten, since 23.02
        "j": str(attempt.get("raw_id", job.job_id)),
        "J": str(attempt.get("raw_id", job.job_id)),
        "N": f"{nodes['prefix']}{nodes['first'] or ''}" if nodes else "",
        "n": "0",
        "s": "batch",
        "t": "0",
        "u": str(attempt.get("user") or ""),
        "x": str(attempt.get("name") or job.name),
    }
    return {letter: value for letter, value in values.items() if value}


def _value(found: re.Match[str], values: Mapping[str, str]) -> str:
    if found["letter"] is None:  # of a width without a letter Slurm leaves the last digit
        return found["percent"] or found["digit"]
    value = values.get(found["letter"])
    if value is None:
        return found[0]
    return value.zfill(min(int(found["width"] or 0), _WIDEST)) if found["letter"] in _PADDED else value
