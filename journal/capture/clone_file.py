"""`<common_dir>/journal/clone.json`: who this clone is to the journal, kept beside what it describes.

Once written it stays: a clone that is unshallowed, or whose default branch changes, remains the same project.
"""

import json
import os
from pathlib import Path
from typing import NamedTuple

from journal.errors import JournalError
from journal.paths import private_dir


class Clone(NamedTuple):
    """One clone on one machine.

    Attributes:
        writer: 16 random hex digits, the owner of one append-only log.
        project: the project's id, 32 hex digits; None until there is a commit.
    """

    writer: str
    project: str | None


def clone_file(common_dir: Path) -> Path:
    """Where it lies."""
    return common_dir / "journal" / "clone.json"


def new_writer() -> str:
    """A writer's id that nobody else has."""
    return os.urandom(8).hex()


def read_clone(common_dir: Path) -> Clone | None:
    """Who this clone is; None where the journal was never here.

    Raises:
        JournalError: the file cannot be read, or is not what the journal writes.
    """
    path = clone_file(common_dir)
    try:
        values = json.loads(path.read_bytes())
        writer, project = values["writer"], values["project"]
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise JournalError(f"{path} cannot be read ({error.strerror})", "make it readable for you") from error
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(path) from error
    if not _is_hex(writer, 16) or not (project is None or _is_hex(project, 32)):
        raise _damaged(path)
    return Clone(writer, project)


def write_clone(common_dir: Path, clone: Clone) -> None:
    """Writes who this clone is, whole or not at all, readable by its owner only.

    Raises:
        JournalError: the repository cannot be written to.
    """
    import tempfile

    path = clone_file(common_dir)
    try:
        private_dir(path.parent)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".clone-")  # mode 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(clone._asdict(), file, indent=1)
                file.write("\n")
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise JournalError(
            f"{path} cannot be written ({error.strerror})", "make the repository's git directory writable for you"
        ) from error


def _damaged(path: Path) -> JournalError:
    return JournalError(f"{path} is damaged", "remove it and run `journal init` again")


def _is_hex(value: object, digits: int) -> bool:
    return isinstance(value, str) and len(value) == digits and all(digit in "0123456789abcdef" for digit in value)
