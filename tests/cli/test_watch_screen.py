"""The screen of `journal watch`, as a person in a terminal sees it and types at it."""

import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from journal.events import Batch
from journal.moments import from_datetime
from journal.paths import store_file
from journal.store.database import open_store
from journal.store.event_log import append_batch
from tests.cli.conftest import JOURNAL, Journal, eventually
from tests.git_repo import GitRepo
from tests.panes import Pane, pane_in
from tests.slurm.cluster import Cluster
from tests.store import stories

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("by_hand")]

WATCH = f"{JOURNAL} watch --every 1"


class Lab:
    """A repository with a journal, and jobs as the batch system would tell of them."""

    def __init__(self, repo: GitRepo) -> None:
        self.repo = repo
        self.now = datetime.now(UTC)
        self.log = repo.path / "slurm-8123519.out"
        self.log.write_text("".join(f"step {step}/50 | loss {1 / (step + 1):.4f}\n" for step in range(20)))
        with closing(open_store(store_file())) as connection:
            self.project, self._writer = connection.execute("SELECT project, writer FROM clone").fetchone()
        self.job("8123519", "train-full", "RUNNING", started_at=60, stdout=str(self.log), limit_s=7200)
        self.job("8123466", "bf16", "FAILED", started_at=180, ended_at=120, elapsed_s=60, exit_code=1)
        self.job("8123533", "eval\x1b[31m", "PENDING", reason="Priority")

    def job(self, number: str, name: str, state: str, **told: object) -> None:
        """The batch system tells of a job; times are seconds ago."""
        at = self.ago(300)
        fields = {
            field: self.ago(value) if field.endswith("_at") and isinstance(value, int) else value
            for field, value in told.items()
        }
        events = [
            stories.job(number, name=name, submitted_at=at, work_dir=str(self.repo.path)),
            stories.attempt(number, state, submitted_at=at, name=name, work_dir=str(self.repo.path), **fields),
        ]
        with closing(open_store(store_file())) as connection:
            told_here = [event._replace(project=self.project, at=at) for event in events]
            append_batch(connection, self._writer, "slurm", Batch(told_here, {}, {}))

    def ago(self, seconds: int) -> str:
        """A moment in stored form."""
        return from_datetime(self.now - timedelta(seconds=seconds))


@pytest.fixture
def lab(repo: GitRepo, journal: Journal) -> Lab:
    """A repository with three jobs."""
    repo.commit("one")
    journal("init", ok=True)
    return Lab(repo)


@pytest.fixture
def pane(lab: Lab) -> Iterator[Pane]:
    """A terminal of 80 × 24 in that repository."""
    with pane_in(lab.repo.path) as made:
        yield made


def test_jobs_are_shown_as_they_are(lab: Lab, pane: Pane) -> None:
    pane.run(WATCH)
    shown = pane.shows("8123519 train-full", "8123466 bf16", "✗ exit code 1", "8123533 eval", "38 %", "step 19/50")
    assert "loss 0.05" in shown
    with lab.log.open("a") as log:
        log.write("step 45/50 | loss 0.0222\n\x1b]0;a title\x07\x1b[2Jno harm\n")
    pane.shows("90 %", "loss 0.0222", "no harm")
    pane.type("q")
    pane.shows_no("train-full")


def test_keys(lab: Lab, pane: Pane, journal: Journal) -> None:
    pane.run(f"{WATCH}; echo status $?")
    pane.shows("▸ running  8123519")
    pane.type("Down", "j")
    pane.shows("▸ ended    8123466", "result   ✗ failed")
    pane.type("Up", "k", "Tab", "g")
    pane.shows("▸ running  8123519")
    pane.type("?")
    pane.shows("Leaving stops nothing")
    pane.type("Escape")
    pane.shows("▸ running  8123519")
    pane.type("n")
    pane.shows("note: job 8123519:")
    pane.type("the loss fallsx", "BSpace", " → well", "Enter")
    pane.shows("noted")
    assert "job 8123519: the loss falls → well" in journal.titles()
    pane.type("d")
    pane.shows("what the log tells of 8123519 train-full")
    pane.type("q", "r")
    pane.shows("to submit again: 8123519", "no code was kept")  # nothing saw it being submitted
    pane.type("q", "q")
    pane.shows("status 0")


