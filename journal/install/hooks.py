"""Puts hooks into a repository, takes them out, and says how they are.

Three ways, of which a repository gets one:

- "config": git ≥ 2.54 runs commands that its configuration names (`hook.journal-post-commit.command`). Nobody
  else's hook is touched.
- "file": a file in the repository's own hooks directory. The hook that stood there is kept beside it as
  `<hook>.before-journal` and runs after ours, which becomes it.
- "hooks path": where core.hooksPath leads elsewhere (husky's generated directory, a directory for all
  repositories, one that is tracked) nothing is written there. The repository's core.hooksPath is pointed to a
  directory of ours with one file for each hook, which runs the one of the same name in the former directory.

Wherever a file of ours is found, it stands for the hook kept beside it. Undoing follows from that alone, also
after another tool has moved ours away (pre-commit to `.legacy`, lefthook to `.old`).
"""

import os
import shlex
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from journal.capture.git_repository import Repository
from journal.install.git_settings import (
    Edit,
    HooksPath,
    edit_between,
    git_version,
    hook_section,
    hooks_paths,
    own_hooks_path,
    replace_config,
    run_git,
    undo,
    with_hooks_path,
    without_hook_sections,
)
from journal.install.hook_scripts import (
    EVENTS,
    chain_file,
    command_file,
    install_scripts,
    is_from_pre_commit,
    is_ours,
    record_script,
    shell_command,
    write_atomically,
)
from journal.install.manifest import Manifest, installing, read_manifest, settle_manifest, write_manifest
from journal.paths import private_dir

_CONFIG_HOOKS_SINCE = (2, 54)
_SECTION = "journal-"
_KEPT = ".before-journal"
# Where a file of ours can be: in its place, or where pre-commit and lefthook move what they find there.
_PLACES = ("", ".legacy", ".old")
# Hooks that a person may add at any time to the directory that core.hooksPath led to. Of the rarer ones, which git
# would call often (reference-transaction) or whose presence changes what it does (push-to-checkout), only those are
# passed on that are there when the repository is set up.
_COMMON_HOOKS = (
    "applypatch-msg", "pre-applypatch", "post-applypatch", "pre-commit", "pre-merge-commit", "prepare-commit-msg",
    "commit-msg", "pre-rebase", "pre-push", "pre-auto-gc", *EVENTS,
)  # fmt: skip


class HookChange(NamedTuple):
    """What is done, or would be, about one hook.

    Attributes:
        event: the hook's name: "post-commit".
        how: "config", "file", "hooks path", "none" or "removed".
        detail: for a person: what else to know.
    """

    event: str
    how: str
    detail: str


class HookCheck(NamedTuple):
    """How one hook is.

    Attributes:
        event: the hook's name.
        ok: git will run it.
        how: as in `HookChange`; "none" where it is not installed.
        detail: what was found.
        fix: the command that mends it; "" where ok.
    """

    event: str
    ok: bool
    how: str
    detail: str
    fix: str


class Keep(NamedTuple):
    """Gives the hook at `path` a second name, `kept`."""

    path: Path
    kept: Path


class Write(NamedTuple):
    """Makes `path` a hook of ours."""

    path: Path
    content: bytes


class Restore(NamedTuple):
    """Puts `kept` (None: nothing) in the place of ours at `path`."""

    path: Path
    kept: Path | None


class Rename(NamedTuple):
    """Gives a file another name."""

    path: Path
    new: Path


Step = Keep | Write | Restore | Rename


class Plan(NamedTuple):
    """What is to be done to a repository, in order, and what that means to a person.

    Attributes:
        changes: one for each hook whose state changes.
        files: the steps.
        config: the content of the repository's `config`, and the one it is to have.
        manifest: what has been changed once all is done.
        forwards: event → content, for the directory of ours that core.hooksPath is to lead to.
    """

    changes: list[HookChange]
    files: list[Step]
    config: tuple[bytes, bytes]
    manifest: Manifest
    forwards: tuple[Path, dict[str, bytes]] | None


# Planning ---------------------------------------------------------------------------------------------------------


def plan_install(repository: Repository, data_dir: Path) -> Plan:
    """What installing hooks would change. Reads the repository; changes nothing."""
    manifest = read_manifest(repository.common_dir)
    hooks = repository.common_dir / "hooks"
    found = _config_file(repository).read_bytes()
    clean = _clean_config(repository, found, manifest, data_dir)
    former = _former_hooks_path(repository, clean, data_dir)
    config, forwards, made = clean, None, manifest.made_dirs
    files = _take_out(hooks)
    if git_version(_where(repository)) >= _CONFIG_HOOKS_SINCE:
        how, detail = "config", f"git runs them from hook.{_SECTION}* in {_config_file(repository)}"
        config = clean + (b"\n" if clean and not clean.endswith(b"\n") else b"") + _sections(data_dir)
    elif former is None or (_where(repository) / former.value).resolve() == hooks.resolve():
        how, detail = "file", f"files in {hooks}"
        files = [step for event in EVENTS for step in _put_in(hooks, event, data_dir)]
        made = tuple(dict.fromkeys([*made, *(() if hooks.is_dir() else ("hooks",))]))
    elif former.scope == "worktree":
        how, detail = "none", f"core.hooksPath is {former.value} in this work tree's own configuration"
    else:
        how, detail = "hooks path", f"core.hooksPath leads to journal's hooks, which run those of {former.value}"
        forwards = _forwards(repository, former, data_dir)
        config = with_hooks_path(clean, str(forwards[0]))
    changed = bool(files) or config != found or (forwards is not None and _differs(forwards))
    return Plan(
        [HookChange(event, how, detail if changed else "as before") for event in EVENTS],
        files,
        (found, config),
        manifest._replace(
            hooks=dict.fromkeys(EVENTS, how) if how != "none" else {},
            made_dirs=made,
            config=edit_between(clean, config),
        ),
        forwards,
    )


