"""Commits: what `git log` tells of them, as events.

One `git log` reads everything, and its patches are handed on to `git patch-id`, which runs on the second core; both
go through the commits in the same order. Where objects are damaged or missing (a partial clone), the commits
concerned lose their line counts, or their files, but never themselves.
"""

import re
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timezone
from functools import cache
from pathlib import Path
from subprocess import PIPE
from threading import Thread
from typing import NamedTuple

from journal import moments
from journal.capture.git.events import SOURCE, rewrite_event
from journal.capture.git.log import LOG_FORMAT, LoggedCommit, parse_log
from journal.capture.git.process import (
    DIFF_OPTIONS,
    PATCH_OPTIONS,
    GitError,
    GitProcess,
    run_git,
    start_git,
    stream_git,
)
from journal.events import Event, make_event
from journal.facts import CommitFact

_LOG = ("log", "--stdin", "-z", "--date=raw", "--encoding=UTF-8", "--no-notes", "--no-decorate", LOG_FORMAT)
_WALK = ("--ignore-missing", "--reverse")  # oldest first, so that of one second the order of arrival is theirs
_LISTED = "--no-walk=unsorted"
_RAW = ("--raw", "--no-abbrev", *DIFF_OPTIONS)


class _Depth(NamedTuple):
    """How much `git log` is asked to tell."""

    options: tuple[str, ...]
    files: bool
    patches: bool
    loss: str | None  # what is counted for each commit that was read no deeper


_PATCHES = _Depth((*_RAW, *PATCH_OPTIONS), files=True, patches=True, loss=None)
_NAMES = _Depth((*_RAW, "-M100%"), files=True, patches=False, loss="commits read without line counts")
_HEADERS = _Depth((), files=False, patches=False, loss="commits read without files")
_UNREADABLE = "unreadable commits"
_SHALLOW = "commits at the edge of a shallow clone, read without files"

_SQUASHED = "Squashed commit of the following:"
_SQUASHED_COMMIT = re.compile(r"^commit ([0-9a-f]{40}(?:[0-9a-f]{24})?)$", re.MULTILINE)


def commit_events(
    common_dir: Path, project: str, include: Sequence[str], exclude: Sequence[str], skipped: Counter[str]
) -> Iterator[Event]:
    """An event for every commit that can be reached from `include` and not from `exclude`, and for every commit that
    one of them says it squashed. Arguments and errors as for `read_commits`, and the project's id."""
    for commit, patch_id in read_commits(common_dir, include, exclude, skipped):
        event = commit_event(commit, patch_id, project)
        yield event
        for old in squashed_commits(commit.message):
            yield rewrite_event(old, commit.sha, "squash", event.at, project)


def read_commits(
    common_dir: Path, include: Sequence[str], exclude: Sequence[str], skipped: Counter[str]
) -> Iterator[tuple[LoggedCommit, str | None]]:
    """Every commit that can be reached from `include` and not from `exclude`, oldest first, with its patch-id.

    Args:
        common_dir: the repository.
        include: SHAs; those that are no longer there are passed over.
        exclude: SHAs of commits known, with all their ancestors; likewise.
        skipped: counts what could not be read, by reason.

    Raises:
        JournalError: git is missing, or refuses to read this repository.
    """
    if not include:
        return
    true_parents = _beyond_the_edge(common_dir)
    with _patch_ids(common_dir) as patch_ids:
        reader = _Reader(common_dir, patch_ids, skipped)
        waiting: deque[LoggedCommit] = deque()
        for commit in reader.read(include, exclude):
            if commit.sha not in true_parents:
                waiting.append(commit)
            else:
                skipped[_SHALLOW] += 1
                waiting.append(commit._replace(parents=true_parents[commit.sha], files=None, has_patch=False))
            while waiting and patch_ids.is_known(waiting[0]):
                yield waiting[0], patch_ids.take(waiting.popleft())
        patch_ids.end()
        for commit in waiting:
            yield commit, patch_ids.take(commit)


def commit_event(commit: LoggedCommit, patch_id: str | None, project: str) -> Event:
    """The event of a commit."""
    at, committed_at = _times(commit.committed)
    fact: CommitFact = {
        "sha": commit.sha,
        "tree": commit.tree,
        "parents": commit.parents,
        "author": commit.author,
        "author_email": commit.author_email,
        "authored_at": _times(commit.authored)[1],
        "committer": commit.committer,
        "committer_email": commit.committer_email,
        "committed_at": committed_at,
        "message": commit.message,
        "files": commit.files,
        "patch_id": patch_id,
    }
    return make_event("commit", at, project, SOURCE, (commit.sha,), fact)


def squashed_commits(message: str) -> list[str]:
    """The commits that `git merge --squash` names in the message it proposes."""
    _, found, rest = message.partition(_SQUASHED)
    return list(dict.fromkeys(_SQUASHED_COMMIT.findall(rest))) if found else []


