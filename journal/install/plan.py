"""What installing the hooks, or taking them out, would change in a repository. Reads; changes nothing.

Three ways, of which a repository gets one:

- "config": git ≥ 2.54 runs commands that its configuration names (`hook.journal-post-commit.command`). Nobody
  else's hook is touched.
- "file": a file in the repository's own hooks directory (see `hook_files`).
- "hooks path": where core.hooksPath leads elsewhere (husky's generated directory, a directory for all
  repositories, one that is tracked) nothing is written there. The repository's core.hooksPath is pointed to a
  directory of ours (see `forwards`).

Where none of them can be had without touching what is not the repository's own, it is "none": its commits are then
found by `journal capture` alone.
"""

from pathlib import Path
from typing import NamedTuple

from journal.capture.git.repository import Repository
from journal.install.forwards import Forwards, are_written, former_of, forwards_to
from journal.install.git_settings import (
    Edit,
    HooksPath,
    edit_between,
    has_config_hooks,
    hook_section,
    hooks_paths,
    own_hooks_path,
    undo,
    with_hooks_path,
    without_hook_sections,
)
from journal.install.hook_files import Step, put_in, take_out
from journal.install.hook_scripts import EVENTS, shell_command
from journal.install.manifest import Manifest, read_manifest

# What the names of our hooks in git's configuration begin with.
SECTION = "journal-"


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


class Plan(NamedTuple):
    """What is to be done to a repository, in order, and what that means to a person.

    Attributes:
        changes: one for each hook.
        files: the steps in its hooks directory.
        config: the content of its `config` as found, and as it is to be.
        manifest: what will have been changed once all is done.
        forwards: the directory of ours that core.hooksPath is to lead to, if any.
    """

    changes: list[HookChange]
    files: list[Step]
    config: tuple[bytes, bytes]
    manifest: Manifest
    forwards: Forwards | None


def plan_install(repository: Repository, data_dir: Path) -> Plan:
    """What installing the hooks, or repairing them, would change."""
    manifest = read_manifest(repository.common_dir)
    where, hooks = where_hooks_run(repository), repository.common_dir / "hooks"
    found = config_file(repository).read_bytes()
    clean = _clean_config(where, found, manifest)
    former = _former_hooks_path(where, found, clean)
    config, forwards, files, made = clean, None, take_out(hooks), manifest.made_dirs
    if has_config_hooks(where):
        how, detail = "config", f"git runs them from hook.{SECTION}* in {config_file(repository)}"
        config = clean + (b"\n" if clean and not clean.endswith(b"\n") else b"") + _sections(data_dir)
    elif hooks.is_symlink() and former is None:
        how, detail = "none", f"{hooks} is a link to {hooks.readlink()}, which other repositories or commits may share"
    elif former is None or (where / former.value).resolve() == hooks.resolve():
        how, detail = "file", f"files in {hooks}"
        files = put_in(hooks, data_dir)
        made = tuple(dict.fromkeys([*made, *(() if hooks.is_dir() else ("hooks",))]))
    elif former.scope == "worktree":
        how, detail = "none", f"core.hooksPath is {former.value} in this work tree's own configuration"
    else:
        how, detail = "hooks path", f"core.hooksPath leads to journal's hooks, which run those of {former.value}"
        forwards = forwards_to(former.value, where, data_dir)
        config = with_hooks_path(clean, str(forwards.directory))
    changed = bool(files) or config != found or (forwards is not None and not are_written(forwards))
    changes = [HookChange(event, how, detail if changed else "as before") for event in EVENTS]
    installed = dict.fromkeys(EVENTS, how) if how != "none" else {}
    planned = manifest._replace(hooks=installed, made_dirs=made, config=edit_between(clean, config))
    return Plan(changes, files, (found, config), planned, forwards)


def plan_removal(repository: Repository) -> Plan:
    """What taking the hooks out would change."""
    manifest = read_manifest(repository.common_dir)
    found = config_file(repository).read_bytes()
    clean = _clean_config(where_hooks_run(repository), found, manifest)
    files = take_out(repository.common_dir / "hooks")
    changed = bool(files) or clean != found
    changes = [HookChange(event, "removed", manifest.hooks.get(event, "")) for event in EVENTS if changed]
    return Plan(changes, files, (found, clean), manifest._replace(hooks={}, config=Edit(b"", b"")), None)


def where_hooks_run(repository: Repository) -> Path:
    """The top of the work tree, or the git directory of a bare repository."""
    return repository.root or repository.git_dir


def config_file(repository: Repository) -> Path:
    """The configuration that all its worktrees share."""
    return (repository.common_dir / "config").resolve()


def _clean_config(where: Path, found: bytes, manifest: Manifest) -> bytes:
    """The repository's `config` as it would be without us."""
    clean = without_hook_sections(undo(manifest.config, found), SECTION)
    own = own_hooks_path(clean)
    former = former_of(own) if own is not None else None
    if former is not None:  # the manifest was lost, or that line was edited
        inherited = _inherited(where)
        clean = with_hooks_path(clean, None if inherited and inherited.value == former else former)
    return clean


def _former_hooks_path(where: Path, found: bytes, clean: bytes) -> HooksPath | None:
    """The core.hooksPath that is in force without us."""
    paths = hooks_paths(where)
    own = own_hooks_path(clean)
    if not paths:
        return None
    if own == own_hooks_path(found) or paths[-1].scope == "worktree":
        return paths[-1]
    return HooksPath("local", own) if own is not None else _inherited(where)


def _inherited(where: Path) -> HooksPath | None:
    others = [path for path in hooks_paths(where) if path.scope in ("global", "system")]
    return others[-1] if others else None


def _sections(data_dir: Path) -> bytes:
    return b"".join(hook_section(SECTION + event, event, shell_command(data_dir, event)) for event in EVENTS)
