"""The door to a repo's files: which there are, and the text of those that are asked for.

Tolerant by design: a repo may hold anything. Symbolic links are not followed, only regular files are opened, and
sizes and counts are bounded.
"""

import os
import stat
import subprocess
from pathlib import Path

_SKIPPED_DIRECTORIES = frozenset(
    {".git", ".hg", ".svn", ".venv", "venv", "env", "node_modules", "__pycache__", ".tox", ".mypy_cache", "wandb"}
)
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"
_MOST_WALKED = 20_000
_GIT_TIMEOUT = 30.0  # seconds


class WorkingTree:
    """The files of a repo at one moment.

    Args:
        root: the directory; need not be a git repo.

    Attributes:
        paths: tracked files (all files where there is no git), relative, with "/", sorted.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.paths = tuple(sorted(_tracked(root) or _walked(root)))

    def text(self, path: str, limit: int) -> str | None:
        """A file's text, at most `limit` bytes of it; bytes that are not UTF-8 become U+FFFD.

        None for what is no text: missing files, links, devices, Git LFS pointers, and files with NUL bytes.
        """
        head = self._head(path, limit)
        if head is None or head.startswith(_LFS_POINTER) or b"\0" in head:
            return None
        text = head.decode("utf-8", "replace").removeprefix("\ufeff")
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def exists(self, path: str) -> bool:
        """Whether a file or directory is there, tracked or not; never looks outside the root."""
        normal = os.path.normpath(path)
        if normal.startswith(("/", "..")) or "\0" in path:
            return False
        try:
            os.lstat(self.root / normal)
        except (OSError, ValueError):
            return False
        return True

    def _head(self, path: str, limit: int) -> bytes | None:
        # O_NONBLOCK: what was a file when it was listed may be a pipe by now.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            descriptor = os.open(self.root / path, flags)
        except (OSError, ValueError):
            return None
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return None
            with open(descriptor, "rb", closefd=False) as file:
                return file.read(limit)
        except OSError:
            return None
        finally:
            os.close(descriptor)


def _tracked(root: Path) -> set[str]:
    """The paths in git's index below a directory; none where git has nothing to say."""
    # A repo's own configuration must not make a listing run programs; nor must the caller's GIT_DIR redirect it.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-c", "core.fsmonitor=false", "ls-files", "-z", "--cached"]
    try:
        listed = subprocess.run(
            command,
            cwd=root,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_GIT_TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return set()
    return {os.fsdecode(path) for path in listed.stdout.split(b"\0") if path} if listed.returncode == 0 else set()


def _walked(root: Path) -> set[str]:
    found: set[str] = set()
    for directory, names, files in os.walk(root):
        names[:] = sorted(name for name in names if name not in _SKIPPED_DIRECTORIES)
        inside = os.path.relpath(directory, root)
        found.update(name if inside == "." else f"{inside}/{name}" for name in files)
        if len(found) > _MOST_WALKED:
            break
    return found
