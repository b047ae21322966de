"""What reading logs costs: `python tests/bench/logs.py`.

A log of a gigabyte, as a trainer writes it, whose error stands near its end: `journal diagnose` as a whole process, and
looking through all of it for what may be telling, both against `grep -c` on the same file. Then a cycle of following:
a log that grew by some lines, where it is huge and where it is small; and two hundred jobs that run, of which none and
of which all wrote something, in the processor's time of a bare interpreter.
"""

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(PROJECT))

from journal.capture.log.reading import read_log  # noqa: E402  (the project, run as a script)
from journal.derive.failure.triggers import triggers  # noqa: E402
from journal.events import Batch  # noqa: E402
from journal.ingest.failure_rules import load_rules  # noqa: E402
from journal.ingest.running_logs import _MOST_FED, follow_running  # noqa: E402
from journal.store.database import open_store  # noqa: E402
from journal.store.event_log import append_batch  # noqa: E402
from tests.environment import environment_in  # noqa: E402
from tests.store import stories  # noqa: E402

JOURNAL = str(Path(sys.executable).with_name("journal"))
GREP = ["grep", "-c", "Error"]
ERROR = b"""Traceback (most recent call last):
  File "/home/ada/pointdiff/train.py", line 3, in <module>
    import einops
ModuleNotFoundError: No module named 'einops'
srun: error: n1: task 0: Exited with exit code 1
"""
JOBS = 200
ADDED = 20  # lines that a job writes between two cycles


