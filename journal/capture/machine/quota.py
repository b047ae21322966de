"""How full a person's home is, where the filesystem's own tools tell: lfs(1) on Lustre, quota(1) elsewhere.

statvfs is not asked: under a quota it tells the size of the whole filesystem. A site's own tool (`dusage`,
`lumi-workspaces`) is not run either, since what it prints is for people.
"""

import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

_TIMEOUT = 2.0  # seconds for each command: a quota server that is down makes them hang
_KIB = 1024
# used, soft limit, hard limit, grace: first of blocks, then of files. A star marks what is over its limit.
_NUMBERS = re.compile(r"(\d+)\*?\s+(\d+)\s+(\d+)\s+\S+\s+(\d+)\*?\s+(\d+)\s+(\d+)\s+\S+")

Ask = Callable[[Sequence[str]], str]


class Usage(NamedTuple):
    """How much of one limit is used: of "bytes" or of "files"."""

    of: str
    used: int
    limit: int

    @property
    def share(self) -> float:
        """Used through limit."""
        return self.used / self.limit


def asked(command: Sequence[str]) -> str:
    """A command's standard output, whatever it ends with (quota(1) fails where one is over quota); "" if it hangs."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout[:100_000].decode("utf-8", "replace")


def fullest_limit(home: Path, filesystem: str, user: str, ask: Ask = asked) -> Usage | None:
    """The limit of the home's quota that is nearest, or None where none can be known.

    Args:
        home: the home directory.
        filesystem: its type, as the kernel names it.
        user: the person's login name.
        ask: runs a command and gives its output.
    """
    answers = _lustre(home, user, ask) if filesystem == "lustre" else _others(home, ask)
    found = [usage for answer in answers for usage in _usages(answer)]
    return max(found, key=lambda usage: usage.share, default=None)


def _lustre(home: Path, user: str, ask: Ask) -> Iterator[str]:
    """Of a Lustre home all three kinds of quota: sites set the home's by user, by its group or by project id."""
    yield ask(["lfs", "quota", "-q", "-u", user, str(home)])
    project = re.match(r"\s*(\d+)\s", ask(["lfs", "project", "-d", str(home)]))
    if project and int(project[1]):
        yield ask(["lfs", "quota", "-q", "-p", project[1], str(home)])
    try:
        yield ask(["lfs", "quota", "-q", "-g", str(home.stat().st_gid), str(home)])
    except OSError:
        return


def _others(home: Path, ask: Ask) -> Iterator[str]:
    mount = home
    while not mount.is_mount() and mount != mount.parent:
        mount = mount.parent
    yield ask(["quota", "-w", "-p", "-f", str(mount)])


def _usages(answer: str) -> Iterator[Usage]:
    for found in _NUMBERS.finditer(answer):
        blocks, soft, hard, files, soft_files, hard_files = map(int, found.groups())
        limit, most_files = soft or hard, soft_files or hard_files
        if limit:
            yield Usage("bytes", blocks * _KIB, limit * _KIB)
        if most_files:
            yield Usage("files", files, most_files)