def plan_removal(repository: Repository, data_dir: Path) -> Plan:
    """What taking the hooks out would change. Reads the repository; changes nothing."""
    manifest = read_manifest(repository.common_dir)
    found = _config_file(repository).read_bytes()
    clean = _clean_config(repository, found, manifest, data_dir)
    files = _take_out(repository.common_dir / "hooks")
    changed = bool(files) or clean != found
    changes = [HookChange(event, "removed", manifest.hooks.get(event, "")) for event in EVENTS if changed]
    return Plan(changes, files, (found, clean), manifest._replace(hooks={}, config=Edit(b"", b"")), None)


def _where(repository: Repository) -> Path:
    """Where its hooks run: the top of the work tree, or the git directory of a bare repository."""
    return repository.root or repository.git_dir


def _config_file(repository: Repository) -> Path:
    return (repository.common_dir / "config").resolve()


def _clean_config(repository: Repository, found: bytes, manifest: Manifest, data_dir: Path) -> bytes:
    """The repository's `config` as it would be without us."""
    clean = without_hook_sections(undo(manifest.config, found), _SECTION)
    own = own_hooks_path(clean)
    if own is not None and _is_forward_dir(own, data_dir):  # the manifest was lost, or that line was edited
        former = _former_value(Path(own))
        inherited = _inherited(repository)
        clean = with_hooks_path(clean, None if inherited and inherited.value == former else former)
    return clean


def _former_hooks_path(repository: Repository, clean: bytes, data_dir: Path) -> HooksPath | None:
    """The core.hooksPath that is in force without us."""
    paths = hooks_paths(_where(repository))
    if not paths or not _is_forward_dir(paths[-1].value, data_dir):
        return paths[-1] if paths else None
    former = _former_value(Path(paths[-1].value))
    if own_hooks_path(clean) is None or former is None:
        return _inherited(repository)
    return HooksPath("local", former)


def _inherited(repository: Repository) -> HooksPath | None:
    others = [path for path in hooks_paths(_where(repository)) if path.scope in ("global", "system")]
    return others[-1] if others else None


def _sections(data_dir: Path) -> bytes:
    return b"".join(hook_section(_SECTION + event, event, shell_command(data_dir, event)) for event in EVENTS)


def _put_in(hooks: Path, event: str, data_dir: Path) -> list[Step]:
    kept = hooks / (event + _KEPT)
    place = hooks / event
    if is_from_pre_commit(place):  # it runs this one first, and puts it back when it is uninstalled
        place = hooks / f"{event}.legacy"
    steps: list[Step] = [step for step in _restore(hooks, event) if step.path != place]
    write = Write(place, chain_file(data_dir, event, f'"${{0%/*}}"/{kept.name}'))
    if is_ours(place):
        return steps if place.read_bytes() == write.content and os.access(place, os.X_OK) else [*steps, write]
    if not os.path.lexists(place):
        return [*steps, write]
    freed = any(step.kept == kept for step in steps if isinstance(step, Restore))
    if os.path.lexists(kept) and not freed and not _same_file(place, kept):
        steps.append(Rename(kept, _unused_name(kept)))  # ours was overwritten: its hook stays, the new one runs
    return [*steps, Keep(place, kept), write]


def _take_out(hooks: Path) -> list[Step]:
    steps: list[Step] = []
    for event in EVENTS:
        restore = _restore(hooks, event)
        steps += restore
        kept = hooks / (event + _KEPT)
        if os.path.lexists(kept) and not any(step.kept for step in restore):
            if not os.path.lexists(hooks / event):
                steps.append(Rename(kept, hooks / event))  # ours was deleted
            elif _same_file(kept, hooks / event):
                steps.append(Restore(kept, None))  # killed before ours was written: a second name of the hook
    return steps


def _restore(hooks: Path, event: str) -> list[Restore]:
    ours = [hooks / (event + suffix) for suffix in _PLACES if is_ours(hooks / (event + suffix))]
    kept = hooks / (event + _KEPT)
    first = kept if os.path.lexists(kept) else None
    return [Restore(path, first if path == ours[0] else None) for path in ours]


def _same_file(one: Path, other: Path) -> bool:
    return os.path.samestat(one.lstat(), other.lstat())


def _unused_name(path: Path) -> Path:
    number = 1
    while os.path.lexists(f"{path}-{number}"):
        number += 1
    return Path(f"{path}-{number}")


