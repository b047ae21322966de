"""The door to documents on disk: whole or not at all, and never over what a person wrote meanwhile."""

import os
import secrets
import stat
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from journal.capture.document_bases import Bases, bases_of, read_bases, write_bases
from journal.documents.blocks import Block, render, strip
from journal.errors import JournalError
from journal.marked_text import BOM

_ATTEMPTS = 5


class Written(NamedTuple):
    """What became, or would become, of a document.

    Attributes:
        path: as the caller gave it.
        before: its text; None where there was no file.
        after: its text now; None where there is no file any more.
        problems: what could not be brought up to date, each as a sentence.
    """

    path: Path
    before: str | None
    after: str | None
    problems: tuple[str, ...]

    @property
    def changed(self) -> bool:
        """Whether its bytes are others than before."""
        return self.before != self.after

    def diff(self) -> str:
        """The change as a unified diff, "" where there is none."""
        import difflib

        from journal.marked_text import split_lines

        before, after = split_lines(self.before or ""), split_lines(self.after or "")
        lines = difflib.unified_diff(before, after, f"a/{self.path.name}", f"b/{self.path.name}")
        return "".join(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines)


def write_document(
    path: Path, base_file: Path, blocks: Sequence[Block], title_line_if_new: str, *, check: bool = False
) -> Written:
    """Brings our blocks in a document up to date (see `journal.documents.blocks.render`).

    The file is replaced at once, keeping its mode, and only if its bytes change; a symbolic link stays one. What a
    person saves while we render is rendered again and not overwritten.

    Args:
        path: the document.
        base_file: where what was generated is kept: `<git dir>/journal/documents/SCRATCH.md.json`.
        blocks: in their order.
        title_line_if_new: the first line of a document that does not exist, without its end.
        check: only tell what would change.

    Raises:
        JournalError: the document is no regular UTF-8 file, or it cannot be written. It is as it was.
    """
    title_line_if_new = _printable(title_line_if_new)
    printable = [block._replace(body=_printable(block.body)) for block in blocks]
    with _explained(path):
        target = _target(path)
        for _ in range(_ATTEMPTS):
            before = _read(target, path)
            known = read_bases(base_file)
            title = title_line_if_new if before is None else known.title
            text = f"{title_line_if_new}\n" if before is None else _decoded(before, path)
            base = {} if before is None else bases_of(text, known)
            rendered = render(text, printable, base)
            written = Written(path, None if before is None else text, rendered.text, rendered.problems)
            if check:
                return written
            bases = Bases(rendered.base, base, title)
            if written.changed:
                write_bases(base_file, bases)
                if not _replace(target, before, rendered.text.encode("utf-8")):
                    continue
            elif known.blocks != rendered.base or known.title != title:
                write_bases(base_file, bases)
            return written
    raise JournalError(f"{path} is being changed all the time", "close what writes it and run `journal docs`")


def _printable(text: str) -> str:
    """Text that UTF-8 can hold: the names of files may be any bytes."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def remove_document(path: Path, base_file: Path) -> bool:
    """Takes our unedited blocks out; a document that we made and in which nothing else stands goes as a whole.

    Returns:
        Whether the document is still there, with the person's own words.

    Raises:
        JournalError: as `write_document`.
    """
    with _explained(path):
        target = _target(path)
        for _ in range(_ATTEMPTS):
            before = _read(target, path)
            if before is None:
                base_file.unlink(missing_ok=True)
                return False
            left = strip(_decoded(before, path))
            title = read_bases(base_file).title
            nothing_else = title is not None and left.removeprefix(BOM).strip() in ("", title)
            after = None if nothing_else else left.encode("utf-8")
            if after == before or _replace(target, before, after):
                base_file.unlink(missing_ok=True)
                return after is not None
    raise JournalError(f"{path} is being changed all the time", "close what writes it and try again")


def _target(path: Path) -> Path:
    """The file behind a document's name: a link is followed to a file of the same kind, so that a repository
    cannot make us write into a person's shell profile."""
    target = Path(os.path.realpath(path))
    if path.is_symlink() and target.suffix.lower() != path.suffix.lower():
        raise JournalError(f"{path} is a link to {target}, which is no {path.suffix} file", "remove the link")
    return target


def _read(target: Path, path: Path) -> bytes | None:
    """A document's bytes, or None where there is no file."""
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(mode):
        kind = "a directory" if stat.S_ISDIR(mode) else "no regular file"
        raise JournalError(f"{path} is {kind}", "move it away, or remove it, and run `journal docs`")
    return target.read_bytes()


def _decoded(content: bytes, path: Path) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        remedy = "convert it to UTF-8 and run `journal docs`; it was left as it is"
        raise JournalError(f"{path} is not UTF-8 (byte {error.start})", remedy) from error


def _replace(target: Path, before: bytes | None, after: bytes | None) -> bool:
    """Puts new content in the place of `before`; False, and nothing done, where that is no longer the content.

    The last look is taken right before the rename, which no system call can do at once with it.
    """
    if after is None:
        if _read(target, target) != before:
            return False
        target.unlink()
        return True
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)  # less the umask
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(after)
            file.flush()
            if before is not None:
                os.fchmod(file.fileno(), stat.S_IMODE(target.stat().st_mode))
            os.fsync(file.fileno())
        if _read(target, target) != before:
            return False
        temporary.replace(target)
        return True
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _explained(path: Path) -> Generator[None, None, None]:
    try:
        yield
    except OSError as error:
        remedy = "make its directory writable and free some space, then run `journal docs`; it was left as it is"
        raise JournalError(f"cannot write {path} ({error.strerror})", remedy) from error
