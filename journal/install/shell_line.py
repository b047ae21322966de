"""The one line in the start file of a person's shell that puts the shim of sbatch first on PATH.

It is put in only when the person says so, and taken out byte for byte. What was changed is kept beside the shim; where
that is lost, the line is known by its end.
"""

import json
import os
import shlex
import stat
from pathlib import Path
from typing import NamedTuple

from journal.errors import JournalError
from journal.install.git_settings import Edit, edit_between, undo
from journal.install.hook_scripts import write_atomically
from journal.install.slurm_shim import first_command, fish_quoted, has_slurm, shim_dir

_MARK = "# journal: keeps the code of submitted jobs"


class StartFile(NamedTuple):
    """A file that a shell reads when it starts.

    Attributes:
        path: where it lies, links followed; it may not exist.
        line: what belongs into it, without a newline.
    """

    path: Path
    line: str


class Change(NamedTuple):
    """What was done to a start file.

    Attributes:
        edit: the change of its content.
        made: it did not exist before.
    """

    edit: Edit
    made: bool


def start_file(data_dir: Path) -> StartFile | None:
    """The start file of the person's shell ($SHELL); None for a shell that reads no such line, as tcsh."""
    shell = Path(os.environ.get("SHELL", "")).name
    home = Path.home()
    script = shim_dir(data_dir).parent / "path"
    if "\n" in str(script):
        return None
    word = shlex.quote(str(script))
    line = f"[ ! -r {word} ] || . {word} {_MARK}"
    if shell == "bash":
        return StartFile((home / ".bashrc").resolve(), line)
    if shell == "zsh":
        return StartFile((Path(os.environ.get("ZDOTDIR") or home) / ".zshrc").resolve(), line)
    if shell == "fish":
        config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "fish/config.fish"
        word = fish_quoted(f"{script}.fish")
        return StartFile(config.resolve(), f"test -r {word}; and source {word} {_MARK}")
    return None


def has_line(start: StartFile) -> bool:
    """Whether the line is in the file, for this data directory."""
    return os.fsencode(start.line) in _read(start.path).splitlines()


def wants_line(data_dir: Path) -> StartFile | None:
    """The start file that lacks the line; None where there is no Slurm, or a shell finds the shim as it is.

    Raises:
        JournalError: the file cannot be read.
    """
    start = start_file(data_dir) if has_slurm() else None
    if start is None or has_line(start) or first_command("sbatch") == shim_dir(data_dir) / "sbatch":
        return None
    return start


def add_line(start: StartFile, data_dir: Path) -> bool:
    """Puts the line at the end of the file, which is made where it is missing; False where it was there.

    Raises:
        JournalError: the file cannot be read or written.
    """
    if has_line(start):
        return False
    found, exists = _read(start.path), start.path.exists()
    clean = _without_line(found)
    wanted = clean + (b"\n" if clean and not clean.endswith(b"\n") else b"") + os.fsencode(start.line) + b"\n"
    changes = _read_changes(data_dir) | {start.path: Change(edit_between(clean, wanted), not exists)}
    _write_changes(data_dir, changes)
    start.path.parent.mkdir(parents=True, exist_ok=True)
    _write(start.path, wanted)
    return True


def remove_line(data_dir: Path) -> list[Path]:
    """Takes the line out again, wherever it was put; returns the files that had it.

    Raises:
        JournalError: a file cannot be read or written.
    """
    changes = _read_changes(data_dir)
    start = start_file(data_dir)
    if start:
        changes.setdefault(start.path, Change(Edit(b"", b""), made=False))
    changed: list[Path] = []
    for path, change in changes.items():
        found = _read(path)
        clean = _without_line(undo(change.edit, found))
        if clean == found:
            continue
        if change.made and not clean:
            path.unlink()
        else:
            _write(path, clean)
        changed.append(path)
    _changes_file(data_dir).unlink(missing_ok=True)
    return changed


def _changes_file(data_dir: Path) -> Path:
    return shim_dir(data_dir).parent / "shell-line.json"


def _read_changes(data_dir: Path) -> dict[Path, Change]:
    """What was changed in which file; nothing where that was lost."""
    try:
        values = json.loads(_changes_file(data_dir).read_bytes())
        return {
            Path(path): Change(Edit(os.fsencode(removed), os.fsencode(added)), bool(made))
            for path, (removed, added, made) in values.items()
        }
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _write_changes(data_dir: Path, changes: dict[Path, Change]) -> None:
    values = {
        str(path): (os.fsdecode(edit.removed), os.fsdecode(edit.added), made) for path, (edit, made) in changes.items()
    }
    write_atomically(_changes_file(data_dir), json.dumps(values, indent=1).encode() + b"\n", 0o600)


def _without_line(content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    return b"".join(line for line in lines if not line.rstrip(b"\n").endswith(_MARK.encode()))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise JournalError(f"{path} cannot be read ({error.strerror})", "make it readable for you") from error


def _write(path: Path, content: bytes) -> None:
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o644
    try:
        write_atomically(path, content, mode)
    except OSError as error:
        raise JournalError(f"{path} cannot be written ({error.strerror})", "add or remove the line by hand") from error
