"""What `git log` prints, read back: bytes in, commits out. Pure; nothing here starts a process.

With `LOG_FORMAT`, `-z`, `--raw` and `-p` git prints for each commit

    NUL sha NUL tree NUL … NUL message NUL NUL [newline, raw entries, NUL, patch]

Fields hold no NUL and are read in order, so nothing in a message or a path can be taken for something else. A
patch is lines, none of which begins with a NUL: newline and NUL end it. Lines added and removed are counted in the
patch itself: `--numstat` would compare every pair of files a second time.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from journal.facts import ChangedFile

LOG_FORMAT = (
    "--format=tformat:" + "%x00" + "%x00".join(("%H", "%T", "%P", "%an", "%ae", "%ad", "%cn", "%ce", "%cd", "%B", ""))
)
_FIELDS = 10
_NEW_FILE = b"\ndiff --git "
_LONG_LINE = 1 << 18  # longer than any line of a patch's headers: such a line is contents, and may be cut


class LoggedCommit(NamedTuple):
    """One commit as `git log` tells it; texts are decoded, times are as git's raw format has them ("1700000000 +0100").

    Attributes:
        files: the changed files; None where git was not asked for them.
        has_patch: a patch followed, and was handed to the listener.
    """

    sha: str
    tree: str
    parents: list[str]
    author: str
    author_email: str
    authored: str
    committer: str
    committer_email: str
    committed: str
    message: str
    files: list[ChangedFile] | None
    has_patch: bool


PatchListener = Callable[[str, bytes], None]


def parse_log(
    chunks: Iterable[bytes], *, files: bool = True, patches: bool = True, on_patch: PatchListener | None = None
) -> Iterator[LoggedCommit]:
    """The commits in the output of `git log -z LOG_FORMAT --date=raw [--raw [-p]]`.

    Args:
        chunks: the output, cut anywhere.
        files: `--raw` was given; without it every commit's files are None.
        patches: `-p` was given too; without it lines added and removed are None.
        on_patch: gets each commit's SHA and its patch, piece by piece; the pieces of a commit follow one another.

    An output that breaks off yields the commits before the break: the last one is not whole, and is left out.
    """
    stream = _Stream(chunks)
    while stream.skip(b"\0"):
        fields = [stream.field() for _ in range(_FIELDS)]
        if not stream.skip(b"\0") or None in fields:
            return
        sha, tree, parents, *rest = [_text(field or b"") for field in fields]
        changed: list[ChangedFile] | None = [] if files else None
        has_patch = False
        if changed is not None and stream.skip(b"\n"):
            entries = _raw_entries(stream)
            if entries is None:
                return
            has_patch = patches and stream.skip(b"\0")
            counts = _read_patch(stream, sha, on_patch) if has_patch else []
            if counts is None:
                return
            changed = _with_counts(entries, counts)
        author, author_email, authored, committer, committer_email, committed, message = rest
        yield LoggedCommit(
            sha, tree, parents.split(), author, author_email, authored, committer, committer_email, committed, message,
            changed, has_patch,
        )  # fmt: skip


class _Stream:
    """Chunks of bytes, read forward."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self.buffer = b""
        self.at = 0

    def more(self) -> bool:
        """Gets another chunk; False at the end."""
        chunk = next(self._chunks, b"")
        self.buffer = self.buffer[self.at :] + chunk
        self.at = 0
        return bool(chunk)

    def cut(self, end: int) -> bytes:
        """What the buffer holds up to an index, which is passed over."""
        piece = self.buffer[self.at : end]
        self.at = end
        return piece

    def skip(self, byte: bytes) -> bool:
        """Whether the next byte is this one, which is then passed over."""
        if self.at == len(self.buffer) and not self.more():
            return False
        if self.buffer[self.at : self.at + 1] != byte:
            return False
        self.at += 1
        return True

    def next_is(self, byte: bytes) -> bool:
        """Whether the next byte is this one."""
        if self.at == len(self.buffer) and not self.more():
            return False
        return self.buffer[self.at : self.at + 1] == byte

    def field(self) -> bytes | None:
        """What comes before the next NUL, which is passed over; None where none comes."""
        searched = self.at
        while (end := self.buffer.find(b"\0", searched)) < 0:
            searched = len(self.buffer) - self.at
            if not self.more():
                return None
        field = self.buffer[self.at : end]
        self.at = end + 1
        return field


