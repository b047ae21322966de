"""Every speed that was promised, as one table of ratios from one run: `python tests/bench/run.py`.

Ratios, not times: both sides of a ratio run in turn on the same machine with the same interpreter, so that another
machine, or a busy one, gives about the same numbers. The other scripts of this directory measure their part each
and can be run alone; what they print is shown as it comes, and their ratios go into the table at the end.
"""

import argparse
import compileall
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))

from tests.environment import environment_in  # noqa: E402  (the project, when this runs as a script)
from tests.git_repo import GitRepo  # noqa: E402

BASELINE = (sys.executable, "-c", "pass")
NOT_HERE = 3  # the status of a script that needs what this machine lacks
JOURNAL = str(Path(sys.executable).with_name("journal"))


class Ratio(NamedTuple):
    """How much longer one thing takes than another.

    Attributes:
        what: both, in words.
        times: the ratio.
        bar: how high it may be; None where nothing was promised.
    """

    what: str
    times: float
    bar: float | None


class Part(NamedTuple):
    """Another script of this directory, and where in its output a ratio stands.

    Attributes:
        script: its file name.
        what, bar: as in Ratio.
        pattern: finds the line; its group is the ratio.
    """

    script: str
    what: str
    pattern: str
    bar: float | None

    def measure(self) -> Ratio | None:
        """Its ratio; None where the machine lacks what the script needs.

        Raises:
            SystemExit: it failed, or printed no such line.
        """
        status, printed = run_script(self.script)
        if status == NOT_HERE:
            return None
        found = re.search(self.pattern, printed, re.MULTILINE)
        if status or not found:
            raise SystemExit(f"{self.script} ended with status {status} and told no ratio")
        return Ratio(self.what, float(found[1]), self.bar)


@cache
def run_script(script: str) -> tuple[int, str]:
    """The status and the output of a script, which is shown; each runs once."""
    done = subprocess.run(
        [sys.executable, HERE / script], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False
    )
    print(f"── {script}\n{done.stdout}", flush=True)
    return done.returncode, done.stdout


PARTS = (
    Part("commit.py", "git commit with the hooks / without", r"^ *journal's hooks .* x +([\d.]+)", 1.2),
    Part("backfill.py", "backfill / git log --numstat", r"^ *backfill .*?([\d.]+) ×", 1.5),
    Part("submit.py", "sbatch through the shim, less its snapshot / bare", r"^shim less its snapshot ([\d.]+) ×", 1.3),
    Part("submit.py", "snapshot of 3,000 files / git status", r"^snapshot ([\d.]+) × git status", 3),
    Part("jobs.py", "capture of 10,000 finished jobs / one sacct", r"^capture of finished jobs ([\d.]+) ×", 1.5),
    Part("logs.py", "journal diagnose of a 1 GB log / grep -c", r"^diagnose ([\d.]+) × grep", 1.5),
    Part("logs.py", "looking through that log, of the processor / grep -c", r"^looking through ([\d.]+) × grep", 8),
    Part("logs.py", "cycle of a log that grows: of 1 GB / of 1 MB", r"^growing ([\d.]+) ×", 1.5),
    Part(
        "logs.py",
        "cycle of 200 running jobs that wrote, of the processor / python -c pass",
        r"^busy cycle ([\d.]+) ×",
        25,
    ),
    Part(
        "watch.py",
        "watch of 200 jobs, a cycle of the processor / python -c pass",
        r"^watched cycle, Slurm asked: ([\d.]+) ×",
        25,
    ),
    Part("transcripts.py", "capture of a transcript / grep", r"([\d.]+) × grep", None),
)


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
    """Runs `journal WORDS` and a bare interpreter in turn; the ratio of the medians."""
    command = [JOURNAL, *words.split()]
    seconds_of(command, repo.path, env)  # fills the caches
    pairs = [(seconds_of(command, repo.path, env), seconds_of(BASELINE, repo.path, env)) for _ in range(rounds)]
    ours, bare = (statistics.median(side) for side in zip(*pairs, strict=True))
    print(f"journal {words}: {ours * 1000:.1f} ms, python -c pass: {bare * 1000:.1f} ms", flush=True)
    return Ratio(f"journal {words} / python -c pass", ours / bare, bar)


def measure_commands(directory: Path, commits: int, rounds: int) -> list[Ratio]:
    """The hot commands on a store of that many commits."""
    home = directory / "home"
    home.mkdir()
    env = environment_in(home)
    repo = make_repository(directory / "repo", env, commits)
    init = seconds_of([JOURNAL, "init"], repo.path, env)
    print(f"── commands\njournal init of {commits:,} commits: {init:.1f} s", flush=True)
    return [
        against_bare_python(repo, env, "log -n 20", bar=8, rounds=rounds),
        against_bare_python(repo, env, "capture", bar=10, rounds=rounds),
    ]


def table(ratios: Sequence[Ratio]) -> str:
    """The ratios in columns; a star marks those over their bar."""
    lines = [f"{'ratio':>7}  {'bar':>6}  of"]
    for what, times, bar in ratios:
        promised = "" if bar is None else f"{bar:.1f} ×"
        lines.append(f"{times:5.2f} ×  {promised:>6}  {what}{' *' if bar is not None and times > bar else ''}")
    return "\n".join(lines)


def main() -> None:
    """Runs everything and prints the table; the exit status says nothing about speed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commits", type=int, default=20_000, help="events of the store (20000)")
    parser.add_argument("--rounds", type=int, default=21, help="pairs of runs of each command (21)")
    parser.add_argument("--only-commands", action="store_true", help="leave the other scripts out")
    options = parser.parse_args()
    compileall.compile_dir(HERE.parent.parent / "journal", quiet=1)  # as pip does when it installs a wheel
    measured = [] if options.only_commands else [part.measure() for part in PARTS]
    ratios = [ratio for ratio in measured if ratio is not None]
    with tempfile.TemporaryDirectory(prefix="journal-bench-") as directory:
        ratios += measure_commands(Path(directory), options.commits, options.rounds)
    print(f"── all\n{table(ratios)}")


if __name__ == "__main__":
    main()
