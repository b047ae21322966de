"""With the shim first on PATH the real sbatch, srun and salloc do all that they do without it."""

import os
import pty
import re
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from journal.install.slurm_shim import shim_dir
from tests.git_repo import GitRepo
from tests.hooks.shims import Shims, make_shims, unescaped
from tests.slurm.cluster import Cluster


@pytest.fixture
def shims(slurm: Cluster, repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shims:
    """The shims in a repository with one commit and one change; jobs run there, under the test's name."""
    repo.commit("first", a="1", **{".gitignore": "slurm-*.out\n"})
    repo.write("a", "2")
    monkeypatch.setenv("SBATCH_JOB_NAME", slurm.name)
    monkeypatch.setenv("SLURM_JOB_NAME", slurm.name)
    return make_shims(tmp_path / "data", repo, monkeypatch, os.environ["PATH"])


def without_ids(text: bytes) -> bytes:
    """What a command printed, less what differs from one job to the next."""
    return re.sub(rb"\d{4}-\d\d-\d\dT[\d:]+|\d+", b"N", text)


def job_of(slurm: Cluster, text: str) -> str:
    """The id that sbatch printed; the job is cancelled when the test ends."""
    found = re.search(r"\d+", text)
    assert found, text
    return slurm.mine(found[0])


SAME: dict[str, tuple[Sequence[str], bytes]] = {
    "a script on stdin": ([], b"#!/bin/sh\necho hello $1\n"),
    "parsable": (["--parsable"], b"#!/bin/sh\n"),
    "a wrapped script of some lines": (["--wrap", "echo 'a\\b'\necho \"$HOME\""], b""),
    "an array": (["--array=0-1", "--wrap", "true"], b""),
    "a heterogeneous job": (["-n1", "--wrap", "true", ":", "-n2"], b""),
    "quietly": (["-Q", "--wrap", "true"], b""),
    "verbosely": (["-v", "--wrap", "true"], b""),
    "only a test": (["--test-only", "--wrap", "true"], b""),
    "help": (["--help"], b""),
    "version": (["-V"], b""),
    "a partition that is not there": (["-p", "nowhere", "--wrap", "true"], b""),
    "an option that is not there": (["--nowhere", "job.sh"], b""),
    "a script that is not there": (["nowhere.sh"], b""),
    "nothing on stdin": ([], b""),
    "waiting for success": (["-W", "--wrap", "true"], b""),
    "waiting for failure": (["--wait", "--wrap", "exit 7"], b""),
    "waiting by the script's own option": ([], b"#!/bin/sh\n#SBATCH --wait\nexit 3\n"),
}


@pytest.mark.parametrize("case", SAME)
def test_as_without_it(slurm: Cluster, shims: Shims, case: str) -> None:
    words, stdin = SAME[case]
    bare = subprocess.run(
        ["sbatch", *words], cwd=shims.repo.path, input=stdin, capture_output=True, timeout=60, check=False
    )
    with_shim = shims("sbatch", *words, stdin=stdin)
    assert with_shim.status == bare.returncode
    assert without_ids(with_shim.out) == without_ids(bare.stdout)
    if case != "verbosely":  # which tells of the environment and of what was measured
        assert without_ids(with_shim.err) == without_ids(bare.stderr)
    for out in (bare.stdout, with_shim.out):
        if re.match(rb"(Submitted batch job )?\d", out):
            job_of(slurm, out.decode())
    records = shims.spooled()
    submitted = case not in {"only a test", "help", "version"} and (bare.returncode == 0 or bool(bare.stdout))
    assert len(records) == submitted
    if submitted:
        assert records[0].fields["output"] == with_shim.out.decode().split("\n")[0]
        assert unescaped(records[0]) == list(words)
        assert shims.repo.git("show", f"{records[0].fields['snapshot']}:a") == "2"


def test_the_job_and_accounting_see_nothing_of_it(slurm: Cluster, shims: Shims) -> None:
    script = shims.repo.write("job.sh", "#!/bin/bash\nenv -0 >env\nmodule\n")
    functions = {"BASH_FUNC_module%%": "() {  echo loaded\n}"}
    seen: list[dict[str, str]] = []
    lines: list[str] = []
    for path in (shims.path, shims.env["PATH"]):
        words = ["env", "sbatch", "--parsable", "--nodelist=n1", "job.sh"]
        env = {**os.environ, **functions, "PATH": path, "data": "1", "line": "2"}
        done = subprocess.run(words, cwd=script.parent, env=env, capture_output=True, text=True, check=True)
        job = job_of(slurm, done.stdout)
        slurm.wait_for(job)
        assert slurm.output(job, cwd=script.parent) == "loaded\n"
        pairs = (shims.repo.path / "env").read_text().split("\0")
        seen.append(dict(pair.partition("=")[::2] for pair in pairs if pair))
        lines.append(slurm.settled(job)[0]["SubmitLine"])
    assert lines == ["sbatch --parsable --nodelist=n1 job.sh"] * 2
    changing = {
        "PATH",
        "_",
        "SLURM_JOB_ID",
        "SLURM_JOBID",
        "SLURM_TASK_PID",
        "SLURM_JOB_START_TIME",
        "SLURM_JOB_END_TIME",
    }
    bare, with_shim = ({key: value for key, value in one.items() if key not in changing} for one in seen)
    assert with_shim == bare


def test_the_id_is_there_while_it_waits(slurm: Cluster, shims: Shims) -> None:
    words = [shim_dir(shims.data) / "sbatch", "-W", "--wrap", "sleep 60"]
    with subprocess.Popen(words, cwd=shims.repo.path, env=shims.env, stdout=subprocess.PIPE, text=True) as waiting:
        assert waiting.stdout
        job = job_of(slurm, waiting.stdout.readline())
        time.sleep(0.3)
        (record,) = shims.spooled()
        assert record.fields["output"] == f"Submitted batch job {job}"
        slurm.wait_for(job, "RUNNING")
        slurm.run("scancel", job)
    assert waiting.returncode == 1


def test_ctrl_c_on_a_terminal(slurm: Cluster, shims: Shims) -> None:
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(shims.repo.path)
        os.execvpe("sbatch", ["sbatch", "-W", "--wrap", "sleep 60"], shims.env)  # noqa: S606 - no shell is wanted
    output = b""
    while b"\n" not in output:
        output += os.read(terminal, 1024)
    job = job_of(slurm, output.decode())
    os.write(terminal, b"\x03")
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGINT
    assert slurm.state(job) in {"PENDING", "RUNNING", "CONFIGURING"}  # as without: the job goes on
    assert len(shims.spooled()) == 1


def test_output_to_a_file_is_whole_when_it_returns(slurm: Cluster, shims: Shims) -> None:
    for _ in range(5):
        script = f"'{shim_dir(shims.data)}/sbatch' --wrap true >told; cat told"
        done = subprocess.run(
            ["sh", "-c", script], cwd=shims.repo.path, env=shims.env, capture_output=True, text=True, check=True
        )
        assert re.fullmatch(r"Submitted batch job \d+\n", done.stdout)
        job_of(slurm, done.stdout)


def test_srun_and_salloc(slurm: Cluster, shims: Shims) -> None:
    done = shims("srun", "-Q", "-n1", "sh", "-c", "cat; exit 5", stdin=b"in\n")
    assert (done.status, done.out) == (5, b"in\n")
    done = shims("salloc", "-Q", "-n1", "sh", "-c", "srun -Q -n1 printenv SLURM_JOB_ID")
    assert done.status == 0
    assert done.out.strip().isdigit()
    records = shims.spooled()  # of the srun in the allocation there is none
    assert [record.fields["event"] for record in records] == ["srun", "salloc"]
    assert all(record.fields["snapshot"] for record in records)
