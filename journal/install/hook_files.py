"""Hook files in a repository's own hooks directory, and the hooks that stood there before.

The person's hook is kept beside ours as `<hook>.before-journal` and runs after it. Wherever a file of ours is found
it stands for the one kept: undoing follows from that alone, also after another tool has moved ours away.
"""

import os
from pathlib import Path
from typing import NamedTuple

from journal.install.hook_scripts import EVENTS, chain_file, is_from_pre_commit, is_ours, write_atomically

_KEPT = ".before-journal"
# Where a file of ours can be: in its place, or where pre-commit and lefthook move what they find there.
_PLACES = ("", ".legacy", ".old")


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


def put_in(hooks: Path, data_dir: Path) -> list[Step]:
    """The steps that put our hooks into a directory, or repair them there."""
    return [step for event in EVENTS for step in _put_in_one(hooks, event, data_dir)]


def take_out(hooks: Path) -> list[Step]:
    """The steps that take our hooks out of a directory and put back what stood there."""
    return [step for event in EVENTS for step in _take_out_one(hooks, event)]


def place_of(hooks: Path, event: str) -> Path:
    """Where ours belongs: pre-commit's hooks run `<hook>.legacy` first, and put it back when they are uninstalled."""
    place = hooks / event
    return hooks / f"{event}.legacy" if is_from_pre_commit(place) else place


def do(step: Step) -> None:
    """Takes a step; each is done whole or not at all."""
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


def _put_in_one(hooks: Path, event: str, data_dir: Path) -> list[Step]:
    kept = hooks / (event + _KEPT)
    place = place_of(hooks, event)
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


def _take_out_one(hooks: Path, event: str) -> list[Step]:
    steps: list[Step] = []
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
