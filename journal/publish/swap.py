"""Replaces a directory as a whole: whoever looks sees the old one or the new one, also when the writer is killed."""

import ctypes
import errno
import os
import shutil
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from journal.errors import JournalError

MARKER = ".journal-published"

_EXPLANATION = "# `journal publish` made this directory and replaces it as a whole. Its files:\n"
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


@contextmanager
def replace_directory(target: Path, files: Sequence[str]) -> Generator[Path]:
    """Gives an empty directory to write into; on leaving without an error it takes the target's place.

    Args:
        target: missing, empty, or made by this function before.
        files: what will be written, relative to it; kept in a marker file, by which the directory is known again.

    Raises:
        JournalError: the target holds something that this function did not write, or cannot be written.
    """
    target = target.resolve()
    _refuse_foreign(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _clear_leftovers(target)
        fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}.journal-", dir=target.parent))
    except OSError as error:
        raise JournalError(f"cannot write beside {target} ({error.strerror})", "choose another directory") from error
    try:
        (fresh / MARKER).write_text(_EXPLANATION + "".join(f"{file}\n" for file in files), encoding="utf-8")
        yield fresh
        fresh.chmod(0o777 & ~_umask())
        _flush(fresh)
        _swap(fresh, target)
    except OSError as error:
        raise JournalError(f"cannot write {target} ({error})", "free some space or choose another directory") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _refuse_foreign(target: Path) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise JournalError(f"{target} is not a directory", "choose another name")
    present = {str(path.relative_to(target)) for path in target.rglob("*") if path.is_symlink() or not path.is_dir()}
    if not present and not any(target.iterdir()):
        return
    try:
        lines = (target / MARKER).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise JournalError(
            f"{target} holds files and `journal publish` did not make it", "choose an empty or a new directory"
        ) from None
    foreign = sorted(present - {MARKER, *(line for line in lines if not line.startswith("#"))})
    if foreign:
        raise JournalError(
            f"{target} holds {foreign[0]}, which `journal publish` did not make",
            "move it away or choose another directory",
        )


def _clear_leftovers(target: Path) -> None:
    """What a killed publication left beside the target."""
    for path in target.parent.glob(f".{target.name}.journal-*"):
        if (path / MARKER).is_file():
            shutil.rmtree(path, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _flush(directory: Path) -> None:
    for path in [*directory.rglob("*"), directory]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _swap(fresh: Path, target: Path) -> None:
    if not target.exists():
        fresh.rename(target)
    elif not _exchange(fresh, target):
        old = fresh.with_name(fresh.name + "-old")
        target.rename(old)
        try:
            fresh.rename(target)
        except OSError:
            old.rename(target)
            raise
        shutil.rmtree(old, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Swaps two names in one step, where the system and the filesystem can."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    if rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EPERM):
        return False
    raise OSError(code, os.strerror(code), str(other))
