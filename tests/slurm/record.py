"""Records what this machine's sacct says of every way a job ends: `python tests/slurm/record.py`, cluster up, as root.

Into tests/fixtures/slurm/VERSION, for tests of parsing that run without a Slurm:

- `format`: the fields asked for, the last of them (JobIDRaw once more) being the sentinel that ends a row.
- `made.json`: by name of tests/slurm/states.py, the jobs and the states they should show.
- `NAME.txt`: the rows of those jobs, every attempt and step, delimited by unit separators, times in seconds.
- `window.txt`: those of them named `train` at once, as a time window shows them; some never show in one.
- `NAME.moments/00.txt` …: what sacct said of one job while it went on, each time it said something else.
"""

import argparse
import fcntl
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))

from tests.environment import environment_in  # noqa: E402  (the project, when this runs as a script)
from tests.slurm import states  # noqa: E402
from tests.slurm.cluster import Cluster, find_cluster, held  # noqa: E402

SENTINEL = "JobIDRaw"  # never empty, and no newline can be in it


def sacct_text(slurm: Cluster, *arguments: str) -> str:
    """What sacct prints in the form of the recordings."""
    fields = ",".join([*slurm.fields(), SENTINEL])
    form = ["-D", "--noheader", "--noconvert", "--parsable2", "--delimiter=\x1f", f"--format={fields}"]
    return slurm.run("env", "SLURM_TIME_FORMAT=%s", "sacct", *form, *arguments)


def moments(slurm: Cluster, job: str, steps: Sequence[tuple[float, Callable[[], object]]], seconds: float) -> list[str]:
    """What sacct says of a job over that many seconds, each time it says something else.

    Args:
        steps: what to do after how many seconds.
    """
    seen: list[str] = []
    started = time.monotonic()
    left = list(steps)
    while (passed := time.monotonic() - started) < seconds:
        if left and passed >= left[0][0]:
            left.pop(0)[1]()
        text = sacct_text(slurm, "-j", job)
        if text not in seen[-1:]:
            seen.append(text)
        time.sleep(0.05)
    return seen


def record_moments(slurm: Cluster) -> dict[str, list[str]]:
    """A short job, a requeued one, and an array of which two tasks run at a time."""
    short = slurm.submit("--wrap", "true")
    recorded = {"short": moments(slurm, short, [], 8)}
    again = slurm.submit(script='[ "$SLURM_RESTART_COUNT" ] && exit 0; sleep 300')
    steps = [
        (4.0, lambda: slurm.scontrol("requeue", again)),
        (8.0, lambda: slurm.scontrol("update", f"job={again}", "StartTime=now")),
    ]
    recorded["requeued"] = moments(slurm, again, steps, 18)
    array = slurm.submit("--array=0-5%2", "--wrap", "sleep 2")
    recorded["array"] = moments(slurm, array, [], 18)
    return recorded


def write(directory: Path, slurm: Cluster) -> None:
    """Makes and records everything."""
    since = int(time.time()) - 1
    made = states.make(slurm, states.ALONE) | states.make(slurm, states.BESIDE_OTHERS)
    slurm.settled(*(job for one in made.values() if one.settles for job in one.jobs))
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    (directory / "format").write_text(",".join([*slurm.fields(), SENTINEL]) + "\n", encoding="utf-8")
    told = {name: one._asdict() for name, one in made.items()}
    (directory / "made.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    texts = {name: sacct_text(slurm, "-j", ",".join(one.jobs)) for name, one in made.items()}
    texts["window"] = sacct_text(slurm, "-u", "0", "-S", f"uts{since}", "-E", "now", "--name", slurm.name)
    for name, seen in record_moments(slurm).items():
        texts |= {f"{name}.moments/{number:02}": text for number, text in enumerate(seen)}
    for name, text in texts.items():
        path = directory / f"{name}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{text}\n", encoding="utf-8", errors="surrogateescape", newline="")
        print(f"{path}: {len(text.encode('utf-8', 'surrogateescape'))} bytes")


def main() -> None:
    """Records in a directory that does not tell where the person keeps their work."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--directory", type=Path, default=Path("/scratch/ada/bert"), help="the jobs' work directory")
    options = parser.parse_args()
    find_cluster(os.environ)
    options.directory.mkdir(parents=True)
    try:
        (options.directory / "home").mkdir()
        environment = environment_in(options.directory / "home")
        os.environ.clear()
        os.environ.update(environment)
        slurm = Cluster(options.directory, "train")
        version = slurm.run("sinfo", "--version").split()[-1]
        with held(fcntl.LOCK_EX):
            write(HERE.parent / "fixtures/slurm" / ".".join(version.split(".")[:2]), slurm)
        slurm.clean_up()
    finally:
        shutil.rmtree(options.directory)


if __name__ == "__main__":
    main()
