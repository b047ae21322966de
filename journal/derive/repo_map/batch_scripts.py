"""Slurm batch scripts of a repo: the resources that their `#SBATCH` lines ask for."""

import re
from typing import NamedTuple

_LINE = re.compile(r"^#SBATCH[ \t]+(--?[A-Za-z][\w-]*)(?:[ \t=]+(\S+))?", re.MULTILINE)
_SHORT = {
    "-p": "partition",
    "-N": "nodes",
    "-n": "ntasks",
    "-c": "cpus-per-task",
    "-t": "time",
    "-a": "array",
    "-A": "account",
}
# What a reader wants to know of a job, in the order in which it is told.
RESOURCES = (
    "partition", "qos", "account", "nodes", "ntasks", "ntasks-per-node", "gpus", "gpus-per-node", "gpus-per-task",
    "gres", "cpus-per-task", "mem", "mem-per-cpu", "mem-per-gpu", "time", "array", "constraint", "exclusive",
)  # fmt: skip


class BatchScript(NamedTuple):
    """One batch script: its file, the line of its first `#SBATCH`, and resource → value as written."""

    path: str
    line: int
    resources: tuple[tuple[str, str], ...]


def batch_script(path: str, text: str) -> BatchScript | None:
    """The resources that a script asks for, or None where it is no batch script."""
    first = _LINE.search(text)
    if not first:
        return None
    asked: dict[str, str] = {}
    for found in _LINE.finditer(text):
        name = _SHORT.get(found[1], found[1].lstrip("-"))
        asked.setdefault(name, found[2] or "yes")
    line = text.count("\n", 0, first.start()) + 1
    return BatchScript(path, line, tuple((name, asked[name]) for name in RESOURCES if name in asked))
