"""Running git: the one place that starts it, in an environment that makes its output a function of the repository.

Hooks and agents run with GIT_* variables that would send git elsewhere, and people's configuration changes what
`git log` prints; neither may reach us. Git runs inside the git directory: there it reads no .gitattributes of the
present checkout, which would otherwise decide how old commits are counted.
"""

import os
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import IO, TYPE_CHECKING, BinaryIO, cast

from journal.errors import JournalError

if TYPE_CHECKING:
    from io import BufferedReader
    from subprocess import Popen

_CHUNK = 1 << 20
_CHUNKS_AHEAD = 16

# Variables that say which configuration and programs this machine uses, and not which repository is meant.
_KEPT_VARIABLES = {"GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_EXEC_PATH"}

_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",  # commits are what they were made as
    "GIT_NO_LAZY_FETCH": "1",  # a partial clone must not start the network
    "GIT_ALLOW_PROTOCOL": "none",  # as above, for a git older than GIT_NO_LAZY_FETCH (2.44)
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}

_SETTINGS = (
    "core.quotePath=false",
    "core.fsmonitor=false",
    "core.abbrev=40",
    "safe.bareRepository=all",  # we run inside .git, which git older than 2.45 takes for a bare repository
    "log.showSignature=false",
    "log.showRoot=true",
    "log.mailmap=false",
    "log.follow=false",
    "i18n.logOutputEncoding=UTF-8",
    "color.ui=false",
    "diff.suppressBlankEmpty=false",
    "diff.renameLimit=1000",
    "core.bigFileThreshold=512m",
)

# Options for every command that compares trees, each the answer to a setting that a person can make.
DIFF_OPTIONS = (
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--no-relative",
    "--ignore-submodules=none",
    "--submodule=short",
    "--diff-algorithm=myers",
    "--indent-heuristic",
    "--inter-hunk-context=0",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "-O/dev/null",
)

# Options for patches, on top of those. `--unified` means `-p` by itself, so it has no place above.
PATCH_OPTIONS = ("-p", "--unified=3", "--full-index", "-M")


class GitError(JournalError):
    """A git command failed; `stderr` is what it said."""

    def __init__(self, command: str, stderr: str) -> None:
        said = stderr.strip().splitlines() or ["it said nothing"]
        super().__init__(f"`git {command}` failed ({said[-1]})", "run `git fsck` to see what is damaged")
        self.stderr = stderr


def run_git(git_dir: Path, *arguments: str, stdin: bytes = b"", index: Path | None = None) -> bytes:
    """The output of a git command that says little.

    Args:
        git_dir: where git runs.
        arguments: its words.
        stdin: what it reads.
        index: the file that it takes for the index, in place of the worktree's own.

    Raises:
        GitError: git failed.
        JournalError: git is missing, or refuses to read this repository.
    """
    with stream_git(git_dir, *arguments, stdin=stdin, index=index) as chunks:
        return b"".join(chunks)


@contextmanager
def stream_git(
    git_dir: Path, *arguments: str, stdin: bytes = b"", index: Path | None = None
) -> Generator[Iterator[bytes]]:
    """The output of a git command as it comes, in chunks of up to a megabyte; arguments as for `run_git`.

    The iterator raises GitError at the end of the output where git failed; JournalError as for `run_git`. Leaving
    the block early ends git.
    """
    with tempfile.TemporaryFile() as given:
        given.write(stdin)
        given.seek(0)
        with start_git(git_dir, *arguments, stdin=given, index=index) as process:
            yield process.chunks()


