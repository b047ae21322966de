"""The refs that keep snapshots: refs/journal/snap/<commit>, in a clone and in the repositories within its worktree."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from journal.capture.git.process import GitError, run_git
from journal.capture.git.trees import nested_git_dir

_REFS = "refs/journal/snap/"
_SUBMODULE = b"160000"


def snapshots_kept(git_dir: Path) -> list[str]:
    """The commits that such a ref keeps.

    Raises:
        GitError: the refs cannot be read.
    """
    return run_git(git_dir, "for-each-ref", "--format=%(refname:lstrip=3)", _REFS).decode("ascii", "replace").split()


def nested_snapshots(git_dir: Path, snapshots: Sequence[str]) -> dict[str, set[str]]:
    """Path of a repository within → the commits of it that snapshots lead to and the commits they were taken on do not.

    Raises:
        GitError: a snapshot cannot be read.
    """
    listed = "".join(f"{snapshot}\n" for snapshot in snapshots).encode()
    told = run_git(
        git_dir, "diff-tree", "--stdin", "--root", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", stdin=listed
    )
    found: dict[str, set[str]] = {}
    fields = iter(told.split(b"\0"))
    for field in fields:
        entry = field.rpartition(b"\n")[2]  # after the commit's own line
        if not entry.startswith(b":"):
            continue
        words, name = entry.split(b" "), next(fields)
        if words[1] == _SUBMODULE:
            found.setdefault(os.fsdecode(name), set()).add(words[3].decode("ascii"))
    return found


def delete_snapshots(root: Path, git_dir: Path, snapshots: Sequence[str], within: Mapping[str, set[str]]) -> None:
    """Deletes refs, those in repositories within first, since only these snapshots lead there.

    Args:
        root: the worktree.
        git_dir: its repository.
        snapshots: the commits that are no longer kept.
        within: path → the commits of the repository there that are no longer kept.

    Raises:
        GitError: the repository cannot be written. One within that cannot be is passed over.
    """
    for path, shas in within.items():
        nested = nested_git_dir(root, path)
        if nested is None:
            continue
        try:
            gone = sorted(shas.intersection(snapshots_kept(nested)))
            delete_snapshots(root / path, nested, gone, nested_snapshots(nested, gone))
        except GitError:
            continue
    commands = "".join(f"delete {_REFS}{sha}\n" for sha in snapshots)
    run_git(git_dir, "update-ref", "--stdin", stdin=commands.encode("ascii"))
