from typing import Any

import pytest

from journal.derive.job import Job, Submission
from journal.derive.job_output import output_of

ATTEMPT = {"raw_id": "8123410", "task": "3", "name": "sweep", "user": "ada", "nodes": "nid[005921-005922],x1"}
SINGLE = {"raw_id": "8123407"}


def job(*arguments: str, command: str | None = "sbatch") -> Job:
    submission = Submission("e", "", {"argv": list(arguments)}) if arguments else None
    return Job("e", None, "lab", "8123407", "", "train", command, "/p", (), submission)


@pytest.mark.parametrize(
    ("arguments", "attempt", "script", "stdout", "stderr"),
    [
        ((), SINGLE, None, "/p/slurm-8123407.out", None),
        ((), ATTEMPT, None, "/p/slurm-8123407_3.out", None),
        ((), {**SINGLE, "stdout": "/x/%j.log", "stderr": "/x/%j.log"}, None, "/x/8123407.log", None),
        (("-o", "logs/%x-%A_%a-%u-%N.out", "-e", "err"), ATTEMPT, None,
         "/p/logs/sweep-8123407_3-ada-nid005921.out", "/p/err"),
        (("--output=%5a-%j-%%-%y.out",), ATTEMPT, None, "/p/00003-8123410-%-%y.out", None),
        (("-o", "%A-%a-%b-%3j-%12j-%5x-%y-%3%-%4y-%12-%.out"), {**SINGLE, "raw_id": "189", "name": "007"}, None,
         "/p/8123407-4294967294-4-189-0000000189-007-%y-3%-4y-2-%.out", None),
        (("-o", "%b-%3t-%2n-%s.out"), ATTEMPT, None, "/p/3-0-0-batch.out", None),
        ((), SINGLE, "#!/bin/sh\n#SBATCH -o 'my logs/%x.out' -e b# c\n#SBATCH -J 'x", "/p/my logs/train.out", "/p/b"),
        ((), SINGLE, "#!/bin/sh\n#SBATCH -o b.out -J 'x\n", "/p/b.out", None),
        (("-oa.out",), SINGLE, "#!/bin/sh\n#SBATCH -o b.out\n", "/p/a.out", None),
        ((), SINGLE, '#!/bin/sh\n# comment\n#SBATCH --output="b.out" # here\ntrue\n#SBATCH -e c.err', "/p/b.out", None),
        (("-o", "a\\%j.out"), SINGLE, None, "/p/a%j.out", None),
        (("-o",), SINGLE, None, "/p/slurm-8123407.out", None),
        (("-o", "../x/./a"), SINGLE, None, "/x/a", None),
    ],
)  # fmt: skip
def test_where_output_goes(
    arguments: tuple[str, ...], attempt: dict[str, Any], script: str | None, stdout: str, stderr: str | None
) -> None:
    assert output_of(job(*arguments), attempt, script)[:2] == (stdout, stderr)


def test_where_it_is_not_known() -> None:
    assert output_of(job(command="srun"), SINGLE, None)[:2] == (None, None)
    assert output_of(job()._replace(work_dir=None), SINGLE, None)[:2] == (None, None)


def test_a_usual_name_is_told_from_one_that_was_asked_for() -> None:
    assert not output_of(job(), SINGLE, None).told
    for known in (output_of(job("-o", "x"), SINGLE, None), output_of(job(), SINGLE, "#!/bin/sh\ntrue\n")):
        assert known.told
