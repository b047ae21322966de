"""What git says about its version and hooks, and edits of a configuration file that can be undone byte for byte."""

import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

from journal.errors import JournalError

# Since when git runs hooks that its configuration names.
_CONFIG_HOOKS_SINCE = (2, 54)

# Which configuration git reads and how it reaches things stays the person's choice; all else that git sets for
# its hooks (GIT_DIR, GIT_INDEX_FILE, …) would lead to another repository.
_KEPT = frozenset({"GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_CEILING_DIRECTORIES"})


class HooksPath(NamedTuple):
    """A core.hooksPath.

    Attributes:
        scope: "local", "global", "system" or "worktree".
        value: as git uses it, `~` expanded; relative to where a hook runs, the top of the work tree.
    """

    scope: str
    value: str


class Edit(NamedTuple):
    """A change of one place of a file: `removed` stood where `added` stands now. Whole lines."""

    removed: bytes
    added: bytes


def run_git(directory: Path, *arguments: str) -> tuple[int, str]:
    """Exit status and standard output of git in a directory.

    Raises:
        JournalError: git is not installed.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name in _KEPT}
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise JournalError("git is not installed", "install git and see that it is on PATH") from error
    return done.returncode, os.fsdecode(done.stdout)


def has_config_hooks(directory: Path) -> bool:
    """Whether git runs hooks that its configuration names."""
    _, text = run_git(directory, "version")
    found = re.search(r"(\d+)\.(\d+)", text)
    return found is not None and (int(found[1]), int(found[2])) >= _CONFIG_HOOKS_SINCE


def hooks_paths(directory: Path) -> list[HooksPath]:
    """Every core.hooksPath that is set for a work tree; the last is in force."""
    status, text = run_git(directory, "config", "--null", "--show-scope", "--type=path", "--get-all", "core.hooksPath")
    fields = text.split("\0") if status == 0 else []
    return [HooksPath(scope, value) for scope, value in zip(fields[0::2], fields[1::2], strict=False)]


def with_hooks_path(config: bytes, value: str | None) -> bytes:
    """A configuration file's content with core.hooksPath set to a value, or without one. git makes the change."""
    with tempfile.TemporaryDirectory(prefix="journal-") as name:
        file = Path(name, "config")
        file.write_bytes(config)
        change = ("--unset-all", "core.hooksPath") if value is None else ("--replace-all", "core.hooksPath", value)
        run_git(file.parent, "config", "--file", str(file), *change)
        return file.read_bytes()


def own_hooks_path(config: bytes) -> str | None:
    """The core.hooksPath that a configuration file itself sets, `~` expanded."""
    with tempfile.TemporaryDirectory(prefix="journal-") as name:
        file = Path(name, "config")
        file.write_bytes(config)
        status, text = run_git(
            file.parent, "config", "--file", str(file), "--null", "--type=path", "--get", "core.hooksPath"
        )
        return text.removesuffix("\0") if status == 0 else None


def hook_section(name: str, event: str, command: str) -> bytes:
    """A section that has git ≥ 2.54 run a command at an event."""
    quoted = command.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'[hook "{name}"]\n\tevent = {event}\n\tcommand = "{quoted}"\n'.encode("utf-8", "surrogateescape")


def without_hook_sections(config: bytes, name_prefix: str) -> bytes:
    """A configuration file's content without its sections `[hook "<name_prefix>…"]`."""
    kept: list[bytes] = []
    ours = False
    for line in config.splitlines(keepends=True):
        if line.lstrip().startswith(b"["):
            ours = line.lstrip().startswith(f'[hook "{name_prefix}'.encode())
        if not ours:
            kept.append(line)
    return b"".join(kept)


def edit_between(before: bytes, after: bytes) -> Edit:
    """The one change of whole lines that leads from one content to another."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return Edit(b"".join(old[start : len(old) - end]), b"".join(new[start : len(new) - end]))


def undo(edit: Edit, content: bytes) -> bytes:
    """The content without an edit; unchanged where what was added no longer stands there exactly once."""
    if not edit.added or content.count(edit.added) != 1:
        return content
    before, _, after = content.partition(edit.added)
    cut_short = edit.removed and not edit.removed.endswith(b"\n") and after  # lines came after what was the last one
    return before + edit.removed + (b"\n" if cut_short else b"") + after


def replace_config(config: Path, found: bytes, wanted: bytes) -> None:
    """Replaces a configuration file as git does: under its lock, `config.lock`, whole or not at all.

    Raises:
        JournalError: git holds the lock, or the file is no longer as it was found.
    """
    lock = config.with_name(config.name + ".lock")
    new = config.with_name(config.name + ".journal-new")
    if new.exists() and lock.exists() and new.samefile(lock):
        lock.unlink()  # ours, of a run that was killed
    new.unlink(missing_ok=True)
    if found == wanted:
        return
    new.write_bytes(wanted)
    new.chmod(config.stat().st_mode & 0o777)
    try:
        os.link(new, lock)
    except FileExistsError as error:
        new.unlink()
        raise JournalError(f"{lock} exists", "wait for the git command that made it, or remove it") from error
    if config.read_bytes() != found:
        lock.unlink()
        new.unlink()
        raise JournalError(f"{config} was changed meanwhile", "run the same command again")
    lock.replace(config)
    new.unlink()
