"""Where branches, remote branches and HEADs are, and their reflogs' files: read without starting git."""

import os
import re
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from journal.capture.git.repository import read_line

_BRANCHES = "refs/heads/"
_REMOTES = "refs/remotes/"
_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


class Head(NamedTuple):
    """A worktree's HEAD: the branch it is on (None if detached) and its commit (None if there is none yet)."""

    branch: str | None
    sha: str | None


class Refs(NamedTuple):
    """What a clone's refs point at.

    Attributes:
        branches: name without refs/heads/ → SHA.
        remotes: the SHAs of the remote branches, each once.
        heads: worktree's name → its HEAD.
    """

    branches: dict[str, str]
    remotes: list[str]
    heads: dict[str, Head]

    def tips(self) -> list[str]:
        """Every commit that a ref names, each once."""
        heads = (head.sha for head in self.heads.values() if head.sha)
        return list(dict.fromkeys((*heads, *self.branches.values(), *self.remotes)))


class LogPart(NamedTuple):
    """What is to be read of a reflog.

    Attributes:
        content: bytes from `start` to the end.
        start: offset in the file.
        branch: what was remembered of the place at `start`.
        inode: the file's.
        before: the file's bytes before `start`, the last few.
    """

    content: bytes
    start: int
    branch: str | None
    inode: int
    before: bytes


def fingerprint(common_dir: Path, worktrees: Sequence[tuple[str, Path]]) -> str:
    """A text that differs as soon as a ref, a HEAD or a reflog was written: `stat` calls only, times compared and
    never ordered, so that a clock moved back changes nothing."""
    digest = blake2b(digest_size=16)
    for path in (common_dir / "packed-refs", common_dir / "shallow"):
        digest.update(_stat(path))
    for _, git_dir in worktrees:
        digest.update(_stat(git_dir / "HEAD") + _stat(git_dir / "logs" / "HEAD"))
    for tree in ("refs/heads", "refs/remotes", "logs/refs/heads", "reftable"):
        for entry in _files(common_dir / tree):
            digest.update(os.fsencode(entry.path) + _describe(entry.stat()))
    return digest.hexdigest()


def read_refs(common_dir: Path, worktrees: Sequence[tuple[str, Path]]) -> Refs:
    """Reads the refs: loose ones, which hold, and packed ones. In a reftable repository git is asked."""
    if (common_dir / "reftable").is_dir():
        return _ask_git(common_dir, worktrees)
    refs = _packed(common_dir)
    for prefix in (_BRANCHES, _REMOTES):
        for entry in _files(common_dir / prefix):
            sha = read_line(Path(entry.path))
            if sha and _SHA.fullmatch(sha):  # else another name (origin/HEAD), or a file cut short by a crash
                refs[os.path.relpath(entry.path, common_dir)] = sha
    heads = {name: _head(git_dir, refs) for name, git_dir in worktrees}
    return _sorted_out(refs, heads)


def branch_logs(common_dir: Path) -> Iterator[tuple[str, Path]]:
    """(branch, file) of the branches' reflogs."""
    logs = common_dir / "logs" / "refs" / "heads"
    for entry in _files(logs):
        yield os.path.relpath(entry.path, logs), Path(entry.path)


def read_log(path: Path, remembered: object) -> LogPart | None:
    """What is new in a reflog since it was last read; None where nothing is, or the file is gone.

    Args:
        path: the file.
        remembered: `log_cursor` of the last reading, or None. Where the file was rewritten since (`git reflog
            expire`), or the cursor is not one, it is read from the beginning.
    """
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            match remembered:
                case [int(inode), int(size), int(start), str() | None as branch, str(check)] if inode == status.st_ino:
                    if size == status.st_size:
                        return None
                    before = _before(file.read(start), start) if start <= 4096 else _tail(path, start)
                    if size < status.st_size and _check(before) == check:
                        file.seek(start)
                        return LogPart(file.read(), start, branch, inode, before)
                case _:
                    pass
            file.seek(0)
            return LogPart(file.read(), 0, None, status.st_ino, b"")
    except (FileNotFoundError, NotADirectoryError):
        return None


def log_cursor(part: LogPart, resume_at: int, branch: str | None) -> list[object]:
    """What to remember of a reflog that was read; `resume_at` counts from the beginning of the part."""
    before = (part.before + part.content[:resume_at])[-_CHECKED:]
    return [part.inode, part.start + len(part.content), part.start + resume_at, branch, _check(before)]


_CHECKED = 256  # bytes before the place of resuming that must be as they were


def _before(content: bytes, start: int) -> bytes:
    return content[max(0, start - _CHECKED) : start]


def _tail(path: Path, start: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start - _CHECKED)
        return file.read(_CHECKED)


def _check(before: bytes) -> str:
    return blake2b(before, digest_size=8).hexdigest()


def _packed(common_dir: Path) -> dict[str, str]:
    try:
        lines = (common_dir / "packed-refs").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except FileNotFoundError:
        return {}
    pairs = (line.partition(" ") for line in lines if line and line[0] not in "#^")
    return {name: sha for sha, _, name in pairs if name.startswith((_BRANCHES, _REMOTES)) and _SHA.fullmatch(sha)}


def _head(git_dir: Path, refs: dict[str, str]) -> Head:
    text = read_line(git_dir / "HEAD") or ""
    if not text.startswith("ref:"):
        return Head(None, text if _SHA.fullmatch(text) else None)
    name = text.removeprefix("ref:").strip()
    return Head(_text(name.removeprefix(_BRANCHES)) if name.startswith(_BRANCHES) else None, refs.get(name))


def _sorted_out(refs: dict[str, str], heads: dict[str, Head]) -> Refs:
    branches = {_text(name.removeprefix(_BRANCHES)): sha for name, sha in refs.items() if name.startswith(_BRANCHES)}
    remotes = dict.fromkeys(sha for name, sha in refs.items() if name.startswith(_REMOTES))
    return Refs(branches, list(remotes), heads)


def _ask_git(common_dir: Path, worktrees: Sequence[tuple[str, Path]]) -> Refs:
    from journal.capture.git.process import GitError, run_git

    listed = run_git(common_dir, "for-each-ref", "--format=%(objectname) %(refname)", _BRANCHES, _REMOTES)
    pairs = (line.partition(" ") for line in listed.decode("utf-8", "surrogateescape").splitlines())
    refs = {name: sha for sha, _, name in pairs}
    heads: dict[str, Head] = {}
    for worktree, git_dir in worktrees:
        try:
            name = run_git(git_dir, "symbolic-ref", "--quiet", "HEAD").decode("utf-8", "surrogateescape").strip()
            heads[worktree] = Head(_text(name.removeprefix(_BRANCHES)), refs.get(name))
        except GitError:  # detached
            heads[worktree] = Head(None, run_git(git_dir, "rev-parse", "HEAD").decode().strip())
    return _sorted_out(refs, heads)


def _text(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _files(tree: Path) -> "Iterator[os.DirEntry[str]]":
    """The files below a directory, in a stable order; locks, which come and go, are left out."""
    try:
        entries = sorted(os.scandir(tree), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _files(Path(entry.path))
        elif not entry.name.endswith(".lock"):
            yield entry


def _stat(path: Path) -> bytes:
    try:
        return _describe(path.stat())
    except (FileNotFoundError, NotADirectoryError):
        return b"-"


def _describe(status: os.stat_result) -> bytes:
    return b"%d:%d:%d;" % (status.st_ino, status.st_size, status.st_mtime_ns)
