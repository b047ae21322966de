"""The door to Claude Code: finds a project's transcripts and reads what was added to them.

The client keeps a session in `projects/<slug>/<session>.jsonl` and its sub-agents in
`projects/<slug>/<session>/subagents/`, where the slug is the launch directory with every character but ASCII
letters and digits as "-". The slug is lossy, so it only narrows the search: a session belongs to a project if the
first working directory that its transcript names lies in one of the project's directories. A sub-agent's
transcript goes where its session's goes.

Cursors, one a transcript, named by its path:

- `{"cwd"}`: one of elsewhere; not read further, unless a new clone or worktree makes it ours.
- `{"seen"}`: names no working directory yet; looked at again when the file has changed.
- `{"cwd", "seen", "offset", "mark", "at"}`: read up to `offset`, at `at` in the story. `mark` is a checksum of the
  bytes before: where it differs, or the inode does, the file was cut or replaced and is read from its start (its
  events keep their ids, so nothing is told twice).
"""

import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from journal.events import Batch, Event

if TYPE_CHECKING:
    from journal.capture.claude.transcript import Transcript

HEAD_LIMIT = 64 << 20  # bytes within which a transcript must name its working directory
BATCH = 1000  # events, about
SLUG_LIMIT = 200  # characters; the client cuts a longer slug here and appends a hash


class _File(NamedTuple):
    """A transcript on disk.

    Attributes:
        path, name: where it is, and the name of its cursor.
        session: the path, without its ending, of its session's own transcript (its own, unless it is a sub-agent's).
        agent_id: the sub-agent whose transcript it is.
        seen: inode, bytes and time of change: a file that shows the same again has nothing new.
    """

    path: str
    name: str
    session: str
    agent_id: str | None
    seen: list[int]

    @property
    def session_id(self) -> str:
        return _cursor_name(Path(self.session).name)


class _Point(NamedTuple):
    """Where reading of a transcript goes on: `begun` is the session that starts there."""

    offset: int
    at: str | None
    cwd: str | None
    begun: Event | None


def config_dir() -> Path:
    """The client's directory: `$CLAUDE_CONFIG_DIR` or `~/.claude`."""
    chosen = os.environ.get("CLAUDE_CONFIG_DIR")
    return Path(chosen) if chosen else Path.home() / ".claude"


def slug(directory: str) -> str:
    """The name under which the client keeps the sessions of a directory (uncut).

    The client replaces UTF-16 units, so a character beyond the basic plane becomes two dashes.
    """
    return re.sub(r"[^a-zA-Z0-9]", lambda match: "-" * (1 + (match[0] > "\uffff")), directory)


