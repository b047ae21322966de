"""The shell script of the hooks, in each shell that /bin/sh may be, without git."""

import os
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from journal.install.hook_scripts import install_scripts, shell_command
from journal.spool import Record, read_spool
from tests.disks import as_root, fill, small_disk
from tests.git_repo import GitRepo

SHELLS = {"dash": ["dash"], "bash": ["bash", "--posix"], "busybox": ["busybox", "sh"]}


class Shell:
    """Runs the hook as git does: `sh -c COMMAND "$@"`.

    Args:
        words: the shell.
        data: the data directory.
        repo: where it runs.
    """

    def __init__(self, words: list[str], data: Path, repo: GitRepo) -> None:
        self.words = words
        self.data = data
        self.repo = repo

    def run(self, event: str, *args: str, stdin: bytes = b"", cwd: Path | None = None, **env: str) -> list[Record]:
        """What the hook left in the spool; asserts that it was silent and succeeded."""
        done = subprocess.run(
            [*self.words, "-c", f'{shell_command(self.data, event)} "$@"', event, *args],
            cwd=cwd or self.repo.path,
            env={**os.environ, **env},
            input=stdin,
            capture_output=True,
            timeout=20,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
        records = list(read_spool(self.data / "spool")) if (self.data / "spool/new").is_dir() else []
        for record in records:
            record.path.unlink()
        return records


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest, repo: GitRepo, tmp_path: Path) -> Shell:
    """Each shell, in a repository with one commit, with no capture to start."""
    words = SHELLS[request.param]
    if not shutil.which(words[0]):
        pytest.skip(f"{words[0]} is not installed")
    data = tmp_path / "the person's data"
    install_scripts(data, tmp_path / "no journal")
    repo.commit("first", a="1")
    return Shell(words, data, repo)


def test_a_record(shell: Shell) -> None:
    (record,) = shell.run("post-checkout", "1", "2", "3", CLAUDE_CODE_SESSION_ID="4f1c")
    assert record.fields == {
        "source": "git",
        "event": "post-checkout",
        "git_dir": f"{shell.repo.path}/.git",
        "cwd": str(shell.repo.path),
        "head": "ref: refs/heads/main",
        "sha": shell.repo.git("rev-parse", "HEAD"),
        "session": "4f1c",
        "args": "1 2 3",
    }


@pytest.mark.parametrize("lines", [0, 1, 15, 16, 17, 300])
def test_standard_input_of_any_length(shell: Shell, lines: int) -> None:
    body = "".join(f"{number:040x} {number + 1:040x}\n" for number in range(lines))
    (record,) = shell.run("post-rewrite", "rebase", stdin=body.encode())
    assert record.body == body.removesuffix("\n")
    assert record.fields["args"] == "rebase"


def test_standard_input_is_left_to_others_otherwise(shell: Shell) -> None:
    (record,) = shell.run("post-merge", "0", stdin=b"a\n.\n--\n")
    assert record.body == ""


def test_no_value_can_add_a_line(shell: Shell) -> None:
    (record,) = shell.run("post-checkout", "a\nevent forged", CLAUDE_CODE_SESSION_ID="x\n--\nbody")
    assert (record.fields["event"], record.fields["args"], record.fields["session"]) == ("post-checkout", "", "")
    assert record.body == ""


@pytest.mark.parametrize("name", ["a b", "a'b\"c", "$(touch x)", "--", "é\u2028", "-n %s \\c", "with\nnewline"])
def test_any_directory(shell: Shell, tmp_path: Path, name: str) -> None:
    repo = GitRepo.create(tmp_path / "in" / name)
    sha = repo.commit("x")
    (record,) = shell.run("post-commit", cwd=repo.path)
    assert record.fields["cwd"] == ("" if "\n" in name else str(repo.path))
    assert record.fields["sha"] == sha


