"""What capturing many finished jobs costs, and a capture with nothing new: `python tests/bench/jobs.py`.

Ten thousand jobs that tests/bench/slurm_jobs.py puts into the real accounting, with their steps. In turn: one sacct
with the fields and the window that a first capture asks for, and `journal capture` into a store that has none of them
yet. Then captures with nothing new, and how many calls of Slurm's commands each made.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(PROJECT))

from journal.capture.slurm.commands import usable_fields  # noqa: E402  (the project, run as a script)
from tests.bench.slurm_jobs import many_jobs  # noqa: E402
from tests.environment import environment_in  # noqa: E402
from tests.git_repo import GitRepo  # noqa: E402
from tests.slurm.cluster import Cluster, NoClusterError, find_cluster  # noqa: E402

JOURNAL = str(Path(sys.executable).with_name("journal"))
MONTH = 30 * 86400


def capture(repo: GitRepo) -> tuple[float, dict[str, int]]:
    """The seconds of one `journal capture`, and what it brought in or passed over."""
    started = time.perf_counter()
    done = subprocess.run([JOURNAL, "capture", "--json"], cwd=repo.path, capture_output=True, check=True)
    seconds = time.perf_counter() - started
    told = json.loads(done.stdout)
    return seconds, {**told["captured"], **told["skipped"]}


def one_sacct(fields: str) -> float:
    """The seconds of one sacct of what a first capture asks for."""
    span = [f"--starttime=uts{int(time.time()) - MONTH}", "--endtime=now", f"--uid={os.getuid()}"]
    form = ["--duplicates", "--noheader", "--noconvert", "--parsable", "--delimiter=\x1f|\x1f", f"--format={fields}"]
    started = time.perf_counter()
    subprocess.run(["sacct", *span, *form], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def calls_made(repo: GitRepo) -> int:
    """How many calls of Slurm's commands captures have made today."""
    query = "SELECT value FROM cursor WHERE writer = 'slurm' AND name = 'purse'"
    done = subprocess.run([JOURNAL, "sql", "--json", query], cwd=repo.path, capture_output=True, check=True)
    rows = json.loads(done.stdout)
    return int(json.loads(rows[0]["value"])["made"]) if rows else 0


def main() -> None:
    """Measures, and prints the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=10_000, help="how many (10000)")
    parser.add_argument("--rounds", type=int, default=5, help="pairs of runs (5)")
    options = parser.parse_args()
    try:
        find_cluster(os.environ)
    except NoClusterError as problem:
        print(problem)
        raise SystemExit(3) from None  # as tests/bench/run.py knows it
    with tempfile.TemporaryDirectory(prefix="journal-bench-") as name:
        home = Path(name) / "home"
        home.mkdir()
        environment = environment_in(home)
        os.environ.clear()
        os.environ.update(environment)
        repo = GitRepo.create(Path(name) / "repo")
        repo.commit("Begin", train="print(1)\n")
        config, data = Path(environment["JOURNAL_CONFIG"]), Path(environment["JOURNAL_DATA_DIR"])
        config.parent.mkdir(parents=True)
        config.write_text("slurm_calls_per_minute = 0\nautomatic_documents = false\n", encoding="utf-8")
        subprocess.run([JOURNAL, "init", "--json"], cwd=repo.path, stdout=subprocess.DEVNULL, check=True)
        config.write_text("slurm_calls_per_minute = 6000\nautomatic_documents = false\n", encoding="utf-8")
        shutil.copytree(data, Path(name) / "empty")
        slurm = Cluster(repo.path, "bench-template")
        fields = ",".join(usable_fields(slurm.run("sacct", "--helpformat")))
        with many_jobs(slurm, options.jobs):
            pairs: list[tuple[float, float]] = []
            captured: dict[str, int] = {}
            for _ in range(options.rounds):
                shutil.rmtree(data)
                shutil.copytree(Path(name) / "empty", data)
                seconds, captured = capture(repo)
                pairs.append((seconds, one_sacct(fields)))
            ours, bare = (statistics.median(side) for side in zip(*pairs, strict=True))
            print(f"{captured.get('attempt', 0):,} tries: capture {ours:.2f} s, one sacct {bare:.2f} s")
            print(f"capture of finished jobs {ours / bare:.2f} × one sacct")
        for _ in range(30):  # what a cycle leaves for the next ones: logs, and ends that may have got past a failure
            capture(repo)
        before = calls_made(repo)
        idle = statistics.median(capture(repo)[0] for _ in range(options.rounds))
        print(f"nothing new: {idle:.2f} s, {(calls_made(repo) - before) / options.rounds:.1f} calls")


if __name__ == "__main__":
    main()
