"""The trees of commits: how two differ, what a file holds, and a tree written out as files."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from journal.capture.git.process import DIFF_OPTIONS, GitError, run_git
from journal.capture.git.repository import find_repository
from journal.errors import JournalError
from journal.facts import ChangedFile

_SUBMODULE = "160000"
_FILES = ("100644", "100755")

# Paths that a filesystem would take for .git are refused on every machine, no sparse checkout leaves files out, and no
# hook runs.
_GUARDED = (
    "-c", "core.protectHFS=true", "-c", "core.protectNTFS=true", "-c", "core.sparseCheckout=false",
    "-c", "core.hooksPath=/dev/null",
)  # fmt: skip


class Difference(NamedTuple):
    """One file that differs between two trees.

    Attributes:
        status: git's letter: A, M, D, T, R (with `old_name`).
        name: its path below the top, as the filesystem has it.
        added, removed: lines; None for a binary file.
        old_name: what it was called before.
        modes: what it is in the first and in the second tree; "000000" where it is not there.
        shas: the blob, or the commit of a submodule, in both trees.
    """

    status: str
    name: bytes
    added: int | None
    removed: int | None
    old_name: bytes | None
    modes: tuple[str, str]
    shas: tuple[str, str]

    @property
    def path(self) -> str:
        """Its path as text."""
        return _text(self.name)


def _text(name: bytes) -> str:
    return name.decode("utf-8", "backslashreplace")


def differences(git_dir: Path, one: str | None, other: str, *, renames: bool = False) -> list[Difference]:
    """The files that differ between two commits' trees, by path.

    Args:
        git_dir: where the commits are.
        one: a commit or tree; None for nothing at all.
        other: a commit.
        renames: a file that was moved is one difference and not two.

    Raises:
        GitError: one of them is not there.
    """
    compared = ("--root", "--no-commit-id", other) if one is None else (one, other)
    moved = "-M" if renames else "--no-renames"
    said = run_git(
        git_dir, "diff-tree", "-r", "-z", "--raw", "--numstat", "--no-abbrev", *DIFF_OPTIONS, moved, *compared
    )
    return list(_parsed(iter(said.split(b"\0"))))


def _parsed(fields: Iterator[bytes]) -> Iterator[Difference]:
    """What `--raw --numstat -z` prints: all raw entries, then all counts."""
    entries: dict[bytes, Difference] = {}
    for field in fields:
        if field.startswith(b":"):
            old_mode, mode, old_sha, sha, status = field[1:].decode("ascii").split(" ")
            name = next(fields)
            old_name = name if status[0] in "RC" else None
            if old_name is not None:
                name = next(fields)
            entries[name] = Difference(status[0], name, None, None, old_name, (old_mode, mode), (old_sha, sha))
        elif field:
            added, removed, name = field.split(b"\t", 2)
            if not name:  # of a renamed file both names follow
                next(fields)
                name = next(fields)
            entries[name] = entries[name]._replace(added=_count(added), removed=_count(removed))
    yield from entries.values()


def _count(digits: bytes) -> int | None:
    return None if digits == b"-" else int(digits)


def deep_differences(root: Path, git_dir: Path, one: str, other: str) -> Iterator[Difference]:
    """The files that differ between two commits' trees, those within submodules too, where their repositories are.

    Args:
        root: the worktree, which holds the submodules.
        git_dir, one, other: as for `differences`, whose errors it raises.
    """
    for each in differences(git_dir, one, other):
        nested = nested_git_dir(root, os.fsdecode(each.name)) if set(each.modes) == {_SUBMODULE} else None
        if nested is None:
            yield each
            continue
        for inner in deep_differences(root / os.fsdecode(each.name), nested, *each.shas):
            yield inner._replace(name=each.name + b"/" + inner.name)


def changed_between(git_dir: Path, base: str | None, snapshot: str) -> list[ChangedFile] | None:
    """The files in which a snapshot differs from the commit it was taken on.

    Args:
        git_dir: where both are.
        base: the commit; None where there was none yet.
        snapshot: the snapshot's commit.

    Returns:
        None where one of them cannot be read: it was pruned, or the clone is damaged.
    """
    if base == snapshot:
        return []
    try:
        found = differences(git_dir, base, snapshot, renames=True)
    except GitError:
        return None
    return [_changed_file(each) for each in found]


def _changed_file(difference: Difference) -> ChangedFile:
    changed: ChangedFile = {"path": difference.path, "added": difference.added, "removed": difference.removed}
    if difference.old_name is not None:
        changed["old_path"] = _text(difference.old_name)
    return changed


def has_commit(git_dir: Path, sha: str) -> bool:
    """Whether a commit is there with its tree."""
    try:
        run_git(git_dir, "cat-file", "-e", f"{sha}^{{tree}}")
    except GitError:
        return False
    return True


def tree_of(git_dir: Path, commit: str) -> str:
    """The id of a commit's tree.

    Raises:
        GitError: it is not there.
    """
    return run_git(git_dir, "rev-parse", "--verify", "--end-of-options", f"{commit}^{{tree}}").decode().strip()


def file_in(git_dir: Path, commit: str, path: str, limit: int) -> bytes | None:
    """What a regular file of a tree holds; None for what is not one, or is longer than so many bytes.

    Raises:
        GitError: the commit is not there.
    """
    listed = run_git(git_dir, "--literal-pathspecs", "ls-tree", "-z", "-l", "--full-tree", commit, "--", path)
    for entry in listed.split(b"\0"):
        described, _, name = entry.partition(b"\t")
        if os.fsdecode(name) == path:
            mode, _, sha, size = described.decode("ascii").split()
            if mode in _FILES and int(size) <= limit:
                return run_git(git_dir, "cat-file", "blob", sha)
    return None


def commit_message(git_dir: Path, commit: str) -> str:
    """A commit's message.

    Raises:
        GitError: it is not there.
    """
    return run_git(git_dir, "log", "-1", "--format=%B", "--end-of-options", commit, "--").decode("utf-8", "replace")


def write_tree(root: Path | None, git_dir: Path, commit: str, directory: Path) -> list[str]:
    """Writes the files of a commit's tree, executable bits, links and filters as git checks them out.

    Git itself refuses a tree with `..`, `.git` and the like in it, and writes through no link.

    Args:
        root: the worktree that holds the submodules' repositories.
        git_dir: where the commit is.
        commit: what is written.
        directory: an empty one.

    Returns:
        Submodules, by path, whose files could not be written since their repository is not there or lacks the commit.

    Raises:
        GitError: the commit is not there, its tree is refused, or a file cannot be written.
    """
    with tempfile.TemporaryDirectory(prefix="journal-") as temporary:
        index = Path(temporary) / "index"
        run_git(git_dir, *_GUARDED, "read-tree", commit, index=index)
        at = (*_GUARDED, f"--git-dir={git_dir}", f"--work-tree={directory}")
        run_git(git_dir, *at, "checkout-index", "--all", "--quiet", index=index)
    return [
        missing for path, sha in _submodules(git_dir, commit) for missing in _write_nested(root, path, sha, directory)
    ]


def _submodules(git_dir: Path, commit: str) -> Iterator[tuple[str, str]]:
    for entry in run_git(git_dir, "ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0"):
        described, _, name = entry.partition(b"\t")
        if described.startswith(_SUBMODULE.encode()):
            yield os.fsdecode(name), described.split()[2].decode("ascii")


def _write_nested(root: Path | None, path: str, sha: str, directory: Path) -> list[str]:
    nested = nested_git_dir(root, path)
    inside = directory / path
    if nested is None or inside.resolve() != directory.resolve() / path:
        return [path]
    try:
        inside.mkdir(exist_ok=True)
        return [f"{path}/{missing}" for missing in write_tree(root and root / path, nested, sha, inside)]
    except GitError:
        return [path]


def nested_git_dir(root: Path | None, path: str) -> Path | None:
    """The git directory of the repository at a path below a worktree; None where there is none of its own."""
    if root is None or not (root / path / ".git").exists():
        return None
    try:
        return find_repository(root / path).git_dir
    except JournalError:
        return None