def lines_of(first: int, count: int, chance: random.Random) -> Iterator[bytes]:
    """What a trainer of eight ranks writes: steps, progress bars, checkpoints, a warning now and then."""
    for step in range(first, first + count):
        kind = chance.random()
        if kind < 0.6:
            told = b"[2026-11-12 %02d:%02d:%02d] INFO step %d/9000000 | loss %.4f | lr 3.0e-04 | 182.3 tok/s"
            yield told % (step // 3600 % 24, step // 60 % 60, step % 60, step, 2 / (1 + step / 1000))
        elif kind < 0.8:
            yield b"Epoch 3:  61%%|######    | %d/50000 [1:02:11<39:40,  8.17it/s, loss=0.0412]\r" % (step % 50000)
        elif kind < 0.97:
            yield b"[rank%d]: saved checkpoint to /scratch/run/ckpt_%d.pt in %.2fs" % (step % 8, step, chance.random())
        else:
            yield b"UserWarning: lr_scheduler.step() was called before optimizer.step(); see the documentation"


def write_log(path: Path, size: int) -> None:
    """A log of about so many bytes, with the error at its end."""
    chance = random.Random(7)  # noqa: S311  (no secret)
    step, written = 1, 0
    with path.open("wb") as file:
        while written < size - len(ERROR):
            written += file.write(b"\n".join(lines_of(step, 20_000, chance)) + b"\n")
            step += 20_000
        file.write(ERROR)


def wall(command: list[str]) -> float:
    """The seconds of one run of a command."""
    started = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def processor(work: Callable[[], object]) -> float:
    """The processor's seconds of some work in this process and its children."""
    before = _spent()
    work()
    return _spent() - before


def _spent() -> float:
    return sum(
        used.ru_utime + used.ru_stime
        for used in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


def measure_large(log: Path, rounds: int) -> None:
    """A gigabyte: the command, and a look through all of it."""
    found = subprocess.run([JOURNAL, "diagnose", "--json", log], capture_output=True, check=True)
    diagnosis = json.loads(found.stdout)
    lines = int(subprocess.run(["wc", "-l", log], capture_output=True, check=True).stdout.split()[0])
    if (diagnosis["label"], diagnosis["line"]) != ("missing_module", lines - 1):
        raise SystemExit(f"diagnosed {diagnosis['label']} in line {diagnosis['line']} of {lines}")
    os.environ["LC_ALL"] = "C"
    pairs = [(wall([JOURNAL, "diagnose", str(log)]), wall([*GREP, str(log)])) for _ in range(rounds)]
    ours, grep = (statistics.median(side) for side in zip(*pairs, strict=True))
    size = log.stat().st_size
    print(f"log of {size / 1e6:,.0f} MB, {lines:,} lines: diagnose {ours:.2f} s, grep -c {grep:.2f} s")
    print(f"diagnose {ours / grep:.2f} × grep -c", flush=True)
    literals = triggers(load_rules())

    def look() -> None:
        read_log(log, literals, reach=None)

    def grepped() -> None:
        subprocess.run([*GREP, str(log)], stdout=subprocess.DEVNULL, check=True)

    spent = [(processor(look), processor(grepped)) for _ in range(rounds)]
    ours, grep = (statistics.median(side) for side in zip(*spent, strict=True))
    print(f"looking for {len(literals)} literals: {size / ours / 1e6:.0f} MB/s a core, grep -c {size / grep / 1e6:.0f}")
    print(f"looking through {ours / grep:.2f} × grep -c", flush=True)


def append(log: Path, step: int) -> None:
    """Some lines more."""
    text = b"".join(b"step %d/9000000 loss 0.0412 | 8.17 it/s\n" % number for number in range(step, step + ADDED))
    with log.open("ab") as file:
        file.write(text)


def measure_cycles(directory: Path, large: Path, rounds: int) -> None:
    """Following: one log, huge or small; then two hundred."""
    bare = statistics.median(processor(lambda: wall([sys.executable, "-c", "pass"])) for _ in range(rounds))
    small = directory / "small.log"
    write_log(small, 1 << 20)
    spent: dict[str, float] = {}
    for name, log in (("large", large), ("small", small)):
        with closing(open_store(directory / f"{name}.sqlite3")) as store:
            _running(store, [log])
            follow_running(store, 0.0)
            spent[name] = _median_cycle(store, [log], rounds)
    print(f"one log that grew by {ADDED} lines: {spent['large'] * 1e3:.2f} ms where it is huge, "
          f"{spent['small'] * 1e3:.2f} ms where it is small")  # fmt: skip
    print(f"growing {spent['large'] / spent['small']:.2f} × the small one")
    logs = [directory / f"slurm-{number}.out" for number in range(JOBS)]
    for log in logs:
        append(log, 1)
    with closing(open_store(directory / "many.sqlite3")) as store:
        _running(store, logs)
        while follow_running(store, 0.0):
            pass
        idle = statistics.median(processor(lambda: follow_running(store, 1.0)) for _ in range(rounds))
        busy = _median_cycle(store, logs, rounds)
    print(f"{JOBS} jobs: {idle * 1e3:.0f} ms of processor where none wrote; where all did {busy * 1e3:.0f} ms for the "
          f"{_MOST_FED} that a cycle reads; python -c pass {bare * 1e3:.0f} ms")  # fmt: skip
    print(f"idle cycle {idle / bare:.2f} × python -c pass")
    print(f"busy cycle {busy / bare:.2f} × python -c pass")


def _running(store: object, logs: list[Path]) -> None:
    events = []
    for number, log in enumerate(logs):
        job = str(8_000_000 + number)
        events += [stories.job(job, 0), stories.attempt(job, "RUNNING", 0, started_at=stories.at(1), stdout=str(log))]
    append_batch(store, stories.WRITER, "test", Batch(events, {}, {}))  # type: ignore[arg-type]


def _median_cycle(store: object, logs: list[Path], rounds: int) -> float:
    """The processor's time of a cycle after every log grew."""
    spent: list[float] = []
    for turn in range(rounds):
        for log in logs:
            append(log, 1_000 * (turn + 1))
        spent.append(processor(lambda turn=turn: follow_running(store, float(turn + 2))))  # type: ignore[misc, arg-type]
    return statistics.median(spent)


def main() -> None:
    """Measures, and prints the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=1024, help="of the large log (1024)")
    parser.add_argument("--rounds", type=int, default=5, help="pairs of runs (5)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="journal-bench-") as name:
        directory = Path(name)
        os.environ.update(environment_in(directory))
        large = directory / "large.log"
        write_log(large, options.megabytes << 20)
        measure_large(large, options.rounds)
        measure_cycles(directory, large, options.rounds)


if __name__ == "__main__":
    main()
