"""Setting a repository up: hooks in, history and sessions captured, documents written. Again = repair."""

import os
import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from journal.capture.clone_file import Clone, new_writer, read_clone, write_clone
from journal.capture.git.identity import read_identity
from journal.capture.git.repository import Repository, find_repository
from journal.capture.place import place_at
from journal.config import read_config
from journal.documents.all_documents import DOCUMENTS, write_documents
from journal.documents.files import Written
from journal.errors import JournalError
from journal.ingest.capture import Captured, Progress, capture
from journal.install.exclude import exclude_documents
from journal.install.hooks import install_hooks
from journal.install.manifest import installing
from journal.install.plan import HookChange, plan_install
from journal.install.slurm_shim import has_slurm, install_shim, shim_dir
from journal.paths import config_file, data_dir, spool_dir, store_file
from journal.store.database import explained_failures, open_store


class SetUp(NamedTuple):
    """What was set up.

    Attributes:
        project: the project's id, None before the first commit.
        name: the project's name.
        hooks: each git hook and how it is called.
        captured: what the backfill brought in.
        documents: what was written.
        tracked: git sees the documents.
        remarks: what a person should know, a sentence each.
    """

    project: str | None
    name: str
    hooks: Sequence[HookChange]
    captured: Captured
    documents: Sequence[Written]
    tracked: bool
    remarks: Sequence[str]


def set_up(path: Path, *, now: str, track: bool, on_progress: Progress) -> SetUp:
    """Sets the repository around a path up, or repairs what is missing of it.

    Args:
        path: any directory of the repository.
        now: the present, in stored form.
        track: leave the documents visible to git.
        on_progress: called with the number of events as they are captured.

    Raises:
        JournalError: no repository, a bare one, or one that cannot be written.
    """
    repository = _repository_to_set_up(path)
    _claim(repository)
    with explained_failures(store_file()), closing(open_store(store_file())) as connection:
        hooks = install_hooks(repository, data_dir(), journal_command())
        if has_slurm():
            install_shim(data_dir())
        exclude_documents(repository, () if track else DOCUMENTS)
        place = place_at(path)
        captured = Captured(Counter(), Counter(), [])
        documents: list[Written] = []
        if place:
            calls = read_config(config_file()).slurm_calls_per_minute
            captured = capture(
                connection, [place], spool_dir(), now, on_progress, asked_for=True, slurm_calls_per_minute=calls
            )
            documents = write_documents(connection, repository, place.project)
    identity = read_identity(repository)
    remarks = [f"{document.path.name}: {problem}" for document in documents for problem in document.problems]
    if identity.shallow:
        remarks.append("a shallow clone: history before its cut is not there; `git fetch --unshallow` brings it")
    return SetUp(place.project if place else None, identity.name, hooks, captured, documents, track, remarks)


def plan_set_up(path: Path, *, track: bool) -> list[str]:
    """What `set_up` would change, a line each, with nothing changed.

    Raises:
        JournalError: as for `set_up`.
    """
    repository = _repository_to_set_up(path)
    plan = [f"install the hook {hook.event}: {hook.detail}" for hook in plan_install(repository, data_dir()).changes]
    if read_clone(repository.common_dir) is None:
        plan.append(f"write {repository.common_dir / 'journal'}")
    if has_slurm():
        plan.append(f"install the shim of sbatch in {shim_dir(data_dir())}")
    if not store_file().exists():
        plan.append(f"make the store {store_file()}")
    plan.append("capture the history and the agent sessions of this repository")
    plan += [f"write {document} in {repository.root}" for document in DOCUMENTS]
    if not track:
        plan.append(f"keep {', '.join(DOCUMENTS)} out of git by {repository.common_dir / 'info/exclude'}")
    return plan


def _repository_to_set_up(path: Path) -> Repository:
    repository = find_repository(path)
    if repository.root is None:
        raise JournalError(
            f"{repository.git_dir} is a bare repository: nobody works in it", "run `journal init` in a clone"
        )
    if not os.access(repository.common_dir, os.W_OK):
        raise JournalError(
            f"{repository.common_dir} cannot be written, so no hook can be installed", "clone it to where you may write"
        )
    return repository


def _claim(repository: Repository) -> None:
    """Gives the clone a writer, and a project as soon as it has a commit; of two at once, one waits."""
    with installing(repository.common_dir):
        if read_clone(repository.common_dir) is None:
            write_clone(repository.common_dir, Clone(new_writer(), read_identity(repository).project))


def journal_command() -> Path:
    """The `journal` program of this installation, for hooks to call.

    Raises:
        JournalError: there is none.
    """
    beside = Path(sys.executable).parent / "journal"
    found = str(beside) if os.access(beside, os.X_OK) else shutil.which("journal")
    if found is None:
        raise JournalError(
            f"there is no `journal` program beside {sys.executable}", "install journal with pip, pipx or uv"
        )
    return Path(found).absolute()
