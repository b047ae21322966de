"""The job script to begin with, for a directory on a cluster."""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from journal.capture.machine.account import account_of
from journal.derive.job_script import job_script, training_command
from journal.derive.profile_words import project_of
from journal.documents.environment import Environment
from journal.documents.repo_map import survey_tree
from journal.errors import JournalError

_SCRIPTS = (".sh", ".bash", ".sbatch", ".slurm", ".job")
_DIRECTIVE = re.compile(rb"^#SBATCH\b", re.MULTILINE)
_ASSIGNED = re.compile(rb"^[ \t]*(?:export[ \t]+)?([A-Z_][A-Z0-9_]*)=", re.MULTILINE)
_MOST_LOOKED_AT = 200  # files
_HEAD = 20_000  # bytes


def job_script_of(environment: Environment) -> str:
    """The text of a job script for this cluster and repo.

    Raises:
        JournalError: no Slurm here.
    """
    profile, here = environment.profile, environment.here
    if profile is None or not profile.job.template:
        raise JournalError(f"{here['host']} has no Slurm", "ask for a job script on a cluster's login node")
    root = environment.root.resolve()
    account = account_of(profile.job.account_pattern, project_of(profile, here))
    training = training_command(survey_tree(root))
    return job_script(profile, here, name=root.name, account=account, training=training)


def has_batch_script(root: Path) -> bool:
    """Whether a script with #SBATCH lies in a directory, or in one directly below it."""
    return next(_batch_scripts(root), None) is not None


def variables_set_by_scripts(root: Path) -> set[str]:
    """The variables that the batch scripts of a directory assign: a job has them, whatever the login shell has."""
    return {found.decode() for text in _batch_scripts(root) for found in _ASSIGNED.findall(text)}


def _batch_scripts(root: Path) -> Iterator[bytes]:
    """The beginnings of the scripts with #SBATCH, tracked by git or not, at the top and one directory below."""
    scripts = (path for pattern in ("*", "*/*") for path in sorted(root.glob(pattern)) if path.suffix in _SCRIPTS)
    for path in islice(scripts, _MOST_LOOKED_AT):
        try:
            if not path.is_file():  # a pipe would make the reader wait
                continue
            with path.open("rb") as file:
                text = file.read(_HEAD)
        except OSError:
            continue
        if _DIRECTIVE.search(text):
            yield text