def test_the_log_in_less_and_back(lab: Lab, pane: Pane) -> None:
    pane.run(WATCH)
    pane.shows("8123519 train-full")
    pane.type("l")
    pane.shows_no("today")
    pane.shows("step 19/50", "Waiting for data")
    with lab.log.open("a") as log:
        log.write("step 30/50\n")
    pane.shows("step 30/50")
    pane.type("C-c", "q")
    pane.shows("8123519 train-full", "today")
    pane.type("C-c")
    pane.shows_no("train-full")


def test_another_size(lab: Lab, pane: Pane) -> None:
    pane.run(WATCH)
    pane.shows("8123519 train-full")
    pane.resize(60, 15)
    pane.shows("8123519 train-full", "q quit")
    assert all(len(line) <= 60 for line in pane.text().splitlines())
    pane.resize(132, 40)
    eventually(lambda: bool(re.search("train-full .*█[▁-█]{15}  ends", pane.text())), 30)


def test_to_the_shell_and_back(lab: Lab, pane: Pane) -> None:
    pane.run(WATCH)
    pane.shows("8123519 train-full")
    pane.type("C-z")
    pane.shows("Stopped")
    pane.run("echo in the sh''ell")
    pane.shows("in the shell")
    pane.run("fg")
    pane.shows("8123519 train-full", "today")
    pane.type("q")
    pane.shows("in the shell")


@pytest.mark.parametrize(
    ("end", "status"),
    [
        (lambda pane, _: pane.type("q"), "0"),
        (lambda pane, _: pane.type("C-c"), "130"),
        (lambda _, process: os.kill(process, signal.SIGINT), "130"),
        (lambda _, process: os.kill(process, signal.SIGTERM), "143"),
        (lambda _, process: os.kill(process, signal.SIGHUP), "129"),
    ],
    ids=["q", "Ctrl-C", "SIGINT", "SIGTERM", "SIGHUP"],
)
def test_however_it_ends_the_terminal_is_as_it_was(
    lab: Lab, pane: Pane, end: Callable[[Pane, int], None], status: str
) -> None:
    pane.run("stty -a > before")
    pane.run(f"{WATCH} & echo $! > process; fg > /dev/null; echo status $?; stty -a > after; echo over")
    pane.shows("8123519 train-full")
    end(pane, int((lab.repo.path / "process").read_text()))
    pane.shows(f"status {status}", "over")
    assert (lab.repo.path / "before").read_text() == (lab.repo.path / "after").read_text()
    assert "train-full" not in pane.text()  # the other screen is gone
    pane.run("echo visi''ble")
    pane.shows("visible")


def test_a_failing_store_is_told_and_tried_again(lab: Lab, pane: Pane) -> None:
    pane.run(WATCH)
    pane.shows("8123519 train-full", "today")
    moved = store_file().with_name("elsewhere")
    store_file().rename(moved)
    store_file().write_bytes(b"no database at all, but long enough to be taken for one" * 40)
    pane.shows("trouble", "is damaged")
    moved.rename(store_file())
    pane.shows("8123519 train-full", "today")


def test_what_nobody_foresaw_is_reported_and_the_terminal_is_as_it_was(lab: Lab, pane: Pane) -> None:
    pane.run("stty -a > before")
    pane.run(f"{WATCH}; echo status $?; stty -a > after; echo over")
    pane.shows("8123519 train-full")
    with closing(open_store(store_file())) as connection:
        connection.execute("UPDATE attempt SET data = '{'")
    lab.job("8123540", "later", "PENDING", reason="Priority")
    pane.shows("this is a bug in journal", "status 1", "over")
    assert (lab.repo.path / "before").read_text() == (lab.repo.path / "after").read_text()


