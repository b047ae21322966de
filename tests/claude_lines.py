"""Lines of Claude Code's transcripts for tests, and the recorded samples."""

import json
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parent / "fixtures/claude"
CWD = "/home/tester/demo"
SESSION = "0f9b6383-5af8-441c-9223-4ab42ce04f88"
AT = "2026-11-23T16:38:47.000Z"


def line(kind: str, **fields: Any) -> bytes:
    """A line with the envelope that the client gives every one, as the client writes it."""
    envelope = {"timestamp": AT, "cwd": CWD, "sessionId": SESSION, "version": "2.1.330", "gitBranch": "main"}
    whole = {"isSidechain": False, **envelope, "type": kind, **fields}
    return json.dumps({key: value for key, value in whole.items() if value is not ...}, separators=(",", ":")).encode()


def prompt(content: Any, uuid: str = "u1", **fields: Any) -> bytes:
    return line("user", message={"role": "user", "content": content}, uuid=uuid, **fields)


def usage(**counts: Any) -> dict[str, Any]:
    return {"input_tokens": 1, "output_tokens": 2, **counts}


def reply(message_id: str = "msg_1", counts: Any = None, model: str = "claude-opus-5-5", **fields: Any) -> bytes:
    message: dict[str, Any] = {
        "id": message_id,
        "model": model,
        "content": [],
        "usage": usage() if counts is None else counts,
    }
    return line("assistant", message=message, **fields)


def write_lines(path: Path, *lines: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(text + b"\n" for text in lines))
    return path
