"""The shell commands that an agent ran in a span of time, read from the ends of transcripts when they are asked for.

They are not captured as events: an agent runs hundreds a day, and all but a few tell nothing a month later.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from journal.capture.claude.source import ClaudeCodeSource, config_dir
from journal.moments import from_rfc3339, to_datetime

_MOST_FILES = 16
_MOST_BYTES = 16 << 20  # of one transcript, at its end
_MOST_COMMANDS = 400


def shell_commands(roots: Sequence[Path], project: str, since: str, until: str) -> list[str]:
    """What agents had shells do in a project between two moments, oldest first.

    Args:
        roots: the project's directories.
        project: its id.
        since, until: in stored form.

    At most 400 (the last ones), from the 16 transcripts that changed last, of each at most the last 16 MiB.
    """
    source = ClaudeCodeSource(config_dir(), roots, project)
    found: list[tuple[str, str]] = []
    for path in source.changed_since(to_datetime(since).timestamp())[:_MOST_FILES]:
        for line in _last_lines(path):
            if b'"Bash"' in line and b'"tool_use"' in line:
                found += _commands(line, source, since, until)
    return [command for _, command in sorted(dict.fromkeys(found))][-_MOST_COMMANDS:]


def _last_lines(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as stream:
            size = stream.seek(0, 2)
            start = max(0, size - _MOST_BYTES)
            stream.seek(start)
            lines = stream.read(_MOST_BYTES).split(b"\n")
    except OSError:
        return
    yield from lines[1:] if start else lines


def _commands(text: bytes, source: ClaudeCodeSource, since: str, until: str) -> Iterator[tuple[str, str]]:
    from journal.capture.claude.line import TOOL, decode

    line = decode(TOOL, text, {})
    at = from_rfc3339(line.timestamp) if line and line.timestamp else None
    if line is None or at is None or not since <= at <= until or line.message is None:
        return
    if line.cwd is None or not source.belongs(line.cwd) or not isinstance(line.message.content, list):
        return
    for use in line.message.content:
        if use.type == "tool_use" and use.name == "Bash" and isinstance(use.input, dict):
            command = use.input.get("command")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
            if isinstance(command, str):
                yield at, command
