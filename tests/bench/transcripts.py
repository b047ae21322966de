"""How fast transcripts are read: MB/s of the parser and of a whole capture, against grep on the same file.

Stands alone: `python tests/bench/transcripts.py [MB]` makes a transcript of that size in a temporary directory (200 if
not said), with lines mixed as real ones are, reads it, and prints figures. Also to be used as a generator:
`write_transcript`.
"""

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SESSION = "5e551017-0000-4000-8000-000000000001"
CWD = "/home/tester/demo"


def write_transcript(path: Path, megabytes: int, seed: int = 7) -> int:
    """Writes a transcript of about so many megabytes; returns how many lines it has."""
    path.parent.mkdir(parents=True, exist_ok=True)
    size, count = 0, 0
    with path.open("wb") as file:
        for line in _lines(random.Random(seed)):  # noqa: S311 # no secret
            size += file.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")
            count += 1
            if size >= megabytes << 20:
                return count
    return count


def _lines(chance: random.Random) -> Iterator[dict[str, Any]]:
    """Turns without end: a prompt, then replies of two or three blocks with the results of their tools."""
    words = [f"word{number}" for number in range(500)]

    def text(length: int) -> str:
        return " ".join(chance.choices(words, k=max(1, length // 8)))

    number = 0

    def line(kind: str, **fields: Any) -> dict[str, Any]:
        nonlocal number
        number += 1
        minutes, seconds = divmod(number // 4, 60)
        hours, minutes = divmod(minutes, 60)
        at = f"2026-11-{1 + hours // 24 % 28:02}T{hours % 24:02}:{minutes:02}:{seconds:02}.{number % 1000:03}Z"
        envelope = {"userType": "external", "cwd": CWD, "sessionId": SESSION, "version": "2.1.330", "gitBranch": "main"}
        return {
            "parentUuid": None,
            "isSidechain": False,
            **fields,
            "type": kind,
            "uuid": f"u{number}",
            "timestamp": at,
            **envelope,
        }

    while True:
        yield line("user", message={"role": "user", "content": text(200)})
        for _ in range(4):
            yield line("attachment", attachment={"type": "hook_additional_context", "content": [text(1500)]})
        for _ in range(chance.randint(3, 20)):
            message_id = f"msg_{number:012}"
            usage = {
                "input_tokens": 4,
                "cache_creation_input_tokens": chance.randint(0, 9000),
                "cache_read_input_tokens": chance.randint(9000, 180_000),
                "output_tokens": chance.randint(20, 2000),
                "cache_creation": {"ephemeral_1h_input_tokens": 0, "ephemeral_5m_input_tokens": 500},
            }
            for block in range(chance.choice((2, 2, 3))):
                tool = {"type": "tool_use", "id": f"t{number}", "name": "Bash", "input": {"command": text(400)}}
                content = [tool if block else {"type": "text", "text": text(600)}]
                reply = {"id": message_id, "model": "claude-opus-5-5", "content": content, "usage": usage}
                yield line("assistant", message=reply)
            output = text(int(chance.lognormvariate(7.5, 1.4)))
            result = {"tool_use_id": f"t{number}", "type": "tool_result", "content": output}
            yield line("user", message={"role": "user", "content": [result]}, toolUseResult={"stdout": output})


def main() -> None:
    from journal.capture.claude.source import ClaudeCodeSource

    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, "projects", "-home-tester-demo", f"{SESSION}.jsonl")
        lines = write_transcript(path, megabytes)
        print(f"{megabytes} MB, {lines:,} lines")
        grep = ["grep", "-c", '"usage":{', str(path)]
        before = _seconds(lambda: subprocess.run(grep, check=True, capture_output=True))
        events = 0

        def capture() -> None:
            nonlocal events
            source = ClaudeCodeSource(Path(place), [Path(CWD)], "project")
            events = sum(len(batch.events) for batch in source.read({}))

        spent = _seconds(capture)
        print(f"grep     {before:6.3f} s  {megabytes / before:7.0f} MB/s")
        print(f"capture  {spent:6.3f} s  {megabytes / spent:7.0f} MB/s  {events:,} events  {spent / before:.1f} × grep")
        print(f"memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def _seconds(work: Any) -> float:
    """The best of three."""
    times: list[float] = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


if __name__ == "__main__":
    main()
