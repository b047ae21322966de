"""Where jobs really write, and where we say that they do."""

from contextlib import closing
from pathlib import Path

import pytest

from journal.derive.job_output import output_of
from journal.store.database import open_store
from journal.store.job_queries import find_job
from tests.slurm.capturing import cycle
from tests.slurm.cluster import Cluster

PATTERNS = [
    ("%x-%j.out", None),
    ("a-%A_%a-%3a-%12j-%J.out", "e-%u-%s-%t-%n.err"),
    ("b-%y-%4y-%12-%%-%3%-%5x.out", None),
    ("c\\%j.out", None),
    ("logs/%j/out", None),  # the directory is made beforehand, as Slurm makes none
]


@pytest.mark.parametrize("is_array", [False, True], ids=["single", "array"])
def test_output_is_where_we_say(slurm: Cluster, tmp_path: Path, is_array: bool) -> None:
    jobs: dict[str, tuple[str, str | None]] = {}
    for stdout, stderr in PATTERNS:
        arguments = ["--hold", f"--output={stdout}", "--wrap", "echo out; echo err >&2"]
        arguments += [f"--error={stderr}"] if stderr else []
        job = slurm.submit(*arguments, *(["--array=13"] if is_array else []))
        jobs[job] = (stdout, stderr)
        (tmp_path / "logs" / job).mkdir(parents=True)
        slurm.scontrol("release", job)
    slurm.settled(*jobs)
    with closing(open_store(tmp_path / "journal.sqlite3")) as store:
        cycle(store, list(jobs), 0.0)
        for number, (stdout, stderr) in jobs.items():
            found = find_job(store, number, None)
            assert found is not None
            told = dict(found.job.attempts[0])
            asked = {**told, "stdout": stdout, "stderr": stderr}  # as accounting has them since 24.05, and as asked for
            for attempt in (told, asked) if told.get("stdout") else (asked,):
                output = output_of(found.job, attempt, None)
                assert output.stdout is not None
                wanted = "out\n" if stderr else "out\nerr\n"
                assert Path(output.stdout).read_text() == wanted, (stdout, attempt.get("stdout"))
                if stderr:
                    assert output.stderr is not None
                    assert Path(output.stderr).read_text() == "err\n"


def test_directives_are_read_as_sbatch_reads_them(slurm: Cluster, tmp_path: Path) -> None:
    directives = ["#SBATCH -o 'my logs'/%j.out # here", '#SBATCH --error="my err"%j#no', "#SBATCH -J 'a b'"]
    script = "\n".join([*directives, "echo out", "#SBATCH -o later.out", "echo err >&2"])
    (tmp_path / "my logs").mkdir()
    job = slurm.submit(script=script)
    slurm.settled(job)
    with closing(open_store(tmp_path / "journal.sqlite3")) as store:
        cycle(store, [job], 0.0)
        found = find_job(store, job, None)
    assert found is not None
    attempt = {name: value for name, value in found.job.attempts[0].items() if name not in ("stdout", "stderr")}
    output = output_of(found.job, attempt, f"#!/bin/sh\n{script}\n")
    assert output[:2] == (f"{tmp_path}/my logs/{job}.out", f"{tmp_path}/my err{job}")
    assert Path(f"{tmp_path}/my logs/{job}.out").read_text() == "out\n"
    assert Path(f"{tmp_path}/my err{job}").read_text() == "err\n"