class ClaudeCodeSource:
    """Sessions, titles, prompts and usage of one project, from Claude Code's transcripts.

    Args:
        config_dir: the client's directory (see `config_dir`).
        roots: the project's directories: the top of each clone and worktree.
        project: the project's id, which the events bear.

    A transcript that cannot be read is counted as skipped and tried again next time.
    """

    name = "claude-code"

    def __init__(self, config_dir: Path, roots: Sequence[Path], project: str) -> None:
        self._projects = config_dir / "projects"
        self._roots = sorted(
            {name for root in roots for name in (os.path.normpath(root.absolute()), os.path.realpath(root))}
        )
        self._project = project
        self._belonging: dict[str, bool] = {}

    def read(self, cursors: Mapping[str, Any]) -> Iterator[Batch]:
        files = list(self._files())
        yield from self._forgotten(cursors, files)
        fresh = [file for file in files if self._is_new(file, cursors.get(file.name, {}))]
        if fresh:
            yield from _gathered(self._read_all(fresh, cursors))

    def changed_since(self, moment: float) -> list[Path]:
        """The transcripts that may be of these directories and were written to after a moment, the newest first.

        Args:
            moment: seconds since 1970.
        """
        changed = [file for file in self._files() if file.seen[2] > moment * 1e9]
        return [Path(file.path) for file in sorted(changed, key=lambda file: file.seen[2], reverse=True)]

    def belongs(self, cwd: str) -> bool:
        """Whether a directory lies in one of the project's."""
        return self._belongs(cwd)

    def _files(self) -> Iterator[_File]:
        starts = tuple({slug(root)[:SLUG_LIMIT] for root in self._roots})
        for directory in _entries(self._projects):
            if directory.name.startswith(starts) and directory.is_dir():
                yield from _transcripts(directory.path)

    def _forgotten(self, cursors: Mapping[str, Any], files: Iterable[_File]) -> Iterator[Batch]:
        """Drops the cursors of transcripts that the client has deleted (it does after 30 days)."""
        here = {file.name for file in files}
        ours = _cursor_name(str(self._projects)) + os.sep
        gone = [name for name in cursors if name.startswith(ours) and name not in here]
        if gone:
            yield Batch([], dict.fromkeys(gone), {})

    def _is_new(self, file: _File, cursor: Mapping[str, Any]) -> bool:
        cwd = cursor.get("cwd")
        return cursor.get("seen") != file.seen and (cwd is None or self._belongs(cwd))

    def _belongs(self, cwd: str) -> bool:
        if cwd not in self._belonging:
            spellings = (os.path.normpath(cwd), os.path.realpath(cwd))
            self._belonging[cwd] = any(
                name == root or name.startswith(root.rstrip("/") + "/") for name in spellings for root in self._roots
            )
        return self._belonging[cwd]

    def _read_all(self, files: Iterable[_File], cursors: Mapping[str, Any]) -> Iterator[Batch]:
        points: list[tuple[_File, _Point]] = []
        cwds = {name: cursor.get("cwd") for name, cursor in cursors.items()}
        for file in files:
            try:
                point = self._point(file, cursors.get(file.name, {}))
            except OSError:
                yield Batch([], {}, {"unreadable transcript": 1})
                continue
            points.append((file, point))
            cwds[file.name] = point.cwd
        for file, point in sorted(points, key=_copies_last):
            cwd = cwds.get(_cursor_name(f"{file.session}.jsonl")) or point.cwd
            if cwd is None:
                yield Batch([], {file.name: {"seen": file.seen}}, {})
            elif self._belongs(cwd):
                yield from self._read_one(file, point._replace(cwd=cwd))
            else:
                yield Batch([], {file.name: {"cwd": cwd}}, {})

    def _point(self, file: _File, cursor: Mapping[str, Any]) -> _Point:
        """Where to go on in a file: where its cursor says, or at its start.

        Raises:
            OSError: the file cannot be read.
        """
        from journal.capture.growing_file import mark

        with Path(file.path).open("rb") as stream:
            if "offset" in cursor and cursor["seen"][0] == file.seen[0] and file.seen[1] >= cursor["offset"]:
                offset = cursor["offset"]
                if mark(stream, offset) == cursor["mark"]:
                    return _Point(offset, cursor["at"], cursor["cwd"], None)
            return self._beginning(file, stream)

    def _beginning(self, file: _File, stream: BinaryIO) -> _Point:
        from journal.capture.claude.transcript import read_head, session_event
        from journal.capture.growing_file import read_lines

        beginning = takewhile(lambda part: part.end <= HEAD_LIMIT, read_lines(stream, 0, chunk=1 << 16))
        lines = (line for part in beginning for line in part.lines)
        head = read_head(lines, file.session_id)
        begun = session_event(self._transcript(file), head) if file.agent_id is None else None
        return _Point(0, head.at, head.cwd, begun)

    def _transcript(self, file: _File) -> "Transcript":
        from journal.capture.claude.transcript import Transcript

        return Transcript(self._project, file.session_id, file.agent_id)

    def _read_one(self, file: _File, point: _Point) -> Iterator[Batch]:
        """What a transcript tells from a point on; its cursor moves with every batch."""
        from journal.capture.claude.transcript import parse_lines
        from journal.capture.growing_file import mark, read_lines

        offset, at, begun = point.offset, point.at, [point.begun] if point.begun else []
        transcript = self._transcript(file)
        try:
            with Path(file.path).open("rb") as stream, Path(file.path).open("rb") as behind:
                for chunk in read_lines(stream, offset):
                    parsed = parse_lines(chunk.lines, transcript, at)
                    offset, at = chunk.end, parsed.at
                    skipped = {**parsed.skipped, **({"line too long": chunk.too_long} if chunk.too_long else {})}
                    # Until the last chunk the file is not `seen`: killed here, the next run goes on from the offset.
                    unfinished = {"cwd": point.cwd, "seen": [file.seen[0]], "offset": offset, "at": at}
                    yield Batch(
                        [*begun, *parsed.events], {file.name: {**unfinished, "mark": mark(behind, offset)}}, skipped
                    )
                    begun = []
                reached = {"cwd": point.cwd, "seen": file.seen, "offset": offset, "at": at}
                yield Batch(begun, {file.name: {**reached, "mark": mark(behind, offset)}}, {})
        except OSError:
            yield Batch(begun, {}, {"unreadable transcript": 1})


