"""The door to a person's notes in a document; what it parses with is loaded once there is something to read."""

import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from journal.events import Batch
from journal.moments import from_epoch


class DocumentNotesSource:
    """Notes that a person writes in one of our documents; unchanged, it costs a `stat`.

    Args:
        path: the document.
        base_file: what was generated in it (see `journal.capture.document_bases`).
        project: the project's id.
        branch: the branch that is checked out where the document lies, if known.
    """

    name = "document"

    def __init__(self, path: Path, base_file: Path, project: str | None, branch: str | None = None) -> None:
        self._path = path
        self._base_file = base_file
        self._project = project
        self._branch = branch

    def read(self, cursors: Mapping[str, Any]) -> Iterator[Batch]:
        """Yields the notes of a document that was written since it was last read."""
        try:
            status = self._path.stat()
            state = [status.st_mtime_ns, status.st_size]
            cursor = str(self._path)
            if cursors.get(cursor) == state:
                return
            if not stat.S_ISREG(status.st_mode) or self._leads_astray():
                return
            content = self._path.read_bytes()
        except OSError:
            return  # no such document, or none that can be read: writing it will tell
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            yield Batch([], {cursor: state}, {f"{self._path.name} is not UTF-8": 1})
            return
        from journal.capture.document_bases import read_bases
        from journal.capture.document_notes import Origin, notes_in

        origin = Origin(self._path.name, from_epoch(status.st_mtime), self._project, self._branch)
        yield Batch(notes_in(text, read_bases(self._base_file), origin), {cursor: state}, {})

    def _leads_astray(self) -> bool:
        """Whether it is a link to a file of another kind: a repository cannot make a person's keys notes."""
        return self._path.is_symlink() and self._path.resolve().suffix.lower() != self._path.suffix.lower()
