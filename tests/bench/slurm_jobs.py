"""Ten thousand finished jobs in the accounting of the tests' cluster, and how long one sacct of all of them takes.

    tests/slurm/slurm-up && python tests/bench/slurm_jobs.py

To run so many takes minutes. Ten really run, with their steps, and their rows in slurmdbd's database are copied, under
ids from 1,000,000 on and at earlier times: to sacct the copies are jobs like any. They are removed at the end.
"""

# ruff: noqa: S608 - what goes into the statements are numbers and column names

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))

from tests.environment import environment_in  # noqa: E402  (the project, when this runs as a script)
from tests.slurm.cluster import Cluster, find_cluster  # noqa: E402

FIRST = 1_000_000
APART = 7  # seconds from one copy's times to the next's
BEFORE = 2 * 86400  # and the latest copy is so long ago: nothing else is in its time window
DATABASE = ("mariadb", "--socket=/run/mysqld/mysqld.sock", "--batch", "--skip-column-names", "slurm_lab")
# Of ten jobs so many end so; each runs a step.
SCRIPTS = {
    "srun python3 -c 'print(1)'": 7,
    "srun python3 -c 'print(1)'; exit 1": 2,
    "srun false; srun true": 1,
}
SHIFTED = {"time_submit", "time_eligible", "time_start", "time_end", "mod_time"}


def query(slurm: Cluster, statement: str) -> list[list[str]]:
    """The rows that a statement gives in slurmdbd's database."""
    return [line.split("\t") for line in slurm.run(*DATABASE, stdin=statement).splitlines()]


def columns(slurm: Cluster, table: str) -> list[str]:
    """The columns of a table of this version of Slurm."""
    asked = (
        f"SELECT column_name FROM information_schema.columns WHERE table_schema='slurm_lab' AND table_name='{table}'"
    )
    return [name for (name,) in query(slurm, asked)]


def shifted(name: str) -> str:
    """A copy's value of a column: times are earlier, but for 0, which says that something never came about."""
    old = f"old.`{name}`"
    return f"IF({old} = 0, 0, {old} - {BEFORE} - {APART} * seq)" if name in SHIFTED else old


def listed(expressions: Iterable[str]) -> str:
    """The columns or values of a statement."""
    return ", ".join(expressions)


def add_jobs(slurm: Cluster, count: int) -> None:
    """Runs the templates and copies them until there are so many jobs."""
    templates = [slurm.submit(script=script) for script, share in SCRIPTS.items() for _ in range(share)]
    slurm.settled(*templates)
    jobs = [name for name in columns(slurm, "lab_job_table") if name != "job_db_inx"]
    steps = [name for name in columns(slurm, "lab_step_table") if name != "job_db_inx"]
    chosen = f"ELT(1 + seq % {len(templates)}, {', '.join(templates)})"
    copies = f"seq_1_to_{count} JOIN lab_job_table old ON old.id_job = {chosen}"
    renamed = {"id_job": f"{FIRST} + seq", "job_name": "CONCAT('sweep-', seq)"}
    query(
        slurm,
        f"""START TRANSACTION;
        INSERT INTO lab_job_table ({listed(f"`{name}`" for name in jobs)})
            SELECT {listed(renamed.get(name, shifted(name)) for name in jobs)} FROM {copies};
        INSERT INTO lab_step_table (job_db_inx, {listed(f"`{name}`" for name in steps)})
            SELECT new.job_db_inx, {listed(shifted(name) for name in steps)}
            FROM seq_1_to_{count}
            JOIN lab_job_table new ON new.id_job = {FIRST} + seq
            JOIN lab_job_table job ON job.id_job = {chosen}
            JOIN lab_step_table old ON old.job_db_inx = job.job_db_inx;
        COMMIT;""",
    )


def remove_jobs(slurm: Cluster) -> None:
    """Forgets every copy."""
    query(
        slurm,
        f"""DELETE step FROM lab_step_table step JOIN lab_job_table job USING (job_db_inx) WHERE job.id_job > {FIRST};
        DELETE FROM lab_job_table WHERE id_job > {FIRST};""",
    )


@contextmanager
def many_jobs(slurm: Cluster, count: int) -> Generator[list[str]]:
    """So many finished jobs, root's, while the block runs; yields the arguments of sacct that choose just these."""
    remove_jobs(slurm)
    add_jobs(slurm, count)
    try:
        oldest = query(slurm, f"SELECT MIN(time_start) FROM lab_job_table WHERE id_job > {FIRST}")[0][0]
        latest = query(slurm, f"SELECT MAX(time_end) FROM lab_job_table WHERE id_job > {FIRST}")[0][0]
        yield ["-u", "root", "-S", f"uts{oldest}", "-E", f"uts{latest}"]
    finally:
        remove_jobs(slurm)


def seconds_of(slurm: Cluster, arguments: Sequence[str]) -> tuple[float, int, int]:
    """How long one sacct takes with these arguments, the lines and the bytes that it prints."""
    started = time.perf_counter()
    text = slurm.run("sacct", "--noheader", "--parsable2", "--noconvert", "--delimiter=\x1f", *arguments)
    return time.perf_counter() - started, text.count("\n") + 1, len(text)


def main() -> None:
    """Prints the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=10_000, help="how many (10000)")
    parser.add_argument("--rounds", type=int, default=5, help="runs of sacct (5)")
    options = parser.parse_args()
    find_cluster(os.environ)
    with tempfile.TemporaryDirectory(prefix="journal-bench-") as directory:
        environment = environment_in(Path(directory))
        os.environ.clear()
        os.environ.update(environment)
        slurm = Cluster(Path(directory), "template")
        started = time.perf_counter()
        with many_jobs(slurm, options.jobs) as chosen:
            print(f"{options.jobs:,} jobs made in {time.perf_counter() - started:.1f} s")
            for words, form in (
                ("-D, all fields", ["-D", f"--format={','.join(slurm.fields())}"]),
                ("-D -X, all fields", ["-D", "-X", f"--format={','.join(slurm.fields())}"]),
                ("-D, id and state", ["-D", "--format=JobIDRaw,State"]),
            ):
                runs = [seconds_of(slurm, [*form, *chosen]) for _ in range(options.rounds)]
                median = statistics.median(run[0] for run in runs)
                print(f"sacct {words}: {median:.2f} s for {runs[0][1]:,} rows, {runs[0][2] / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