def _times(raw: str) -> tuple[str, str]:
    """git's raw time ("1700000000 +0100") in stored form, and on its own clock; an absent or absurd one is clamped."""
    seconds, _, offset = raw.partition(" ")
    at = moments.from_epoch(int(seconds) if seconds.removeprefix("-").isdecimal() else 0)
    try:
        local = moments.to_datetime(at).astimezone(_zone(offset))
    except (ValueError, OverflowError):
        return at, at[:19] + "+00:00"
    return at, local.isoformat(timespec="seconds")


@cache
def _zone(offset: str) -> timezone:
    """The time zone that git writes as "+0100"."""
    return moments.offset_zone(int(offset[-5:-2] or 0) * 60 + int(offset[:1] + offset[-2:] or 0))


class _Reader:
    """Reads commits as deep as their objects allow."""

    def __init__(self, common_dir: Path, patch_ids: "_PatchIds", skipped: Counter[str]) -> None:
        self._common_dir = common_dir
        self._patch_ids = patch_ids
        self._skipped = skipped

    def read(self, include: Sequence[str], exclude: Sequence[str]) -> Iterator[LoggedCommit]:
        """The commits of a walk through history; where one fails, the rest of them one list after another."""
        revisions = "".join(f"{sha}\n" for sha in (*include, *(f"^{sha}" for sha in exclude))).encode()
        done = 0
        last = ""
        try:
            for commit in self._log(_PATCHES, _WALK, revisions):
                done, last = done + 1, commit.sha
                yield commit
        except GitError:
            order = self._walk_order(revisions)
            followed = done <= len(order) and (not done or order[done - 1] == last)
            yield from self._read_damaged(order[done:] if followed else order)

    def _walk_order(self, revisions: bytes) -> list[str]:
        """The commits of a walk; all that the repository holds where the walk itself meets a damaged commit."""
        try:
            return run_git(self._common_dir, "rev-list", "--stdin", *_WALK, stdin=revisions).decode().split()
        except GitError:
            listed = run_git(
                self._common_dir, "cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectname)"
            )
            return [line[7:] for line in listed.decode().splitlines() if line.startswith("commit ")]

    def _read_damaged(self, shas: list[str]) -> Iterator[LoggedCommit]:
        """Sorts commits by which of their objects are there, so that git fails only at what is there but broken."""
        present = _Objects(self._common_dir)
        trees = self._trees(shas)
        without_trees = {sha for sha in shas if not all(tree in present for tree in trees.get(sha, ()))}
        without_blobs = self._with_missing_blobs([sha for sha in shas if sha not in without_trees], present)
        yield from self._read_listed([sha for sha in shas if sha not in without_trees | without_blobs], _PATCHES)
        yield from self._read_listed([sha for sha in shas if sha in without_blobs], _NAMES)
        yield from self._read_listed([sha for sha in shas if sha in without_trees], _HEADERS)

    def _trees(self, shas: list[str]) -> dict[str, list[str]]:
        """For each commit its own tree and its parents', the ones that a comparison reads first."""
        own: dict[str, str] = {}
        parents: dict[str, list[str]] = {}
        for commit in self._read_listed(shas, _HEADERS, count=False):
            own[commit.sha] = commit.tree
            parents[commit.sha] = commit.parents
        return {sha: [own[sha], *(own[parent] for parent in parents[sha] if parent in own)] for sha in own}

    def _with_missing_blobs(self, shas: list[str], present: "_Objects") -> set[str]:
        """Those of the commits that change a file whose contents, before or after, the repository lacks."""
        listed = "".join(f"{sha}\n" for sha in shas).encode()
        arguments = ("log", "--stdin", _LISTED, "--no-renames", "--format=tformat:%H", *_RAW)
        missing: set[str] = set()
        sha = ""
        try:
            with stream_git(self._common_dir, *arguments, stdin=listed) as chunks:
                for line in _lines(chunks):
                    if not line.startswith(b":"):
                        sha = line.decode() or sha
                    elif not all(blob in present for blob in _blobs(line)):
                        missing.add(sha)
        except GitError:
            pass  # a tree within a tree is missing: reading finds out which commits it concerns
        return missing

    def _read_listed(self, shas: list[str], depth: _Depth, *, count: bool = True) -> Iterator[LoggedCommit]:
        """Reads commits one after another. Where git fails, the next one is tried alone, since it may only have been
        torn down with the one after it; if it fails alone it is read less deep. Then reading goes on after it."""
        skipped = self._skipped if count else Counter[str]()
        at = 0
        while at < len(shas):
            try:
                for commit in self._log(depth, (_LISTED,), "".join(f"{sha}\n" for sha in shas[at:]).encode()):
                    at += 1
                    if depth.loss:
                        skipped[depth.loss] += 1
                    yield commit
                return
            except GitError:
                suspect = shas[at : at + 1]
                if len(shas) > 1:
                    yield from self._read_listed(suspect, depth, count=count)
                elif suspect and depth is not _HEADERS:
                    yield from self._read_listed(suspect, _NAMES if depth is _PATCHES else _HEADERS, count=count)
                elif suspect:
                    skipped[_UNREADABLE] += 1
                at += 1

    def _log(self, depth: _Depth, options: tuple[str, ...], stdin: bytes) -> Iterator[LoggedCommit]:
        self._patch_ids.begin()
        with stream_git(self._common_dir, *_LOG, *options, *depth.options, stdin=stdin) as chunks:
            yield from parse_log(chunks, files=depth.files, patches=depth.patches, on_patch=self._patch_ids.listen)