def test_detached_packed_and_unborn(shell: Shell, tmp_path: Path) -> None:
    sha = shell.repo.git("rev-parse", "HEAD")
    shell.repo.git("pack-refs", "--all")
    (record,) = shell.run("post-commit")
    assert (record.fields["head"], record.fields["sha"]) == ("ref: refs/heads/main", "")
    shell.repo.git("checkout", "-q", "--detach")
    (record,) = shell.run("post-commit")
    assert (record.fields["head"], record.fields["sha"]) == (sha, sha)
    unborn = GitRepo.create(tmp_path / "unborn")
    (record,) = shell.run("post-commit", cwd=unborn.path)
    assert (record.fields["head"], record.fields["sha"]) == ("ref: refs/heads/main", "")


def test_git_dir_is_what_git_says_it_is(shell: Shell, tmp_path: Path) -> None:
    (record,) = shell.run("post-commit", cwd=tmp_path, GIT_DIR="repo/.git")
    assert record.fields["git_dir"] == f"{tmp_path}/repo/.git"
    assert record.fields["sha"]
    shell.repo.git("worktree", "add", "-q", "-b", "side", tmp_path / "linked")
    (record,) = shell.run("post-checkout", cwd=tmp_path / "linked")  # without GIT_DIR, as `git worktree add` runs it
    assert record.fields["git_dir"] == f"{shell.repo.path}/.git/worktrees/linked"
    assert (record.fields["head"], record.fields["sha"]) == (
        "ref: refs/heads/side",
        shell.repo.git("rev-parse", "side"),
    )


def test_a_taken_name_is_not_written_over(shell: Shell) -> None:
    spool = shell.data / "spool/new"
    # The shell's own process id, known before it writes: another machine has taken that name.
    script = f': >"{spool}/$$"; {shell_command(shell.data, "post-commit")}'
    subprocess.run([*shell.words, "-c", script], cwd=shell.repo.path, check=True)
    taken, written = sorted(spool.iterdir())
    assert written.name == f"{taken.name}-1"
    assert taken.stat().st_size == 0
    assert len(list(read_spool(shell.data / "spool"))) == 1


def test_files_are_private_and_the_umask_comes_back(shell: Shell, tmp_path: Path) -> None:
    shutil.rmtree(shell.data / "spool")
    event = shell_command(shell.data, "post-commit")
    done = subprocess.run(
        [*shell.words, "-c", f"umask 002; {event}\numask; >'{tmp_path}/a'; >'{tmp_path}/a'"],
        cwd=shell.repo.path, capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, b"0002", b"")
    (file,) = (shell.data / "spool/new").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("trouble", ["no data", "no script", "spool is a file", "no repository"])
def test_trouble_is_not_the_commits(shell: Shell, tmp_path: Path, trouble: str) -> None:
    if trouble == "no data":
        shutil.rmtree(shell.data)
    elif trouble == "no script":
        (shell.data / "hooks/git/record").unlink()
    elif trouble == "spool is a file":
        shutil.rmtree(shell.data / "spool")
        (shell.data / "spool").write_text("")
    records = shell.run("post-commit", cwd=tmp_path if trouble == "no repository" else None)
    assert len(records) == (trouble == "no repository")


@as_root
def test_a_full_disk_leaves_a_torn_file_at_most(shell: Shell) -> None:
    spool = shell.data / "spool"
    shutil.rmtree(spool)
    with small_disk(spool, "4k"):
        (spool / "new").mkdir()
        fill(spool)
        command = [*shell.words, "-c", shell_command(shell.data, "post-commit")]
        done = subprocess.run(command, cwd=shell.repo.path, capture_output=True, check=False)
        left = list((spool / "new").iterdir())
    assert done.returncode == 0
    assert done.stderr == b""
    assert len(left) <= 1


# The capture that follows -------------------------------------------------------------------------------------------


@pytest.fixture
def captured(shell: Shell, tmp_path: Path) -> Path:
    """The file in which a `journal` writes down that it ran, how, and with what of git's environment."""
    log = tmp_path / "captured"
    journal = tmp_path / "my venv/journal"
    journal.parent.mkdir()
    journal.write_text(
        "#!/bin/sh\n{ echo \"$* in $PWD\"; env | grep -E '^(GIT_DIR|GIT_INDEX_FILE|JOURNAL_DATA_DIR)='; }"
        f" >>'{log}'\n"
    )
    journal.chmod(0o755)
    install_scripts(shell.data, journal)
    return log