def _copies_last(entry: tuple[_File, _Point]) -> tuple[bool, str, int, str]:
    """Oldest first and sub-agents last: what a fork or a sub-agent copies is told by the session it came from."""
    file, point = entry
    return file.agent_id is not None, point.at or "", file.seen[2], file.name


def _transcripts(directory: str) -> Iterator[_File]:
    """The transcripts in a project's directory. (Strings, not Paths: there are thousands, at every capture.)"""
    for entry in _entries(directory):
        if entry.name.endswith(".jsonl"):  # in old versions also agent-*.jsonl
            yield from _regular(entry, entry.path[: -len(".jsonl")])
        else:
            yield from _sub_agents(entry.path)


def _sub_agents(session: str) -> Iterator[_File]:
    pending = [f"{session}/subagents"]
    while pending:
        for entry in _entries(pending.pop()):
            if entry.name.startswith("agent-") and entry.name.endswith(".jsonl"):
                yield from _regular(entry, session)
            elif entry.is_dir(follow_symlinks=False):
                pending.append(entry.path)


def _regular(entry: "os.DirEntry[str]", session: str) -> Iterator[_File]:
    """The file as it stands, unless it is gone or not a regular one (opening a FIFO would wait for ever)."""
    try:
        status = entry.stat()
    except OSError:
        return
    if stat.S_ISREG(status.st_mode):
        seen = [status.st_ino, status.st_size, status.st_mtime_ns]
        agent_id = entry.name[len("agent-") : -len(".jsonl")] if entry.name.startswith("agent-") else None
        yield _File(entry.path, _cursor_name(entry.path), session, agent_id, seen)


def _entries(directory: "str | Path") -> "list[os.DirEntry[str]]":
    try:
        with os.scandir(directory) as entries:
            return list(entries)
    except OSError:
        return []


def _cursor_name(path: str) -> str:
    """The path as text that any store can hold, whatever bytes are in it."""
    return path if path.isascii() else os.fsencode(path).decode("utf-8", "backslashreplace")


def _gathered(batches: Iterable[Batch]) -> Iterator[Batch]:
    """Small batches made into ones worth a transaction."""
    events: list[Event] = []
    cursors: dict[str, Any] = {}
    skipped: dict[str, int] = {}
    for batch in batches:
        events += batch.events
        cursors |= batch.cursors
        for reason, count in batch.skipped.items():
            skipped[reason] = skipped.get(reason, 0) + count
        if len(events) >= BATCH:
            yield Batch(events, cursors, skipped)
            events, cursors, skipped = [], {}, {}
    if events or cursors or skipped:
        yield Batch(events, cursors, skipped)
