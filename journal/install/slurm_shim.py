"""The shim of sbatch, srun and salloc: where it lies in the data directory, and what is found first on PATH.

Like the git hooks' scripts it is copied out of the package, and once its directory is gone nothing is disturbed.
"""

import os
import shlex
import shutil
from pathlib import Path

from journal.errors import JournalError
from journal.install.hook_scripts import write_atomically
from journal.paths import private_dir, shipped

# The commands that take jobs.
COMMANDS = ("sbatch", "srun", "salloc")

# How the directory ends that holds the shims of any data directory. hooks/slurm/shim passes such directories over.
_BIN = "hooks/slurm/bin"
_FIRST_LINE = "#!/bin/sh\n"


def shim_dir(data_dir: Path) -> Path:
    """The directory that is to be first on PATH."""
    return data_dir.absolute() / _BIN


def real_command(name: str) -> Path | None:
    """The command that a shim would run; None where there is none."""
    places = [place for place in os.environ.get("PATH", "").split(os.pathsep) if not _is_shim_dir(place)]
    found = shutil.which(name, path=os.pathsep.join(places))
    return Path(found) if found else None


def first_command(name: str) -> Path | None:
    """The command that a shell would run, shim or not."""
    found = shutil.which(name)
    return Path(found) if found else None


def is_shim(command: Path) -> bool:
    """Whether a command is a shim, of this data directory or another."""
    return _is_shim_dir(str(command.parent))


def has_slurm() -> bool:
    """Whether jobs are submitted from this machine."""
    return real_command("sbatch") is not None


def install_shim(data_dir: Path) -> None:
    """Puts the shims, and what they and the shell's start file read, into the data directory.

    Raises:
        JournalError: the data directory cannot be written.
    """
    source, scripts = shipped("hooks") / "slurm", shim_dir(data_dir).parent
    try:
        for directory in (data_dir, scripts.parent, scripts, shim_dir(data_dir)):
            private_dir(directory)
        for name in ("snapshot", "submission"):
            write_atomically(scripts / name, (source / name).read_bytes(), 0o600)
        for name, quote in (("path", shlex.quote), ("path.fish", fish_quoted)):
            text = (source / name).read_text(encoding="utf-8")
            text = text.replace("@BIN@", quote(str(shim_dir(data_dir))))
            write_atomically(scripts / name, text.encode("utf-8", "surrogateescape"), 0o600)
        for name in COMMANDS:
            if real_command(name):
                write_atomically(shim_dir(data_dir) / name, _shim(data_dir), 0o700)
    except OSError as error:
        raise JournalError(
            f"cannot write {data_dir} ({error})", "set JOURNAL_DATA_DIR to a directory of yours"
        ) from error


def fish_quoted(text: str) -> str:
    """Text as one word of fish."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _shim(data_dir: Path) -> bytes:
    text = (shipped("hooks") / "slurm/shim").read_text(encoding="utf-8").removeprefix(_FIRST_LINE)
    text = text.replace("@DATA@", shlex.quote(str(data_dir.absolute())), 1)
    return (_interpreter() + text).encode("utf-8", "surrogateescape")


def _interpreter() -> str:
    """bash where it is there: with -p it reads no start file and hands on the functions that were exported to it."""
    bash = shutil.which("bash")
    return f"#!{bash} -p\n" if bash and bash.startswith("/") and not any(map(str.isspace, bash)) else _FIRST_LINE


def _is_shim_dir(place: str) -> bool:
    return place.rstrip("/").endswith("/" + _BIN)
