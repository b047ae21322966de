"""Puts hooks into a repository and takes them out, as `plan` says.

What is about to be changed is written down first (see `manifest`).
"""

from pathlib import Path

from journal.capture.git.repository import Repository
from journal.install.forwards import write_forwards
from journal.install.git_settings import replace_config
from journal.install.hook_files import do
from journal.install.hook_scripts import install_scripts
from journal.install.manifest import installing, settle_manifest, write_manifest
from journal.install.plan import HookChange, Plan, config_file, plan_install, plan_removal


def install_hooks(repository: Repository, data_dir: Path, command: Path) -> list[HookChange]:
    """Installs the hooks, or repairs them. Done twice is as done once.

    Args:
        repository: where; its linked worktrees share the hooks.
        data_dir: `journal.paths.data_dir()`, where the scripts are put that the hooks call.
        command: the `journal` console script that they start.

    Raises:
        JournalError: the repository cannot be written, or another process is changing it.
    """
    install_scripts(data_dir, command)
    with installing(repository.common_dir):
        plan = plan_install(repository, data_dir)
        if plan.forwards is not None:
            write_forwards(plan.forwards)
        write_manifest(repository.common_dir, plan.manifest)
        _apply(repository, plan)
    return plan.changes


def remove_hooks(repository: Repository) -> list[HookChange]:
    """Takes the hooks out and puts back what stood there, byte for byte.

    Raises:
        JournalError: the repository cannot be written, or another process is changing it.
    """
    with installing(repository.common_dir):
        plan = plan_removal(repository)
        _apply(repository, plan)
        settle_manifest(repository.common_dir, plan.manifest)
    return plan.changes


def _apply(repository: Repository, plan: Plan) -> None:
    if plan.files:
        (repository.common_dir / "hooks").mkdir(exist_ok=True)
    for step in plan.files:
        do(step)
    replace_config(config_file(repository), *plan.config)