def test_a_note_that_is_not_kept_is_not_lost(lab: Lab, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    with pane_in(outside) as pane:
        pane.run(WATCH)
        pane.shows("all projects", "8123519 train-full")
        pane.type("n", "to its project", "Enter")
        pane.shows("noted")
        with closing(open_store(store_file())) as connection:
            (project,) = connection.execute("SELECT project FROM event WHERE kind = 'note'").fetchone()
        assert project == lab.project
        lab.repo.path.rename(tmp_path / "moved")
        pane.type("n", "to nowhere", "Enter")
        pane.shows("not noted", "You wrote:", "job 8123519: to nowhere")


@pytest.mark.parametrize(("name", "value"), [("LC_ALL", "C"), ("LC_ALL", "POSIX")])
def test_without_unicode(lab: Lab, name: str, value: str) -> None:
    with pane_in(lab.repo.path, env={name: value}) as pane:
        pane.run(WATCH)
        assert pane.shows("8123519 train-full", "38 %").isascii()


def test_colour_is_left_out_where_it_is_not_wanted(lab: Lab) -> None:
    for env, coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
        with pane_in(lab.repo.path, env=env) as pane:
            pane.run(WATCH)
            pane.shows("8123519 train-full", "38 %")
            assert bool(re.search(r"\x1b\[[\d;]*3[1-6]", pane.text(styled=True))) is coloured


def test_a_terminal_that_cannot_move_its_cursor_gets_lines(lab: Lab) -> None:
    with pane_in(lab.repo.path, env={"TERM": "dumb"}) as pane:
        pane.run(WATCH)
        lab.repo.commit("seen in a dumb terminal")
        pane.shows("seen in a dumb terminal")
        assert "today" not in pane.text()


def test_outside_of_any_repository_it_tells_of_all(lab: Lab, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    with pane_in(outside) as pane:
        pane.run(WATCH)
        pane.shows("all projects", "8123519 train-full")


def test_nothing_to_watch_is_said_before_the_screen(tmp_path: Path, pane: Pane) -> None:
    GitRepo.create(tmp_path / "bare")
    pane.run(f"cd {tmp_path / 'bare'} && {WATCH}")
    pane.shows("has no journal")


@pytest.mark.slow
def test_a_job_of_slurm_from_its_submission_to_its_rerun(
    repo: GitRepo, journal: Journal, slurm: Cluster, isolated: Path
) -> None:
    config = isolated / ".config/journal/config.toml"
    config.write_text("slurm_calls_per_minute = 60\nautomatic_capture = false\n", encoding="utf-8")
    repo.commit("one")
    journal("init", ok=True)
    steps = 'for step in 1 2 3 4 5 6; do echo "step $step/6 loss 0.$step"; sleep 4; done; exit 3'
    job = slurm.submit("--wrap", steps, cwd=repo.path)
    eventually(lambda: [row["State"] for row in slurm.sacct("-X", "-j", job)] == ["RUNNING"], 60)
    with pane_in(repo.path) as pane:
        pane.run(WATCH)
        pane.shows("running", job, " %", "loss 0.")
        eventually(lambda: "✗" in pane.text(), 90)
        pane.shows("ended", "exit code 3", "step 6/6 loss 0.6")
        pane.type("r")
        pane.shows("Submit it?")
        pane.type("y")
        submitted = pane.shows("Submitted batch job")
    again = re.search(r"Submitted batch job (\d+)", submitted)
    assert again
    slurm.mine(again[1])


def test_it_is_lines_in_a_pipe(lab: Lab) -> None:
    watching = subprocess.Popen([JOURNAL, "watch", "--every", "1"], cwd=lab.repo.path, stdout=subprocess.PIPE)
    try:
        lab.repo.commit("in a pipe")
        assert watching.stdout is not None
        assert b"\x1b" not in watching.stdout.readline()
    finally:
        watching.send_signal(signal.SIGINT)
        watching.communicate(timeout=20)
