"""What was changed in a repository, so that it can be undone: `<common git dir>/journal/installed.json`.

It is written before anything is changed. Undoing therefore never trusts it alone: each step looks at what is
there, so that being killed between any two steps leaves nothing that cannot be undone or repaired.
"""

import fcntl
import json
import os
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from journal.errors import JournalError
from journal.install.git_settings import Edit
from journal.install.hook_scripts import NEW_SUFFIX, write_atomically

_WAIT_SECONDS = 20.0


class Manifest(NamedTuple):
    """What was changed in a repository.

    Attributes:
        hooks: event → how it was installed ("config", "file", "hooks path").
        made_dirs: directories, relative to the common git directory, that did not exist before.
        config: the change of the repository's `config`.
        exclude: the change of `info/exclude`.
        made_exclude: `info/exclude` did not exist before.
    """

    hooks: Mapping[str, str] = MappingProxyType({})
    made_dirs: tuple[str, ...] = ()
    config: Edit = Edit(b"", b"")
    exclude: Edit = Edit(b"", b"")
    made_exclude: bool = False


def _manifest_file(common_dir: Path) -> Path:
    return common_dir / "journal/installed.json"


def read_manifest(common_dir: Path) -> Manifest:
    """What was changed in a repository; the empty manifest where nothing was, or where it cannot be read."""
    try:
        values = json.loads(_manifest_file(common_dir).read_bytes())
        return Manifest(
            dict(values["hooks"]),
            tuple(values["made_dirs"]),
            _edit(values["config"]),
            _edit(values["exclude"]),
            bool(values["made_exclude"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return Manifest()


def write_manifest(common_dir: Path, manifest: Manifest) -> None:
    """Keeps what was, or is about to be, changed."""
    values = manifest._asdict() | {
        "hooks": dict(manifest.hooks),
        "config": _texts(manifest.config),
        "exclude": _texts(manifest.exclude),
    }
    text = json.dumps({"version": 1, **values}, indent=1) + "\n"
    write_atomically(_manifest_file(common_dir), text.encode(), 0o600)


def settle_manifest(common_dir: Path, manifest: Manifest) -> None:
    """Keeps what is still changed after something was undone; with nothing left, nothing of ours stays."""
    for name in reversed(manifest.made_dirs):
        directory = common_dir / name
        if directory.is_dir() and not any(directory.iterdir()):
            directory.rmdir()
    if manifest._replace(made_dirs=()) == Manifest():
        _manifest_file(common_dir).unlink(missing_ok=True)
    else:
        write_manifest(common_dir, manifest)


def _edit(texts: list[str]) -> Edit:
    removed, added = texts
    return Edit(os.fsencode(removed), os.fsencode(added))


def _texts(edit: Edit) -> list[str]:
    return [os.fsdecode(edit.removed), os.fsdecode(edit.added)]


@contextmanager
def installing(common_dir: Path) -> Generator[None]:
    """Lets one process at a time change a repository; the directory `journal` in it exists meanwhile.

    Raises:
        JournalError: another one holds on for longer than 20 s, or the repository cannot be written.
    """
    lock = common_dir / "journal/lock"
    descriptor = _take(lock)
    try:
        for directory in ("journal", "hooks", "info"):
            for left_behind in (common_dir / directory).glob("*" + NEW_SUFFIX):
                left_behind.unlink()
        yield
    except OSError as error:
        raise _not_writable(common_dir, error) from error
    finally:
        lock.unlink(missing_ok=True)  # before it is let go: who waits sees that its file is gone, and starts again
        os.close(descriptor)
        with suppress(OSError):  # holds the manifest
            lock.parent.rmdir()


def _take(lock: Path) -> int:
    deadline = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < deadline:
        try:
            lock.parent.mkdir(mode=0o700, exist_ok=True)
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
        except FileNotFoundError:
            continue  # removed by another one just now
        except OSError as error:
            raise _not_writable(lock.parent.parent, error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(descriptor), lock.stat()):
                return descriptor
        except OSError:  # held by another one, or removed by it
            time.sleep(0.05)
        os.close(descriptor)
    raise JournalError(f"another journal command has been changing {lock.parent.parent} for a while", "try again later")


def _not_writable(common_dir: Path, error: OSError) -> JournalError:
    return JournalError(f"cannot change {common_dir} ({error})", "make it writable for you, or use a clone of your own")