def starts(captured: Path) -> int:
    """How many captures started, once all of them had the time to: more of it where none has yet, on a busy machine."""
    time.sleep(0.8)
    deadline = time.monotonic() + 2
    while not captured.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    return captured.read_text().count("capture --quiet") if captured.exists() else 0


def test_a_capture_starts_in_the_repository(shell: Shell, captured: Path) -> None:
    shell.run("post-commit", GIT_DIR=".git", GIT_INDEX_FILE=".git/index")
    assert starts(captured) == 1
    assert captured.read_text() == f"capture --quiet in {shell.repo.path}\nJOURNAL_DATA_DIR={shell.data}\n"
    assert not (shell.data / "spool/pending").exists()


def test_one_capture_for_a_burst(shell: Shell, captured: Path) -> None:
    hook = shell_command(shell.data, "post-commit")
    burst = f"for _ in 1 2 3 4 5 6 7 8; do (\n{hook}\n); done"  # in one shell, over before the capture starts
    subprocess.run([*shell.words, "-c", burst], cwd=shell.repo.path, check=True)
    assert len(list((shell.data / "spool/new").iterdir())) == 8
    assert starts(captured) == 1
    shell.run("post-commit")
    assert starts(captured) == 2


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("automatic_capture = false\n", 0),
        ("automatic_capture=false", 0),
        ("  automatic_capture\t=  false # not here\r\n", 0),
        ("automatic_documents = false\nautomatic_capture = false\n", 0),
        ("automatic_capture = true # not false\n", 1),
        ("# automatic_capture = false\n", 1),
        ("automatic_documents = false\n", 1),
        ("", 1),
    ],
)
def test_the_person_decides(shell: Shell, captured: Path, tmp_path: Path, config: str, expected: int) -> None:
    (tmp_path / "config.toml").write_text(config)
    assert len(shell.run("post-commit", JOURNAL_CONFIG=str(tmp_path / "config.toml"))) == 1
    assert starts(captured) == expected


def test_the_configuration_is_found_where_python_finds_it(
    shell: Shell, captured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from journal.paths import config_file

    for variable in ("JOURNAL_CONFIG", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(variable)
        config_file().parent.mkdir(parents=True, exist_ok=True)
        config_file().write_text("automatic_capture = false\n")
        shell.run("post-commit")
        assert starts(captured) == 0
        config_file().unlink()


@pytest.mark.parametrize(
    "kind", ["dead process", "another boot", "long ago", "in the future", "garbage", "empty", "directory"]
)
def test_nothing_left_behind_stops_captures(shell: Shell, captured: Path, kind: str) -> None:
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip() if sys.platform == "linux" else ""
    now = int(float(Path("/proc/uptime").read_text().split()[0])) if sys.platform == "linux" else 0
    alive = os.getpid()
    dead = subprocess.Popen(["true"])
    dead.wait()
    pending = shell.data / "spool/pending"
    if kind == "directory":
        pending.mkdir()
    else:
        pending.write_text(
            {
                "dead process": f"{dead.pid} {boot}- {now}\n",
                "another boot": f"{alive} 00000000-{boot}- {now}\n",
                "long ago": f"{alive} {boot}- {max(0, now - 60)}\n",
                "in the future": f"{alive} {boot}- {now + 60}\n",
                "garbage": "\x00 $(false) -1\n",
                "empty": "",
            }[kind]
        )
    shell.run("post-commit")
    assert starts(captured) == 1


def test_a_capture_outlives_its_terminal(shell: Shell, captured: Path) -> None:
    command = [*shell.words, "-c", shell_command(shell.data, "post-commit")]
    process = subprocess.Popen(command, cwd=shell.repo.path, start_new_session=True)
    process.wait()
    os.killpg(process.pid, 1)  # hang-up, while the capture waits
    assert starts(captured) == 1
