"""The person's configuration: a small TOML file, every key optional.

```toml
automatic_capture = true     # hooks start a detached `journal capture`
automatic_documents = true   # a capture that found something rewrites the documents
snapshot_file_mib = 10       # a larger file is left out of the snapshot of a submitted job's code
snapshot_total_mib = 100     # a snapshot takes at most so much that HEAD does not have
snapshot_days = 365          # so long after a job's submission its snapshot is kept; 0 = for ever
slurm_calls_per_minute = 4   # how often Slurm may be asked in the long run; 0 = never
```
"""

from pathlib import Path
from typing import NamedTuple

from journal.errors import JournalError


class Config(NamedTuple):
    """What a person can choose; the defaults are what most people want.

    Attributes:
        automatic_capture: git hooks start a detached capture. hooks/git reads this line of the file too.
        automatic_documents: a capture that found something new rewrites the project's documents.
        snapshot_file_mib: a larger file (MiB) is left out of a snapshot. hooks/slurm/snapshot reads this and the next.
        snapshot_total_mib: how much (MiB) of changed and untracked files a snapshot takes at most.
        snapshot_days: after so many days the snapshot of a job's code is let go; 0 for never.
        slurm_calls_per_minute: how many calls of Slurm's commands captures make in the long run at most; 0: none.
    """

    automatic_capture: bool = True
    automatic_documents: bool = True
    snapshot_file_mib: int = 10
    snapshot_total_mib: int = 100
    snapshot_days: int = 365
    slurm_calls_per_minute: int = 4


def read_config(path: Path) -> Config:
    """Reads the configuration; a missing file means the defaults.

    Raises:
        JournalError: the file is not TOML, holds an unknown key, or a value of the wrong type.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Config()
    except (OSError, UnicodeDecodeError) as error:
        raise JournalError(f"cannot read {path} ({error})", "make it a readable UTF-8 file or remove it") from error
    import tomllib  # most people have no such file, and every capture comes by here

    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise JournalError(f"{path} is not valid TOML ({error})", "correct that line") from error
    for key, value in values.items():
        if key not in Config._fields:
            raise JournalError(f"{path} sets {key!r}, which is unknown", f"use one of {', '.join(Config._fields)}")
        yes_or_no = isinstance(Config._field_defaults[key], bool)
        if isinstance(value, bool) is not yes_or_no or not isinstance(value, int) or value < 0:
            remedy = "write true or false" if yes_or_no else "write a whole number, 0 or more"
            raise JournalError(f"{path}: {key} is {value!r}", remedy)
    return Config(**values)
