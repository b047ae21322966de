"""Where a git repository is, found by reading files: no process, no heavy import."""

from pathlib import Path
from typing import NamedTuple

from journal.errors import JournalError


class Repository(NamedTuple):
    """A git repository as seen from one of its worktrees. All paths are absolute, without symbolic links.

    Attributes:
        root: the worktree's top directory; None in a bare repository.
        git_dir: the worktree's own git directory (HEAD, its reflog).
        common_dir: the git directory that all worktrees share (objects, refs, config).
        worktree: "" for the main worktree, else the linked worktree's name in `common_dir/worktrees`.
    """

    root: Path | None
    git_dir: Path
    common_dir: Path
    worktree: str


def find_repository(path: Path) -> Repository:
    """The repository that a path lies in: the nearest one upwards, as git looks for it, but deaf to GIT_* variables.

    Raises:
        JournalError: the path does not exist, or is in no git repository.
    """
    try:
        start = path.resolve(strict=True)
    except OSError as error:
        raise JournalError(f"{path} cannot be reached ({error.strerror})", "give a directory that exists") from error
    for directory in (start, *start.parents):
        try:
            found = _repository_at(directory)
        except PermissionError as error:
            raise JournalError(f"{error.filename} cannot be read", "run journal as the repository's owner") from error
        if found:
            return found
    raise JournalError(f"{path} is not in a git repository", "change to one, or run `git init` there")


def _repository_at(directory: Path) -> Repository | None:
    dot_git = directory / ".git"
    git_dir = dot_git.resolve() if dot_git.is_dir() else _gitdir_file(dot_git)
    if git_dir and _is_git_dir(git_dir):
        return _with_common_dir(directory, git_dir)
    if not _is_git_dir(directory):
        return None
    return _inside_git_dir(directory)


def _inside_git_dir(git_dir: Path) -> Repository:
    """A bare repository, or the inside of a worktree's git directory: hooks run there, and people look around."""
    if git_dir.name == ".git":
        return _with_common_dir(git_dir.parent, git_dir)
    linked = read_line(git_dir / "gitdir")  # <common_dir>/worktrees/<name>/gitdir names the worktree's .git file
    if linked:
        return _with_common_dir((git_dir / linked).parent.resolve(), git_dir)
    return _with_common_dir(_configured_worktree(git_dir), git_dir)


def _configured_worktree(git_dir: Path) -> Path | None:
    """core.worktree, which submodules have, read without git: the last such line of the [core] section."""
    found = None
    section = ""
    try:
        lines = (git_dir / "config").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    for line in lines:
        text = line.strip()
        if text.startswith("["):
            section = text.lower()
        key, _, value = text.partition("=")
        if section == "[core]" and key.strip().lower() == "worktree":
            found = (git_dir / value.strip().strip('"')).resolve()
    return found if found and found.is_dir() else None


def _with_common_dir(root: Path | None, git_dir: Path) -> Repository:
    common = read_line(git_dir / "commondir")
    common_dir = (git_dir / common).resolve() if common else git_dir
    linked = common_dir != git_dir and git_dir.parent == common_dir / "worktrees"
    return Repository(root, git_dir, common_dir, git_dir.name if linked else "")


def _gitdir_file(dot_git: Path) -> Path | None:
    line = read_line(dot_git)
    if not line or not line.startswith("gitdir:"):
        return None
    return (dot_git.parent / line.removeprefix("gitdir:").strip()).resolve()


def _is_git_dir(path: Path) -> bool:
    """What git itself asks of one: HEAD, and objects and refs (which a linked worktree has in its common directory)."""
    head = path / "HEAD"
    if not (head.is_symlink() or head.is_file()):
        return False
    if (path / "commondir").is_file():
        return True
    return (path / "objects").is_dir() and (path / "refs").is_dir()


def worktrees(common_dir: Path) -> list[tuple[str, Path]]:
    """(name, git directory) of every worktree: the main one first, named "", then the linked ones by name."""
    try:
        linked = sorted(path for path in (common_dir / "worktrees").iterdir() if _is_git_dir(path))
    except (FileNotFoundError, NotADirectoryError):
        linked = []
    return [("", common_dir), *((path.name, path) for path in linked)]


def read_line(path: Path) -> str | None:
    """The text of one of git's one-line files, or None where there is none."""
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape").strip("\n")
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None