class GitProcess:
    """A running git whose standard error is drained, so that it never waits for us to read it."""

    def __init__(self, process: "Popen[bytes]", command: str) -> None:
        self._process = process
        self._command = command
        self._stderr: list[bytes] = []
        self._stdout = cast("BufferedReader", process.stdout)
        self._drain = Thread(target=self._read_stderr, args=(process.stderr,), daemon=True)
        self._drain.start()
        self._ahead: Queue[bytes] = Queue(_CHUNKS_AHEAD)
        self._reader: Thread | None = None
        _widen(self._stdout)

    @property
    def stdin(self) -> IO[bytes]:
        """Where a command started with `subprocess.PIPE` is written to."""
        return cast("IO[bytes]", self._process.stdin)

    def chunks(self) -> Iterator[bytes]:
        """Its output to the end; raises GitError after it where git failed.

        A thread reads some of it ahead, so that git goes on while what it said is being dealt with.
        """
        self._reader = Thread(target=self._read_ahead, daemon=True)
        self._reader.start()
        while chunk := self._ahead.get():
            yield chunk
        self.finish()

    def _read_ahead(self) -> None:
        while chunk := self._stdout.read1(_CHUNK):
            self._ahead.put(chunk)
        self._ahead.put(b"")

    def _drop_rest(self) -> None:
        """Lets the thread that reads ahead of us come to its end, after git came to its own."""
        while self._reader and self._reader.is_alive():
            with suppress(Empty):
                self._ahead.get(timeout=0.01)

    def finish(self) -> None:
        """Waits for its end; raises GitError where it failed."""
        status = self._process.wait()
        self._drain.join()
        if status:
            raise failure(self._command, b"".join(self._stderr).decode("utf-8", "backslashreplace"))

    def end(self) -> None:
        """Ends it, whatever it is doing, and lets go of its pipes."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._drop_rest()
        self._drain.join()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe:
                with suppress(BrokenPipeError):  # it ended with something still unread
                    pipe.close()

    def _read_stderr(self, stderr: IO[bytes]) -> None:
        kept = 0
        for line in stderr:
            if kept < _CHUNK:
                self._stderr.append(line)
            kept += len(line)


@contextmanager
def start_git(
    git_dir: Path, *arguments: str, stdin: IO[bytes] | int, index: Path | None = None
) -> Generator[GitProcess]:
    """A git command that runs while the block does; it is ended when the block is left before it."""
    try:
        from git import Git
        from git.exc import GitCommandNotFound
    except ImportError as error:  # GitPython's way to say that there is no git
        raise _no_git() from error
    settings = [word for setting in _SETTINGS for word in ("-c", setting)]
    command = [*_without_variables(index), "git", "--no-pager", *settings, *arguments]
    variables = _ENVIRONMENT | ({"GIT_INDEX_FILE": str(index)} if index else {})
    try:
        interrupter = Git(git_dir).execute(
            command, as_process=True, istream=cast("BinaryIO | int", stdin), env=variables
        )
    except GitCommandNotFound as error:
        raise _no_git() from error
    running = cast("Popen[bytes]", interrupter.proc)  # pyright: ignore[reportUnknownMemberType]  # Popen of anything
    process = GitProcess(running, next(word for word in arguments if not word.startswith("-")))
    try:
        yield process
    finally:
        process.end()


def git_environment() -> dict[str, str]:
    """The environment for a git that is started otherwise, since it speaks to the person."""
    kept = _KEPT_VARIABLES | _ENVIRONMENT.keys()
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name in kept}
    return own | _ENVIRONMENT


def _without_variables(index: Path | None) -> list[str]:
    """`env -u …`, since GitPython can add to an environment but not take from it."""
    kept = _KEPT_VARIABLES | _ENVIRONMENT.keys() | ({"GIT_INDEX_FILE"} if index else set[str]())
    names = [name for name in os.environ if name.startswith("GIT_") and name not in kept]
    return ["env", *(word for name in names for word in ("-u", name))] if names else []


def _no_git() -> JournalError:
    return JournalError("git cannot be started", "install git, or put it on PATH")


def failure(command: str, stderr: str) -> JournalError:
    """What a failed git command means to a person."""
    for line in stderr.splitlines():
        if "safe.directory" in line and "--add" in line:
            return JournalError("git refuses this repository: another user owns it", f"run `{line.strip()}`")
    return GitError(command, stderr)


def _widen(pipe: IO[bytes]) -> None:
    """A pipe of a megabyte, where the system lets us: git and journal then wait for each other less often."""
    if sys.platform == "linux":
        from fcntl import F_SETPIPE_SZ, fcntl

        with suppress(OSError):  # over this user's limit: the usual size works too
            fcntl(pipe.fileno(), F_SETPIPE_SZ, _CHUNK)
