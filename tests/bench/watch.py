"""What watching many running jobs costs: `python tests/bench/watch.py`.

Two hundred jobs that the real accounting says are running (one really is, its row is copied), each with a log that
grows between two cycles. In one process, as `journal watch` does it: a capture, what the store knows, the screen. Told
is processor time, that of the commands that a capture starts (sacct) beside it. Then how long a screen is idle: what a
key costs, and how much is written to the terminal when the time goes on.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

PROJECT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(PROJECT))

from journal.capture.place import place_at  # noqa: E402  (the project, run as a script)
from journal.config import Config  # noqa: E402
from journal.ingest.running_logs import follow_running  # noqa: E402
from journal.live.model import Model, model_of  # noqa: E402
from journal.live.outlook import outlook_of  # noqa: E402
from journal.live.overview import Overview, read_overview, with_logs  # noqa: E402
from journal.live.painter import Painter  # noqa: E402
from journal.live.screen import Size, render  # noqa: E402
from journal.live.steering import Steering  # noqa: E402
from journal.moments import from_datetime  # noqa: E402
from journal.paths import store_file  # noqa: E402
from journal.store.database import open_store  # noqa: E402
from journal.watch import run_cycle  # noqa: E402
from tests.bench.slurm_jobs import FIRST, columns, listed, query, remove_jobs  # noqa: E402
from tests.environment import environment_in  # noqa: E402
from tests.git_repo import GitRepo  # noqa: E402
from tests.slurm.cluster import Cluster, NoClusterError, find_cluster, until  # noqa: E402

JOURNAL = str(Path(sys.executable).with_name("journal"))
SIZE = Size(80, 24)


@contextmanager
def running_jobs(slurm: Cluster, count: int) -> Generator[list[str]]:
    """So many jobs that accounting says are running while the block runs; yields their numbers."""
    remove_jobs(slurm)
    template = slurm.submit("--time=30", script="srun sleep 1500")
    slurm.wait_for(template, "RUNNING")
    until(lambda: _is_told_whole(slurm, template), 60, lambda: "accounting does not tell of the running job")
    jobs = [name for name in columns(slurm, "lab_job_table") if name != "job_db_inx"]
    steps = [name for name in columns(slurm, "lab_step_table") if name != "job_db_inx"]
    renamed = {"id_job": f"{FIRST} + seq", "job_name": "CONCAT('seed-', seq)"}
    values = listed(renamed.get(name, f"old.`{name}`") for name in jobs)
    query(
        slurm,
        f"""START TRANSACTION;
        INSERT INTO lab_job_table ({listed(f"`{name}`" for name in jobs)})
            SELECT {values} FROM seq_1_to_{count} JOIN lab_job_table old ON old.id_job = {template};
        INSERT INTO lab_step_table (job_db_inx, {listed(f"`{name}`" for name in steps)})
            SELECT new.job_db_inx, {listed(f"old.`{name}`" for name in steps)} FROM seq_1_to_{count}
            JOIN lab_job_table new ON new.id_job = {FIRST} + seq
            JOIN lab_job_table job ON job.id_job = {template}
            JOIN lab_step_table old ON old.job_db_inx = job.job_db_inx;
        COMMIT;""",  # noqa: S608  (numbers and column names)
    )
    try:
        yield [str(FIRST + number) for number in range(1, count + 1)]
    finally:
        remove_jobs(slurm)
        slurm.clean_up()


def _is_told_whole(slurm: Cluster, job: str) -> bool:
    """Whether accounting knows that a job and its step run, and where; rows are torn for some seconds."""
    rows = slurm.sacct("-j", job, fields=["JobID", "State", "WorkDir"])
    return {row["JobID"] for row in rows if row["State"] == "RUNNING"} >= {job, f"{job}.0"} and bool(rows[0]["WorkDir"])


class Logs:
    """The logs of the jobs, which a trainer writes."""

    def __init__(self, directory: Path, jobs: Sequence[str]) -> None:
        self._paths = [directory / f"slurm-{job}.out" for job in jobs]
        self._step = 0

    def grow(self, lines: int) -> None:
        """Each gets so many lines more."""
        steps = range(self._step, self._step + lines)
        told = "".join(
            f"step {step + 1}/500000 | loss {3 / (step + 10) ** 0.3:.4f} | lr 3.0e-04 | grad_norm 0.{step % 97:02} | "
            f"3.12 it/s\n"
            for step in steps
        )
        self._step += lines
        for path in self._paths:
            with path.open("a", encoding="utf-8") as log:
                log.write(told)


class Cost(NamedTuple):
    """Processor time in milliseconds: of this process, and of those that it started."""

    own: float
    children: float


def cost_of(deed: Callable[[], object]) -> Cost:
    """What it costs to do something."""
    own, others = time.process_time(), resource.getrusage(resource.RUSAGE_CHILDREN)
    deed()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    children = after.ru_utime + after.ru_stime - others.ru_utime - others.ru_stime
    return Cost((time.process_time() - own) * 1000, children * 1000)


class Bench:
    """A repository whose jobs are watched."""

    def __init__(self, repo: GitRepo) -> None:
        place = place_at(repo.path)
        assert place is not None
        self.place = place
        self.overview: Overview | None = None
        self.model: Model | None = None
        self.written = 0
        self.painter = Painter(self._write, colours=True, unicode=True)
        self.config = Config(slurm_calls_per_minute=60, automatic_documents=False)

    def _write(self, text: str) -> None:
        self.written += len(text.encode())

    def capture(self, *, asked_for: bool = False) -> None:
        """A capture as the loop does it."""
        run_cycle(
            [self.place], self.config, from_datetime(datetime.now().astimezone()), collect=True, asked_for=asked_for
        )

    def look(self) -> None:
        """What the store knows."""
        with closing(open_store(store_file())) as connection:
            now = datetime.now().astimezone()
            self.overview = read_overview(connection, self.place.project, now, 60, self.overview)

    def follow(self) -> None:
        """What the logs have new, between two captures."""
        assert self.overview is not None
        with closing(open_store(store_file())) as connection:
            follow_running(connection, time.time())
            self.overview = with_logs(connection, self.overview)

    def draw(self) -> None:
        """The screen, as far as it changed."""
        assert self.overview is not None
        now = datetime.now().astimezone()
        self.model = model_of(self.overview, now, host="bench", branch="main", trouble=None, outlook_of=outlook_of)
        self.painter.paint(render(self.model, Steering(), None, SIZE), SIZE.width)


def measure(bench: Bench, logs: Logs, rounds: int, lines: int) -> None:
    """Prints what a cycle costs, and its parts."""

    def cycle(asked_for: bool) -> list[Cost]:
        logs.grow(lines)
        parts = [cost_of(lambda: bench.capture(asked_for=asked_for)), cost_of(bench.look), cost_of(bench.draw)]
        return [*parts, Cost(sum(part.own for part in parts), sum(part.children for part in parts))]

    bare = statistics.median(
        cost_of(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True)).children for _ in range(rounds)
    )
    cycle(asked_for=True)  # all is new
    for words, asked_for in (("Slurm not asked", False), ("Slurm asked", True)):
        runs = [cycle(asked_for) for _ in range(rounds)]
        own = [statistics.median(run[part].own for run in runs) for part in range(4)]
        children = statistics.median(run[3].children for run in runs)
        print(f"watched cycle, {words}: {(own[3] + children) / bare:.1f} × python -c pass")
        print(
            f"cycle, {words}: {own[3]:.0f} ms of processor time (capture {own[0]:.0f}, store {own[1]:.0f},"
            f" screen {own[2]:.0f}), its commands {children:.0f} ms"
        )
    growth: list[float] = []
    for _ in range(rounds):
        logs.grow(lines)
        growth.append(cost_of(bench.follow).own)
    print(f"logs alone, between two captures: {statistics.median(growth):.0f} ms")
    written = bench.written
    idle = [cost_of(bench.draw).own for _ in range(rounds)]
    print(
        f"a key: {statistics.median(idle):.1f} ms; {(bench.written - written) / rounds:.0f} bytes where nothing is new"
    )


def main() -> None:
    """Measures, and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=200, help="how many run (200)")
    parser.add_argument("--lines", type=int, default=20, help="by which each log grows between two cycles (20)")
    parser.add_argument("--rounds", type=int, default=9, help="cycles (9)")
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
        repo.commit("Begin", **{"train.py": "print(1)\n", ".gitignore": "*.out\n"})
        subprocess.run([JOURNAL, "init", "--json"], cwd=repo.path, stdout=subprocess.DEVNULL, check=True)
        with running_jobs(Cluster(repo.path, "bench-template"), options.jobs) as jobs:
            logs = Logs(repo.path, jobs)
            logs.grow(200)
            bench = Bench(repo)
            measure(bench, logs, options.rounds, options.lines)
            assert bench.model is not None
            shown = sum(row.group == "running" and row.part is not None for row in bench.model.rows)
            print(f"{shown} jobs with progress on the screen")


if __name__ == "__main__":
    main()
