"""The shim of sbatch in front of a stand-in, in each shell that may run it."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from journal.install.slurm_shim import install_shim, shim_dir
from tests.disks import as_root, fill, small_disk
from tests.git_repo import GitRepo
from tests.hooks.shims import Shims, make_shims, unescaped

INTERPRETERS = {"dash": "dash", "bash": "bash -p", "busybox": "busybox sh"}

STAND_IN = """#!/bin/sh
# Tells what it was given, then does as its script says.
for word; do printf '<%s>' "$word"; done >"$GIVEN"
env -0 >"$GIVEN.env"
eval "$STAND_IN"
"""


@pytest.fixture(params=INTERPRETERS)
def shims(request: pytest.FixtureRequest, repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shims:
    """Shims in front of stand-ins, in a repository with one commit and one change."""
    program, _, option = INTERPRETERS[request.param].partition(" ")
    found = shutil.which(program)
    if not found:
        pytest.skip(f"{program} is not installed")
    for name in ("sbatch", "srun", "salloc"):
        stand_in = tmp_path / "bin" / name
        stand_in.parent.mkdir(exist_ok=True)
        stand_in.write_text(STAND_IN)
        stand_in.chmod(0o755)
    monkeypatch.setenv("GIVEN", str(tmp_path / "given"))
    monkeypatch.setenv("STAND_IN", "echo Submitted batch job 7")
    repo.commit("first", a="1")
    repo.write("a", "2")
    made = make_shims(tmp_path / "my data", repo, monkeypatch, f"{tmp_path}/bin:{os.environ['PATH']}")
    made.interpreted_by(f"{found} {option}".strip())
    return made


def given(shims: Shims) -> str:
    return Path(os.environ["GIVEN"]).read_text()


def test_a_record(shims: Shims) -> None:
    words = ["--wrap", "echo 'a\\b'\n\npython x.py --lr=1 \\\n  x", "", "é \\n", "$HOME"]
    done = shims("sbatch", *words, env={"CLAUDE_CODE_SESSION_ID": "4f1c", "SBATCH_CLUSTERS": "lumi"})
    assert done == (0, b"Submitted batch job 7\n", b"")
    assert given(shims) == "".join(f"<{word}>" for word in words)
    (record,) = shims.spooled()
    repo, snapshot = shims.repo, record.fields["snapshot"]
    assert record.fields == {
        "source": "slurm",
        "event": "sbatch",
        "git_dir": f"{repo.path}/.git",
        "root": str(repo.path),
        "cwd": str(repo.path),
        "host": Path("/proc/sys/kernel/hostname").read_text().strip(),
        "head": "ref: refs/heads/main",
        "sha": repo.git("rev-parse", "HEAD"),
        "snapshot": snapshot,
        "base": repo.git("rev-parse", "HEAD"),
        "problem": "",
        "left_out": "0",
        "session": "4f1c",
        "clusters": "lumi",
        "output": "Submitted batch job 7",
    }
    assert repo.git("show", f"{snapshot}:a") == "2"
    assert unescaped(record) == words


def test_in_a_subdirectory_and_a_linked_worktree(shims: Shims, tmp_path: Path) -> None:
    shims.repo.write("sub/b", "1")
    shims("sbatch", "x", cwd=shims.repo.path / "sub")
    (record,) = shims.spooled()
    assert (record.fields["root"], record.fields["cwd"]) == (str(shims.repo.path), f"{shims.repo.path}/sub")
    shims.repo.git("worktree", "add", "-q", tmp_path / "linked")
    shims("sbatch", "x", cwd=tmp_path / "linked")
    (record,) = shims.spooled()
    assert record.fields["git_dir"] == f"{shims.repo.path}/.git/worktrees/linked"


@pytest.mark.parametrize(
    "output",
    [
        "7\n",
        "7;lumi\n",
        "7",
        "Submitted batch job 7 on cluster lumi\n",
        "\n\n  7\nx\n",
        "no newline",
        "\\ %s \t\n",
        "é\n",
    ],
)
@pytest.mark.parametrize("status", [0, 3])
def test_output_and_status_come_through(shims: Shims, tmp_path: Path, output: str, status: int) -> None:
    (tmp_path / "output").write_text(output)
    done = shims(
        "sbatch", "x", env={"STAND_IN": f"cat {tmp_path}/output; echo no >&2; cat; exit {status}"}, stdin=b"in\n"
    )
    assert done == (status, f"{output}in\n".encode(), b"no\n")
    records = shims.spooled()
    told = output in {"7\n", "7;lumi\n", "Submitted batch job 7 on cluster lumi\n"}
    assert len(records) == (told or status == 0)
    if told:
        assert records[0].fields["output"] == output.strip()


def test_what_says_nothing(shims: Shims) -> None:
    assert shims("sbatch", "-Q", "x", env={"STAND_IN": ":"}) == (0, b"", b"")
    (record,) = shims.spooled()
    assert record.fields["output"] == ""
    assert shims("sbatch", "x", env={"STAND_IN": "echo why >&2; exit 1"}) == (1, b"", b"why\n")
    assert shims.spooled() == []


@pytest.mark.parametrize(
    "words",
    [
        ["--help"], ["-h"], ["-V"], ["--version"], ["--usage"], ["--test-only", "job.sh"], ["-H", "--test-only"],
        ["-p", "main", "--test-only", "x"], ["--partition", "main", "-N2", "--test-only", "x"],
        ["-n1", ":", "-n2", "--test-only", "x"], ["--wrap=x", "--test-only"], ["--wrap", "x", "--test"],
        ["--exclusive", "--test-only", "x"],
    ],
)  # fmt: skip
def test_who_only_asks_is_left_alone(shims: Shims, words: list[str]) -> None:
    assert shims("sbatch", *words).out == b"Submitted batch job 7\n"
    assert shims.spooled() == []
    assert shims.repo.git("for-each-ref", "refs/journal") == ""


@pytest.mark.parametrize(
    "words", [["x", "--help"], ["-p", "main", "x", "--test-only"], ["--wrap", "python x --help"], ["--wrap", "--help"]]
)
def test_a_script_s_own_arguments_ask_nothing(shims: Shims, words: list[str]) -> None:
    shims("sbatch", *words)
    assert len(shims.spooled()) == 1


@pytest.mark.parametrize("name", ["srun", "salloc"])
def test_srun_and_salloc(shims: Shims, name: str) -> None:
    env = {"STAND_IN": "cat; exit 5"}
    assert shims(name, "-n1", "train", stdin=b"\0bytes", env=env) == (5, b"\0bytes", b"")
    (record,) = shims.spooled()
    assert (record.fields["event"], record.fields["output"]) == (name, "")
    assert record.fields["snapshot"]
    assert shims(name, "-n1", "train", env={**env, "SLURM_JOB_ID": "7"}).status == 5
    assert shims.spooled() == []


def test_the_environment_comes_through(shims: Shims) -> None:
    odd = {
        "data": "1", "line": "2", "name": "3", "IFS": "x", "status": "4", "real": "5", "git_dir": "6", "newline": "7",
        "path": "8", "LC_ALL": "C.UTF-8", "EMPTY": "", "multi": "a\nb", "SHLVL": "4",
    }  # fmt: skip
    shims("sbatch", "x", env=odd)
    pairs = Path(os.environ["GIVEN"] + ".env").read_text().split("\0")
    seen = dict(pair.partition("=")[::2] for pair in pairs if pair)
    of_the_shell = {"_", "IFS", "OLDPWD", "PWD", "SHLVL"}  # any shell sets them, the stand-in's too
    wanted = shims.env | odd
    assert {key: value for key, value in seen.items() if key not in of_the_shell} == {
        key: value for key, value in wanted.items() if key not in of_the_shell
    }


def test_exported_functions_come_through(shims: Shims, tmp_path: Path) -> None:
    shims.interpreted_by(f"{shutil.which('bash')} -p")  # as it is where there is a bash: other shells drop them
    (tmp_path / "bin/sbatch").write_text("#!/usr/bin/env -S bash -p\nenv | grep -a -A1 -e BASH_FUNC -e dot\n")
    done = shims(
        "sbatch", "x", env={"BASH_FUNC_module%%": "() {  echo hi\n}", "with.dot": "x", "BASH_FUNC_a-b%%": "() { :\n}"}
    )
    assert done.err == b""
    assert {b"BASH_FUNC_module%%=() {  echo hi", b"with.dot=x", b"BASH_FUNC_a-b%%=() { :"} <= set(done.out.split(b"\n"))


def test_each_line_is_passed_on_as_soon_as_it_comes(shims: Shims) -> None:
    env = {**shims.env, "STAND_IN": "echo 7; sleep 2; echo later"}
    started = time.monotonic()
    with subprocess.Popen(
        [shim_dir(shims.data) / "sbatch", "x"], cwd=shims.repo.path, env=env, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"7\n"
        assert time.monotonic() - started < 1.9
        time.sleep(0.4)
        assert process.poll() is None
        assert len(shims.spooled()) == 1
        assert process.stdout.read() == b"later\n"
    assert process.returncode == 0


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_of_the_terminal(shims: Shims, signal_number: signal.Signals) -> None:
    env = {**shims.env, "STAND_IN": "echo 7; exec sleep 30"}
    process = subprocess.Popen(
        [shim_dir(shims.data) / "sbatch", "x"], cwd=shims.repo.path, env=env, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    assert process.stdout
    assert process.stdout.readline() == b"7\n"
    os.killpg(process.pid, signal_number)
    assert process.wait(timeout=10) == -signal_number
    process.stdout.read()  # until all that belonged to it has ended
    process.stdout.close()
    assert len(shims.spooled()) == 1


def test_ctrl_c_while_the_snapshot_is_taken(shims: Shims, tmp_path: Path) -> None:
    shims.repo.git("config", "filter.slow.clean", f"touch {tmp_path}/begun; sleep 30")
    shims.repo.write(".gitattributes", "a filter=slow\n")
    process = subprocess.Popen(
        [shim_dir(shims.data) / "sbatch", "x"], cwd=shims.repo.path, env=shims.env, start_new_session=True
    )
    deadline = time.monotonic() + 10
    while not (tmp_path / "begun").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(timeout=5) == -signal.SIGINT
    assert not Path(os.environ["GIVEN"]).exists()
    assert shims.spooled() == []


def test_what_the_real_one_makes_of_ctrl_c_counts(shims: Shims) -> None:
    env = {**shims.env, "STAND_IN": "trap 'echo stopping; exit 9' INT; echo 7; sleep 30 & wait"}
    process = subprocess.Popen(
        [shim_dir(shims.data) / "sbatch", "x"], cwd=shims.repo.path, env=env, stdout=subprocess.PIPE,
        start_new_session=True,
    )  # fmt: skip
    assert process.stdout
    assert process.stdout.readline() == b"7\n"
    os.killpg(process.pid, signal.SIGINT)
    assert process.stdout.read() == b"stopping\n"
    assert process.wait(timeout=10) == 9


def test_a_status_of_a_signal_is_passed_on(shims: Shims) -> None:
    assert shims("sbatch", "x", env={"STAND_IN": "kill -TERM $$"}).status == 143
    assert shims("sbatch", "x", env={"STAND_IN": "exit 130"}).status == 130


def test_nobody_reads(shims: Shims) -> None:
    command = f"'{shim_dir(shims.data)}/sbatch' x | true"
    done = subprocess.run(["sh", "-c", command], cwd=shims.repo.path, env=shims.env, capture_output=True, check=False)
    assert done.stderr == b""
    assert len(shims.spooled()) == 1
    closed = subprocess.run(
        ["sh", "-c", f"'{shim_dir(shims.data)}/sbatch' x >&-"], cwd=shims.repo.path, env=shims.env, check=False
    )
    assert closed.returncode == 0


def test_what_is_no_repository_of_ours(shims: Shims, tmp_path: Path) -> None:
    other = GitRepo.create(tmp_path / "other")
    for directory in (tmp_path, other.path):
        assert shims("sbatch", "x", cwd=directory).out == b"Submitted batch job 7\n"
    assert shims.spooled() == []
    assert other.git("for-each-ref") == ""


def test_code_that_a_rerun_wrote_is_left_alone(shims: Shims) -> None:
    code = shims.repo.path / ".git/journal/code/5abd382a5903/src"
    code.mkdir(parents=True)
    assert shims("sbatch", "job.sh", cwd=code).status == 0
    assert shims.spooled() == []


@pytest.mark.parametrize("place", ["two data directories", "links to them", "twice"])
def test_shims_do_not_find_each_other(
    shims: Shims, tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other data"
    monkeypatch.setenv("PATH", shims.path)
    install_shim(other)
    first = [str(shim_dir(other)), f"{shim_dir(shims.data)}/"]
    if place == "links to them":
        first = [str(tmp_path / "a"), str(tmp_path / "b")]
        for directory, data in zip(first, (other, shims.data), strict=True):
            Path(directory).mkdir()
            Path(directory, "sbatch").symlink_to(shim_dir(data) / "sbatch")
    elif place == "twice":
        first = [str(shim_dir(shims.data))] * 2
    done = subprocess.run(
        ["sbatch", "x"], cwd=shims.repo.path, env={**shims.env, "PATH": ":".join([*first, shims.path])},
        capture_output=True, timeout=20, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, b"Submitted batch job 7\n")
    assert len(shims.spooled()) == (place != "links to them" and place != "two data directories")


def test_no_real_one(shims: Shims, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "bin")
    done = shims("sbatch", "x", env={"PATH": f"{shim_dir(shims.data)}:{tmp_path}"})
    assert done.status == 127
    assert b"not found" in done.err


@pytest.mark.parametrize(
    "trouble", ["no snapshot", "no submission", "no record", "no git", "no spool", "bad clone", "no tools"]
)
def test_trouble_is_not_the_job_s(shims: Shims, tmp_path: Path, trouble: str) -> None:
    env: dict[str, str] = {}
    if trouble.split()[1] in {"snapshot", "submission"}:
        (shims.data / "hooks/slurm" / trouble.split()[1]).unlink()
    elif trouble == "no record":
        shutil.rmtree(shims.data / "hooks/git")
    elif trouble == "no spool":
        shutil.rmtree(shims.data / "spool")
        (shims.data / "spool").write_text("")
    elif trouble == "bad clone":
        (shims.repo.path / ".git/HEAD").unlink()
    elif trouble in {"no git", "no tools"}:
        (tmp_path / "tools").mkdir()
        for name in (
            "cat",
            "env",
            "sh",
            *(("cp", "stat", "grep", "rm", "tr", "timeout") if trouble == "no git" else ()),
        ):
            (tmp_path / "tools" / name).symlink_to(str(shutil.which(name)))
        env["PATH"] = f"{shim_dir(shims.data)}:{tmp_path}/bin:{tmp_path}/tools"
    assert shims("sbatch", "x", env=env) == (0, b"Submitted batch job 7\n", b"")
    if trouble in {"no snapshot", "no git", "no tools", "bad clone"}:
        (record,) = shims.spooled()
        assert record.fields["problem"]
        assert not record.fields["snapshot"]


@as_root
def test_a_full_disk(shims: Shims) -> None:
    spool = shims.data / "spool"
    shutil.rmtree(spool)
    with small_disk(spool, "4k"):
        (spool / "new").mkdir()
        fill(spool)
        assert shims("sbatch", "x") == (0, b"Submitted batch job 7\n", b"")


def test_a_snapshot_that_hangs(shims: Shims) -> None:
    submission = shims.data / "hooks/slurm/submission"
    submission.write_text(submission.read_text().replace(" 1 20 sh", " 1 1 sh"))
    shims.repo.git("config", "filter.slow.clean", "sleep 30")
    shims.repo.write(".gitattributes", "a filter=slow\n")
    started = time.monotonic()
    assert shims("sbatch", "x") == (0, b"Submitted batch job 7\n", b"")
    assert time.monotonic() - started < 10
    (record,) = shims.spooled()
    assert "longer than" in record.fields["problem"]


def test_a_capture_follows(shims: Shims, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    journal.write_text(f'#!/bin/sh\necho "$*" in "$PWD" with $(umask) >>\'{tmp_path}/captured\'\n')
    journal.chmod(0o755)
    (shims.data / "hooks/journal-command").write_text(f"{journal}\n")
    old = os.umask(0o022)
    shims("sbatch", "x")
    os.umask(old)
    deadline = time.monotonic() + 10
    while not (tmp_path / "captured").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert (tmp_path / "captured").read_text() == f"capture --quiet in {shims.repo.path} with 0022\n"
