"""How the hooks of a repository are, for `journal doctor`."""

import os
from pathlib import Path
from typing import NamedTuple

from journal.capture.git.repository import Repository
from journal.install.forwards import former_of
from journal.install.git_settings import has_config_hooks, hooks_paths, run_git
from journal.install.hook_files import place_of
from journal.install.hook_scripts import EVENTS, command_file, is_ours, record_script
from journal.install.manifest import read_manifest
from journal.install.plan import SECTION, plan_install, where_hooks_run
from journal.install.shell_line import has_line, start_file
from journal.install.slurm_shim import first_command, has_slurm, is_shim, shim_dir


class HookCheck(NamedTuple):
    """How one hook is.

    Attributes:
        event: the hook's name.
        ok: git will run it.
        how: as in `plan.HookChange`; "none" where it is not installed.
        detail: what was found.
        fix: the command that mends it; "" where ok, or where none does.
    """

    event: str
    ok: bool
    how: str
    detail: str
    fix: str


def check_hooks(repository: Repository, data_dir: Path) -> list[HookCheck]:
    """How each hook is, for `journal doctor`. What hooks miss, `journal capture` finds in the reflog."""
    where, hooks = where_hooks_run(repository), repository.common_dir / "hooks"
    state = _in_config if has_config_hooks(where) else _in_files
    installed = read_manifest(repository.common_dir).hooks
    way = plan_install(repository, data_dir).changes[0].how  # "none": nothing that installing again would mend
    checks: list[HookCheck] = []
    for event in EVENTS:
        how, trouble = state(where, hooks, event)
        if how != "none" and not os.access(record_script(data_dir), os.R_OK):
            trouble = f"{record_script(data_dir)} is missing"
        elif how == "none" and event in installed:
            trouble = f"was installed ({installed[event]}), but {trouble}"
        elif how == "none" and way == "none":
            trouble = f"{trouble}; `journal capture` finds what happens here by itself"
        fix = "journal init" if trouble and way != "none" else ""
        checks.append(HookCheck(event, not trouble, how, trouble or how, fix))
    return checks


def check_command(data_dir: Path) -> HookCheck:
    """Whether the `journal` command that hooks start still exists (a virtual environment may be gone)."""
    try:
        command = os.fsdecode(command_file(data_dir).read_bytes()).removesuffix("\n")
    except OSError:
        return HookCheck("capture", False, "none", "hooks know of no journal command to start", "journal init")
    if os.access(command, os.X_OK):
        return HookCheck("capture", True, "command", f"hooks start {command}", "")
    return HookCheck("capture", False, "command", f"{command}, which hooks start, is gone", "journal init")


def check_shim(data_dir: Path) -> HookCheck | None:
    """Whether a shell that looks for sbatch finds the shim, which keeps the code of jobs; None where there is no Slurm.

    Raises:
        JournalError: the shell's start file cannot be read.
    """
    if not has_slurm():
        return None
    shim, first = shim_dir(data_dir) / "sbatch", first_command("sbatch")
    scripts = [shim, *(shim.parent.parent / name for name in ("snapshot", "submission", "path"))]
    missing = [script for script in scripts if not os.access(script, os.R_OK)]
    start = start_file(data_dir)
    if missing:
        return HookCheck("sbatch", False, "none", f"{missing[0]} is missing", "journal init")
    if first == shim:
        return HookCheck("sbatch", True, "shim", f"sbatch is {shim}: the code of jobs is kept", "")
    if first and is_shim(first):
        detail = f"sbatch is {first}, of another data directory than {data_dir}"
        return HookCheck("sbatch", False, "other", detail, "unset JOURNAL_DATA_DIR, or `journal init --shell-line`")
    if start and has_line(start):
        detail = (
            f"sbatch is {first}: this shell started before {start.path} had the line, does not read it, or has put"
            " something before it since, as modules do"
        )
        return HookCheck("sbatch", False, "late", detail, f"open a new shell, or `. {shim.parent.parent / 'path'}`")
    how = "`journal init --shell-line`" if start else f"`PATH={shim.parent}:$PATH` in your shell's start file"
    return HookCheck("sbatch", True, "none", f"sbatch is {first}: the code of jobs is kept only with {how}", "")


def _in_config(where: Path, _hooks: Path, event: str) -> tuple[str, str]:
    """How git ≥ 2.54 would run our hook, and why it would not ("" where it would)."""
    _, names = run_git(where, "hook", "list", event)
    if SECTION + event in names.splitlines():
        return "config", ""
    return "none", f"hook.{SECTION}{event} is {'disabled' if SECTION + event in names else 'not set'}"


def _in_files(where: Path, hooks: Path, event: str) -> tuple[str, str]:
    """How an older git would run our hook, and why it would not ("" where it would)."""
    paths = hooks_paths(where)
    if paths and (where / paths[-1].value).resolve() != hooks.resolve():
        path = paths[-1].value
        ours = former_of(path) is not None and is_ours(Path(path, event))
        return ("hooks path", "") if ours else ("none", f"core.hooksPath leads to {path}")
    if hooks.is_symlink():
        return "none", f"{hooks} is a link to {hooks.readlink()}"
    place = place_of(hooks, event)
    if is_ours(place):
        return ("file", "") if os.access(place, os.X_OK) else ("none", f"{place} is not executable")
    return "none", f"{place} is another hook" if os.path.lexists(place) else f"{place} does not exist"
