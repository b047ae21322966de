"""Every speed that was promised, as one table of ratios from one run: `python tests/bench/run.py`.

Ratios, not times: both sides of a ratio run in turn on the same machine with the same interpreter, so that another
machine, or a busy one, gives about the same numbers. The other scripts of this directory measure their part each
and can be run alone; their tables are printed first.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))

from tests.environment import environment_in  # noqa: E402  (the project, when this runs as a script)
from tests.git_repo import GitRepo  # noqa: E402

PARTS = ("commit.py", "backfill.py", "transcripts.py")
BASELINE = (sys.executable, "-c", "pass")
JOURNAL = str(Path(sys.executable).with_name("journal"))


class Ratio(NamedTuple):
    """How much longer one command takes than another, and how much longer it may."""

    what: str
    seconds: float
    against: str
    baseline_seconds: float
    bar: float

    @property
    def times(self) -> float:
        return self.seconds / self.baseline_seconds


def history(commits: int) -> Iterator[bytes]:
    """A `git fast-import` stream: commits one after the other, a minute apart, each changing one of 200 files."""
    start = 1_700_000_000
    for number in range(1, commits + 1):
        message = f"Try learning rate {number % 97} with seed {number % 13}\n\nRun {number} of the sweep.\n".encode()
        text = "".join(f"parameter_{line} = {number * line % 1009}\n" for line in range(10)).encode()
        yield b"commit refs/heads/main\nmark :%d\n" % number
        yield b"committer Ada Tester <ada@example.org> %d +0000\n" % (start + 60 * number)
        yield b"data %d\n%s\n" % (len(message), message)
        if number > 1:
            yield b"from :%d\n" % (number - 1)
        yield b"M 100644 inline src/experiment_%d.py\ndata %d\n%s\n" % (number % 200, len(text), text)


def make_repository(path: Path, env: Mapping[str, str], commits: int) -> GitRepo:
    """A repository with a history of that many commits, checked out."""
    repo = GitRepo.create(path, env=env)
    with subprocess.Popen(["git", "fast-import", "--quiet"], cwd=path, env=env, stdin=subprocess.PIPE) as importer:
        assert importer.stdin
        importer.stdin.writelines(history(commits))
    if importer.returncode:
        raise SystemExit(f"git fast-import ended with status {importer.returncode}")
    repo.git("checkout", "--quiet", "main")
    return repo


def seconds_of(command: Sequence[str], cwd: Path, env: Mapping[str, str]) -> float:
    """How long one run of a command takes.

    Raises:
        CalledProcessError: it failed.
    """
    started = time.perf_counter()
    subprocess.run(command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def against_bare_python(repo: GitRepo, env: Mapping[str, str], words: str, bar: float, rounds: int) -> Ratio:
    """Runs `journal WORDS` and a bare interpreter in turn; the medians of both."""
    command = [JOURNAL, *words.split()]
    seconds_of(command, repo.path, env)  # fills the caches
    pairs = [(seconds_of(command, repo.path, env), seconds_of(BASELINE, repo.path, env)) for _ in range(rounds)]
    ours, bare = (statistics.median(side) for side in zip(*pairs, strict=True))
    return Ratio(f"journal {words}", ours, "python -c pass", bare, bar)


def measure(directory: Path, commits: int, rounds: int) -> list[Ratio]:
    """The hot commands on a store of that many commits."""
    home = directory / "home"
    home.mkdir()
    env = environment_in(home)
    repo = make_repository(directory / "repo", env, commits)
    init = seconds_of([JOURNAL, "init"], repo.path, env)
    print(f"journal init: {commits:,} commits in {init:.1f} s", file=sys.stderr)
    return [
        against_bare_python(repo, env, "log -n 20", bar=8, rounds=rounds),
        against_bare_python(repo, env, "capture", bar=10, rounds=rounds),
    ]


def table(ratios: Sequence[Ratio]) -> str:
    """The ratios in columns; a star marks those over their bar."""
    lines = [f"{'what':<24} {'ms':>8}  {'against':<16} {'ms':>8} {'ratio':>7} {'bar':>6}"]
    lines += [
        f"{row.what:<24} {row.seconds * 1000:8.1f}  {row.against:<16} {row.baseline_seconds * 1000:8.1f} "
        f"{row.times:6.2f}× {row.bar:5.1f}×{' *' if row.times > row.bar else ''}"
        for row in ratios
    ]
    return "\n".join(lines)


def main() -> None:
    """Runs everything and prints the tables; the exit status says nothing about speed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commits", type=int, default=20_000, help="events of the store (20,000)")
    parser.add_argument("--rounds", type=int, default=21, help="pairs of runs (21)")
    parser.add_argument("--only-commands", action="store_true", help="leave the other scripts out")
    options = parser.parse_args()
    for part in [] if options.only_commands else PARTS:
        print(f"── {part}", flush=True)
        subprocess.run([sys.executable, HERE / part], check=True, stdin=subprocess.DEVNULL, env=os.environ)
    with tempfile.TemporaryDirectory(prefix="journal-bench-") as directory:
        print(f"── commands, store of {options.commits:,} commits", flush=True)
        print(table(measure(Path(directory), options.commits, options.rounds)))


if __name__ == "__main__":
    main()
