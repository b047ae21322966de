"""The job script to begin with, for a directory on a cluster."""

import re
from pathlib import Path

from journal.capture.machine.account import account_of
from journal.derive.job_script import job_script, training_command
from journal.derive.profile_words import project_of
from journal.documents.environment import Environment
from journal.documents.repo_map import survey_tree
from journal.errors import JournalError

_SCRIPTS = (".sh", ".bash", ".sbatch", ".slurm", ".job")
_DIRECTIVE = re.compile(rb"^#SBATCH\b", re.MULTILINE)
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
    looked_at = 0
    for pattern in ("*", "*/*"):
        for path in sorted(root.glob(pattern)):
            if path.suffix in _SCRIPTS and path.is_file() and looked_at < _MOST_LOOKED_AT:
                looked_at += 1
                if _has_directive(path):
                    return True
    return False


def _has_directive(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return bool(_DIRECTIVE.search(file.read(_HEAD)))
    except OSError:
        return False
