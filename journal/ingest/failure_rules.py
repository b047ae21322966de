"""Where the rules about failures are read: the shipped ones, and a person's own beside their configuration."""

from pathlib import Path

import journal.derive
from journal.derive.failure.rules import Rules, read_rules
from journal.errors import JournalError
from journal.paths import failures_dir


def load_rules() -> Rules:
    """All rules; on equal terms the person's own win.

    Raises:
        JournalError: a file of the person's cannot be read, or is not as `journal.derive.failure.rules` shows.
    """
    return read_rules(_texts(Path(journal.derive.__file__).with_name("failure_rules")), _texts(failures_dir()))


def _texts(directory: Path) -> dict[str, str]:
    texts: dict[str, str] = {}
    for path in sorted(directory.glob("*.toml")):
        try:
            texts[str(path)] = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise JournalError(f"cannot read {path} ({error})", "make it a readable UTF-8 file or remove it") from error
    return texts
