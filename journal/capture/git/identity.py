"""Which project a clone belongs to: one line of git history, wherever it is cloned."""

import re
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

from journal.capture.git.process import GitError, run_git
from journal.capture.git.repository import Repository

_SCP_LIKE = re.compile(r"^(?:[^/@:]+@)?(?P<host>\[[^]]+\]|[^/:]+):(?P<path>[^:].*)$")


class Identity(NamedTuple):
    """What a clone is called, and which project it is a clone of.

    Attributes:
        project: 32 hex digits, or None while there is no commit. The hash of the root commit that first parents
            lead to from the default branch, the same in every clone and fork. A shallow or damaged clone cannot
            know its root; there it is the hash of where it was cloned from, or without a remote of a commit it has.
        name: the remote repository's name, else the directory's.
        root_commit: the root's SHA; None where it is unknown.
        remote: the URL of origin (or of the only remote) without user name and password.
        shallow: part of the history is missing here.
    """

    project: str | None
    name: str
    root_commit: str | None
    remote: str | None
    shallow: bool


def read_identity(repository: Repository) -> Identity:
    """Asks git who this clone is.

    Raises:
        JournalError: git is missing, or refuses to read this repository.
    """
    remote = _remote(repository.common_dir)
    name = (_last_part(remote) if remote else "") or _directory_name(repository)
    shallow = _is_shallow(repository.common_dir)
    root = _first_commit(repository)
    if root and not shallow:
        return Identity(_hash(root), name, root, remote, shallow)
    anchor = root or _tip(repository)
    if anchor is None:
        return Identity(None, name, None, remote, shallow)
    return Identity(_hash(normalise_remote(remote) if remote else anchor), name, None, remote, shallow)


def without_credentials(url: str) -> str:
    """A remote's URL without user name and password; `git@host:path` keeps its user, which is no secret."""
    parts = urlsplit(url) if "://" in url else None
    if parts is None or "@" not in parts.netloc:
        return url
    user = "git@" if parts.username == "git" and parts.password is None else ""
    return urlunsplit(parts._replace(netloc=user + parts.netloc.rpartition("@")[2]))


def normalise_remote(url: str) -> str:
    """One text for the ways in which one remote repository is written: `host/path`, whatever the protocol.

    `git@github.com:a/b.git`, `https://user@github.com/a/b` and `ssh://git@github.com:22/a/b.git/` are all
    `github.com/a/b`. Letters keep their case in the path.
    """
    scp = _SCP_LIKE.match(url) if "://" not in url else None
    if scp:
        host, path = scp["host"], scp["path"]
    elif "://" in url:
        parts = urlsplit(url)
        host, path = parts.netloc.rpartition("@")[2].partition(":")[0], parts.path
    else:
        host, path = "", url
    path = path.rstrip("/").removesuffix(".git").rstrip("/")
    return f"{host.lower()}/{path.lstrip('/')}" if host else path


def _remote(common_dir: Path) -> str | None:
    """The URL of origin, else of the only remote."""
    try:
        listed = run_git(common_dir, "config", "--null", "--get-regexp", r"^remote\..*\.url$")
    except GitError:
        return None  # no remote at all
    urls: dict[str, str] = {}
    for setting in listed.decode("utf-8", "backslashreplace").split("\0"):
        key, _, url = setting.partition("\n")
        urls.setdefault(key.removeprefix("remote.").removesuffix(".url"), url)
    urls.pop("", None)
    chosen = urls.get("origin") or (next(iter(urls.values())) if len(urls) == 1 else None)
    return without_credentials(chosen) if chosen else None


def _last_part(remote: str) -> str:
    return normalise_remote(remote).rpartition("/")[2]


def _directory_name(repository: Repository) -> str:
    """The main worktree's directory name, so that linked worktrees agree."""
    common = repository.common_dir
    if common.name == ".git":
        return common.parent.name
    if repository.root and not repository.worktree:
        return repository.root.name
    return common.name.removesuffix(".git") or common.name


def _is_shallow(common_dir: Path) -> bool:
    try:
        return (common_dir / "shallow").stat().st_size > 0
    except FileNotFoundError:
        return False


def _first_commit(repository: Repository) -> str | None:
    """The commit at which the first parents of the default branch end; None where there is no commit."""
    for start in ("refs/remotes/origin/HEAD", "refs/heads/main", "refs/heads/master", "HEAD"):
        try:
            tip = run_git(repository.git_dir, "rev-parse", "--verify", "--quiet", f"{start}^{{commit}}")
            return _end_of_first_parents(repository.common_dir, tip.decode().strip())
        except GitError:
            continue  # no such ref, or one whose history is damaged: the next may do
    return None


def _tip(repository: Repository) -> str | None:
    """The commit that HEAD is at, whose history may be damaged; None where there is no commit."""
    try:
        return run_git(repository.git_dir, "rev-parse", "--verify", "--quiet", "HEAD").decode().strip()
    except GitError:
        return None


def _end_of_first_parents(common_dir: Path, tip: str) -> str:
    return run_git(common_dir, "rev-list", "--first-parent", "--max-parents=0", "--max-count=1", tip).decode().strip()


def _hash(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