def _blobs(raw_line: bytes) -> list[str]:
    """The contents that a line of `--raw` tells of, before and after; a submodule's are in another repository."""
    old_mode, new_mode, old, new, _ = raw_line[1:].decode("utf-8", "replace").split(" ", 4)
    return [blob for mode, blob in ((old_mode, old), (new_mode, new)) if mode not in ("000000", "160000")]


def _lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines
    if rest:
        yield rest


class _Objects:
    """The ids of all objects that the repository holds, without their contents and without fetching any."""

    def __init__(self, common_dir: Path) -> None:
        ids = bytearray()
        self._width = 20
        with stream_git(
            common_dir, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)"
        ) as chunks:  # comes sorted
            for line in _lines(chunks):
                self._width = len(line) // 2
                ids += bytes.fromhex(line.decode())
        self._ids = bytes(ids)

    def __contains__(self, sha: str) -> bool:
        wanted, width = bytes.fromhex(sha), self._width
        count = len(self._ids) // width
        at = bisect_left(range(count), wanted, key=lambda i: self._ids[i * width : (i + 1) * width])
        return self._ids[at * width : (at + 1) * width] == wanted


class _PatchIds:
    """`git patch-id`, fed with patches while a thread reads what it answers: neither side waits for the other.

    Each question is numbered, in the place of the commit's SHA: a commit whose patch broke off is asked for twice.
    """

    def __init__(self, process: GitProcess) -> None:
        self._process = process
        self._asked = 0
        self._numbers: dict[str, int] = {}
        self._answers: dict[int, str] = {}
        self._answered = 0
        self._failure: GitError | None = None
        self._current = ""
        self._thread = Thread(target=self._read_answers, daemon=True)
        self._thread.start()

    def begin(self) -> None:
        """Another `git log` begins: what comes next is no continuation."""
        self._current = ""

    def listen(self, sha: str, piece: bytes) -> None:
        """Hands on a piece of a commit's patch."""
        if sha != self._current:
            self._current = sha
            self._asked += 1
            self._numbers[sha] = self._asked
            piece = b"commit %0*x\n%s" % (len(sha), self._asked, piece)
        try:
            self._process.stdin.write(piece)
        except BrokenPipeError:
            self.end()  # raises what it died of
            raise

    def is_known(self, commit: LoggedCommit) -> bool:
        """Whether the answer for a commit is there: answers come in order, and only changed modes have none."""
        return not commit.has_patch or self._numbers[commit.sha] <= self._answered

    def take(self, commit: LoggedCommit) -> str | None:
        """The patch-id of a commit whose answer is there; None where it changes nothing that has one."""
        return self._answers.pop(self._numbers.pop(commit.sha), None) if commit.has_patch else None

    def end(self) -> None:
        """Waits for the remaining answers; raises GitError where git failed."""
        with suppress(BrokenPipeError):  # the thread knows why
            self._process.stdin.close()
        self._thread.join()
        if self._failure:
            raise self._failure

    def _read_answers(self) -> None:
        try:
            for line in _lines(self._process.chunks()):
                patch_id, _, number = line.decode().partition(" ")
                self._answers[int(number, 16)] = patch_id
                self._answered = int(number, 16)
        except GitError as error:
            self._failure = error


@contextmanager
def _patch_ids(common_dir: Path) -> Generator[_PatchIds]:
    with start_git(common_dir, "patch-id", "--stable", stdin=PIPE) as process:
        yield _PatchIds(process)


def _beyond_the_edge(common_dir: Path) -> dict[str, list[str]]:
    """For each commit at the edge of a shallow clone the parents that it has, which git pretends it has not."""
    try:
        edge = (common_dir / "shallow").read_bytes()
    except FileNotFoundError:
        return {}
    parents: dict[str, list[str]] = {}
    for sha in edge.decode().split():
        try:
            header = run_git(common_dir, "cat-file", "commit", sha).partition(b"\n\n")[0]
        except GitError:
            continue  # listed, but not there
        parents[sha] = [line[7:].decode() for line in header.splitlines() if line.startswith(b"parent ")]
    return parents