class _RawEntry(NamedTuple):
    """One changed file of `--raw`."""

    status: str
    path: str
    old_path: str | None


def _raw_entries(stream: _Stream) -> list[_RawEntry] | None:
    entries: list[_RawEntry] = []
    while stream.next_is(b":"):
        described, path = stream.field(), stream.field()
        if described is None or path is None:
            return None
        status = described[described.rfind(b" ") + 1 :].decode("ascii", "replace")
        if status[0] in "RC":
            new_path = stream.field()
            if new_path is None:
                return None
            entries.append(_RawEntry(status, _text(new_path), _text(path)))
        else:
            entries.append(_RawEntry(status, _text(path), None))
    return entries


class _Count:
    """Lines added and removed by one `diff --git` of a patch."""

    __slots__ = ("added", "binary", "in_hunks", "removed")

    def __init__(self) -> None:
        self.added = 0
        self.removed = 0
        self.binary = False
        self.in_hunks = False

    def take(self, lines: bytes) -> None:
        """Counts in further lines of it, each with its newline in front."""
        start = 0
        if not self.in_hunks:
            start = lines.find(b"\n@@ ")
            if start < 0:
                self.binary = self.binary or b"\nBinary files " in lines
                return
            self.in_hunks = True
        self.added += lines.count(b"\n+", start)
        self.removed += lines.count(b"\n-", start)


def _read_patch(stream: _Stream, sha: str, on_patch: PatchListener | None) -> list[_Count] | None:
    """Reads a patch to its end; one count for each file in it, or None where it breaks off."""
    patch = _Patch()
    while True:
        end = stream.buffer.find(b"\n\0", stream.at)
        if end >= 0:
            patch.take(stream.cut(end + 1), sha, on_patch)
            return patch.counts
        last = len(stream.buffer) - 1  # a NUL may follow it: it stays
        line_end = stream.buffer.rfind(b"\n", stream.at, last)
        if line_end >= 0:
            patch.take(stream.cut(line_end + 1), sha, on_patch)
        elif last - stream.at > _LONG_LINE:
            patch.take(stream.cut(last), sha, on_patch)
        if not stream.more():
            rest = stream.cut(len(stream.buffer))
            if not rest.endswith(b"\n"):
                return None
            patch.take(rest, sha, on_patch)
            return patch.counts


class _Patch:
    """The counts of a patch that comes in pieces, each of whole lines or of a part of a long one."""

    def __init__(self) -> None:
        self.counts: list[_Count] = []
        self._at_line_start = True

    def take(self, piece: bytes, sha: str, on_patch: PatchListener | None) -> None:
        if on_patch:
            on_patch(sha, piece)
        lines = b"\n" + piece if self._at_line_start else piece
        self._at_line_start = lines.endswith(b"\n")
        if self._at_line_start:
            lines = lines[:-1]
        continued, *begun = lines.split(_NEW_FILE)
        if continued and self.counts:
            self.counts[-1].take(continued)
        for text in begun:
            count = _Count()
            count.take(text)
            self.counts.append(count)


def _with_counts(entries: list[_RawEntry], counts: list[_Count]) -> list[ChangedFile]:
    """The changed files with the counts of their diffs. A file that became a link (T) has two: out, and in."""
    expected = sum(2 if entry.status == "T" else 1 for entry in entries)
    known = iter(counts) if len(counts) == expected else None
    files: list[ChangedFile] = []
    for entry in entries:
        parts = [next(known) for _ in range(2 if entry.status == "T" else 1)] if known else []
        countable = bool(parts) and not any(part.binary for part in parts)
        file: ChangedFile = {
            "path": entry.path,
            "added": sum(part.added for part in parts) if countable else None,
            "removed": sum(part.removed for part in parts) if countable else None,
        }
        if entry.old_path is not None:
            file["old_path"] = entry.old_path
        files.append(file)
    return files


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")
