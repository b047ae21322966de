"""The shell commands of agents, as transcripts have them."""

import os
from pathlib import Path
from typing import Any

import pytest

from journal.capture.claude import commands
from journal.capture.claude.commands import shell_commands
from journal.moments import to_datetime
from tests.claude_lines import CWD, SAMPLES, SESSION, line, write_lines

SINCE, UNTIL = "2026-11-23T16:00:00.000Z", "2026-11-23T17:00:00.000Z"
ROOTS = [Path(CWD)]


def ran(*shell: str, name: str = "Bash", **fields: Any) -> bytes:
    uses = [{"type": "tool_use", "id": "t", "name": name, "input": {"command": each}} for each in shell]
    return line("assistant", message={"role": "assistant", "content": uses}, **fields)


@pytest.fixture
def transcript(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path))
    return tmp_path / "projects/-home-tester-demo" / f"{SESSION}.jsonl"


def write(transcript: Path, *lines: bytes) -> None:
    """Writes a transcript as if that had been done after the span of time."""
    write_lines(transcript, *lines)
    os.utime(transcript, (to_datetime(UNTIL).timestamp() + 1,) * 2)


def test_what_was_run_in_a_span_of_time_in_order(transcript: Path) -> None:
    write(
        transcript,
        ran("second", timestamp="2026-11-23T16:20:00.000Z"),
        ran("first", timestamp="2026-11-23T16:10:00.000Z"),
        ran("too early", timestamp="2026-11-23T15:10:00.000Z"),
        ran("too late", timestamp="2026-11-23T17:10:00.000Z"),
        ran("elsewhere", cwd="/home/tester/demo-2"),
        ran("no shell", name="Edit"),
        ran("undated", timestamp=...),
        line("assistant", message={"content": [{"type": "tool_use", "name": "Bash", "input": "odd"}]}),
        line("assistant", message={"content": "tool_use Bash"}),
        b'{"tool_use" "Bash" not json',
    )
    assert shell_commands(ROOTS, "p", SINCE, UNTIL) == ["first", "second"]
    assert shell_commands([Path("/home/other")], "p", SINCE, UNTIL) == []
    later = "2026-11-23T17:00:02.000Z"
    assert shell_commands(ROOTS, "p", later, later) == []


def test_of_a_long_transcript_the_end_is_read(transcript: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "_MOST_BYTES", 2000)
    write(transcript, *(ran(f"command {number}") for number in range(100)))
    found = shell_commands(ROOTS, "p", SINCE, UNTIL)
    assert 0 < len(found) < 8
    assert "command 99" in found


def test_recorded_sessions_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(SAMPLES / "c_sbatch"))
    found = shell_commands(ROOTS, "p", "2000-01-01T00:00:00.000Z", "2100-01-01T00:00:00.000Z")
    assert any("sbatch" in command for command in found)
