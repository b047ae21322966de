"""What is kept of a bug: a report file that a person can read before sending it to anyone."""

import platform
import traceback
from datetime import UTC, datetime
from pathlib import Path

from journal import __version__
from journal.paths import data_dir, private_dir


def write_report(error: Exception, arguments: list[str]) -> str:
    """Writes the traceback and the versions (no environment, no data) to a file.

    Returns:
        A sentence that says where the report is, or holds the last line of the traceback where no file can be written.
    """
    now = datetime.now(UTC)
    told = "".join(traceback.format_exception(error))
    text = (
        f"journal {__version__} · Python {platform.python_version()} · {platform.platform()}\n"
        f"command: {arguments[:1]} and {max(0, len(arguments) - 1)} more arguments\n\n{told}"
    )
    try:
        path: Path = private_dir(data_dir() / "reports") / f"{now:%Y-%m-%dT%H-%M-%S}.txt"
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8", errors="replace")
    except OSError:
        return f"{error}; no report could be written"
    return f"please send {path}; nothing captured is lost"