# core.hooksPath ---------------------------------------------------------------------------------------------------


def _forward_root(data_dir: Path) -> Path:
    return data_dir.absolute() / "hooks/paths"


def _is_forward_dir(value: str, data_dir: Path) -> bool:
    return Path(value).parent == _forward_root(data_dir)


def _forwards(repository: Repository, former: HooksPath, data_dir: Path) -> tuple[Path, dict[str, bytes]]:
    """Our directory for a former core.hooksPath, and its files.

    It lies in the data directory and not in the repository, whose absolute path would be wrong once it is moved, and
    a relative one in linked worktrees. So it is the same for all repositories with that core.hooksPath.
    """
    present = _where(repository) / former.value
    others = {entry.name for entry in os.scandir(present) if _is_hook(entry)} if present.is_dir() else set[str]()
    events = sorted(others.union(_COMMON_HOOKS))
    name = blake2b(os.fsencode("\n".join([former.value, *events])), digest_size=8).hexdigest()
    files = {event: chain_file(data_dir, event, shlex.quote(f"{former.value}/{event}")) for event in events}
    return _forward_root(data_dir) / name, files | {"former": os.fsencode(former.value)}


def _is_hook(entry: "os.DirEntry[str]") -> bool:
    return "." not in entry.name and entry.is_file() and os.access(entry.path, os.X_OK)


def _former_value(directory: Path) -> str | None:
    try:
        return os.fsdecode((directory / "former").read_bytes())
    except OSError:
        return None


def _differs(forwards: tuple[Path, dict[str, bytes]]) -> bool:
    directory, files = forwards
    try:
        return any((directory / name).read_bytes() != content for name, content in files.items())
    except OSError:
        return True


# Doing ------------------------------------------------------------------------------------------------------------


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
            _write_forwards(*plan.forwards)
        write_manifest(repository.common_dir, plan.manifest)
        _apply(repository, plan)
    return plan.changes


def remove_hooks(repository: Repository, data_dir: Path) -> list[HookChange]:
    """Takes the hooks out and puts back what stood there, byte for byte.

    Raises:
        JournalError: the repository cannot be written, or another process is changing it.
    """
    with installing(repository.common_dir):
        plan = plan_removal(repository, data_dir)
        _apply(repository, plan)
        settle_manifest(repository.common_dir, plan.manifest)
    return plan.changes


def _apply(repository: Repository, plan: Plan) -> None:
    hooks = repository.common_dir / "hooks"
    for step in plan.files:
        hooks.mkdir(exist_ok=True)
        match step:
            case Keep(path, kept):
                if not os.path.lexists(kept):
                    os.link(path, kept, follow_symlinks=False)
            case Write(path, content):
                write_atomically(path, content, 0o755)
            case Restore(path, kept):
                if kept is None:
                    path.unlink()
                else:
                    kept.replace(path)
            case Rename(path, new):
                path.rename(new)
    replace_config(_config_file(repository), *plan.config)


def _write_forwards(directory: Path, files: dict[str, bytes]) -> None:
    private_dir(directory.parent)
    private_dir(directory)
    for name, content in files.items():
        write_atomically(directory / name, content, 0o600 if name == "former" else 0o700)


# Looking ----------------------------------------------------------------------------------------------------------


def check_hooks(repository: Repository, data_dir: Path) -> list[HookCheck]:
    """How each hook is, for `journal doctor`. What hooks miss, `journal capture` finds in the reflog."""
    installed = read_manifest(repository.common_dir).hooks
    checks: list[HookCheck] = []
    for event in EVENTS:
        how, trouble = _state(repository, data_dir, event)
        if how == "none" and event in installed:
            trouble = f"was installed ({installed[event]}), but {trouble}"
        elif not os.access(record_script(data_dir), os.R_OK):
            trouble = f"{record_script(data_dir)} is missing"
        checks.append(HookCheck(event, not trouble, how, trouble or how, "journal init" if trouble else ""))
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


def _state(repository: Repository, data_dir: Path, event: str) -> tuple[str, str]:
    """How git would run our hook, and why it would not ("" where it would)."""
    if git_version(_where(repository)) >= _CONFIG_HOOKS_SINCE:
        _, names = run_git(_where(repository), "hook", "list", event)
        return ("config", "") if _SECTION + event in names.split() else ("none", "git's configuration lacks it")
    hooks = repository.common_dir / "hooks"
    path = _hooks_path_in_force(repository)
    if path is not None and (_where(repository) / path).resolve() != hooks.resolve():
        if _is_forward_dir(path, data_dir) and is_ours(Path(path) / event):
            return "hooks path", ""
        return "none", f"core.hooksPath leads to {path}"
    place = hooks / f"{event}.legacy" if is_from_pre_commit(hooks / event) else hooks / event
    if is_ours(place):
        return ("file", "") if os.access(place, os.X_OK) else ("none", f"{place} is not executable")
    return "none", f"{place} is another hook" if os.path.lexists(place) else f"{place} does not exist"


def _hooks_path_in_force(repository: Repository) -> str | None:
    paths = hooks_paths(_where(repository))
    return paths[-1].value if paths else None
