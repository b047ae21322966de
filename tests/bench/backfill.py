"""How long a backfill takes (a whole history read and stored) against `git log --numstat` over it, and how much memory.

    python tests/bench/backfill.py [--repo PATH] [--rounds N]

Without --repo it makes a history of 20,000 commits. Both sides take turns; medians are compared.
"""

import argparse
import contextlib
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
COMMITS = 20_000
FILES = 400
LINES = 120

BACKFILL = """
import resource, sys, tempfile
from pathlib import Path
from journal.capture.git.repository import find_repository
from journal.capture.git.source import GitSource
from journal.store.database import open_store
from journal.store.event_log import append_batch
source = GitSource(find_repository(Path(sys.argv[1])), "p", "w", "2026-01-01T00:00:00.000Z")
with tempfile.TemporaryDirectory() as directory:
    store = open_store(Path(directory) / "journal.sqlite3")
    commits = sum(append_batch(store, "w", source.name, batch)["commit"] for batch in source.read({}))
print(commits, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--repo", type=Path, help="a repository, bare or not; by default a made one")
    arguments.add_argument("--rounds", type=int, default=5)
    chosen = arguments.parse_args()
    with contextlib.ExitStack() as stack:
        repo = chosen.repo or stack.enter_context(made_history())
        measure(repo.resolve(), chosen.rounds)


def measure(repo: Path, rounds: int) -> None:
    """Prints the medians, their ratio, and the backfill's peak memory."""
    refs = ["--branches", "--remotes", "HEAD"]
    log = ["git", "-C", str(repo), "log", "--numstat", *refs]
    backfill = [sys.executable, "-c", BACKFILL, str(repo)]
    logged: list[float] = []
    told: list[float] = []
    outcome = ""
    for _ in range(rounds):
        logged.append(timed(log)[0])
        seconds, outcome = timed(backfill)
        told.append(seconds)
    commits, peak = outcome.split()
    ratio = statistics.median(told) / statistics.median(logged)
    print(f"commits                  {commits}")
    print(f"git log --numstat        {statistics.median(logged):.2f} s")
    print(f"backfill                 {statistics.median(told):.2f} s  {ratio:.2f} ×")
    print(f"its peak memory          {int(peak) / 1024:.0f} MiB")


def timed(command: list[str]) -> tuple[float, str]:
    """Seconds that a command takes with its output read, and the last of what it prints."""
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    begun = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        last = b""
        while chunk := process.stdout.read(1 << 20):
            last = chunk
    seconds = time.perf_counter() - begun
    if process.returncode:
        sys.exit(f"{command[:3]} ended with status {process.returncode}")
    return seconds, last.decode("utf-8", "replace").strip()


@contextlib.contextmanager
def made_history() -> Iterator[Path]:
    """A repository of 20,000 commits, each changing a line or two in one to three of 400 files."""
    with tempfile.TemporaryDirectory() as directory:
        repo = Path(directory) / "made"
        subprocess.run(["git", "init", "-q", "--initial-branch=main", repo], check=True)
        with subprocess.Popen(["git", "-C", repo, "fast-import", "--quiet"], stdin=subprocess.PIPE) as importer:
            assert importer.stdin is not None
            for part in history(random.Random(1)):  # noqa: S311  # the same history each time
                importer.stdin.write(part)
            importer.stdin.close()
        subprocess.run(["git", "-C", repo, "gc", "-q"], check=True)
        yield repo


def history(chance: random.Random) -> Iterator[bytes]:
    """The commits in fast-import's language."""
    files = {
        f"src/part{i % 20}/module_{i}.py": [f"value_{line} = {line}" for line in range(LINES)] for i in range(FILES)
    }
    for number in range(COMMITS):
        chosen = list(files) if number == 0 else chance.sample(list(files), chance.randint(1, 3))
        message = f"Change number {number}\n\nAnd why.\n"
        yield (
            f"commit refs/heads/main\ncommitter Ada Tester <ada@example.org> {1_600_000_000 + number * 600} +0000\n"
            f"data {len(message)}\n{message}"
        ).encode()
        for path in chosen:
            lines = files[path]
            for _ in range(chance.randint(1, 2)):
                lines[chance.randrange(len(lines))] = f"value = {chance.random()}"
            text = ("\n".join(lines) + "\n").encode()
            yield f"M 100644 inline {path}\ndata {len(text)}\n".encode() + text + b"\n"


if __name__ == "__main__":
    main()
