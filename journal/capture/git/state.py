"""The present state of a repository: where HEAD is, what is uncommitted, how much history there is."""

from pathlib import Path

from journal.capture.git.repository import Repository, find_repository, read_line, worktrees

_BRANCH = "ref: refs/heads/"


def head_branch(repository: Repository) -> str | None:
    """The branch that HEAD is on, None when it is detached; reads one file."""
    head = read_line(repository.git_dir / "HEAD") or ""
    return head.removeprefix(_BRANCH) if head.startswith(_BRANCH) else None


def worktree_roots(common_dir: Path) -> list[Path]:
    """The directories of all linked worktrees."""
    roots = (read_line(git_dir / "gitdir") for name, git_dir in worktrees(common_dir) if name)
    return [Path(root).parent for root in roots if root]


def changed_files(repository: Repository) -> int:
    """How many files `git status` would name, untracked ones included."""
    from journal.capture.git.process import run_git

    where = (f"--work-tree={repository.root}",) if repository.root else ()
    return run_git(repository.git_dir, *where, "status", "--porcelain", "-z", "--no-renames").count(b"\0")


def commit_count(path: Path) -> int | None:
    """How many commits the branches and remote branches of a repository reach, for a progress bar."""
    from journal.capture.git.process import run_git

    return int(run_git(find_repository(path).git_dir, "rev-list", "--count", "--branches", "--remotes"))


def commit_named(repository: Repository, name: str) -> str:
    """The SHA of the commit that git knows by a name: HEAD, main~2, a tag.

    Raises:
        JournalError: git knows none.
    """
    from journal.capture.git.process import run_git

    named = ("--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    return run_git(repository.git_dir, "rev-parse", *named).decode().strip()
