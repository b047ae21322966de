"""Which heavy modules each command loads: import cost decides how a command line feels."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from journal.events import Batch
from journal.store.database import open_store
from journal.store.event_log import append_batch
from tests.environment import environment_in
from tests.git_repo import GitRepo
from tests.store import stories

# Top-level modules whose import takes from a few milliseconds (merge3) to over a second (anthropic).
HEAVY = frozenset(
    {
        "anthropic", "asyncio", "git", "jinja2", "markdown_it", "merge3", "msgspec", "platformdirs", "pydantic",
        "pygments", "requests", "rich", "sqlite_utils", "watchdog",
    }
)  # fmt: skip
CAPTURING = {"git", "msgspec", "merge3"}  # where there is something new to read, and documents to write

# Each command with what it may load. The first rows are the hot paths and what people type all day: nothing.
ALLOWED: list[tuple[str, set[str]]] = [
    ("--help", set()),
    ("--version", set()),
    ("capture", set()),
    ("log -n 20", set()),
    ("log --json", set()),
    ("log --help", set()),
    ("show HEAD", set()),
    ("search optimiser", set()),
    ("jobs -n 20", set()),
    ("jobs --json", set()),
    ("job 8122871", set()),
    ("job 8122871 --log", set()),
    ("job 8122871 --diff", {"git"}),
    ("rerun 8122871 --dry-run", {"git"}),
    ("gotchas", set()),
    ("gotchas --json", set()),
    ("gotcha G1", set()),
    ("gotcha confirm G1", {"merge3"}),
    ("diagnose train.py", set()),
    ("tokens", set()),
    ("status", {"git"}),  # asks git what has changed in the work tree
    ("note a thought", {"merge3"}),
    ("docs", {"merge3"}),
    ("env", set()),
    ("doctor", {"git"}),
    ("sql SELECT+1", {"sqlite_utils"}),
    ("rebuild", {"sqlite_utils"}),
    ("publish site", {"git", "jinja2"}),
    ("init", CAPTURING),
    ("uninstall", {"git", "merge3"}),
]


class Journalled(NamedTuple):
    """A repository that `journal init` was run in, and the environment to go on in."""

    repo: GitRepo
    env: dict[str, str]

    def heavy_imports(self, *arguments: str) -> set[str]:
        """Runs `journal ARGUMENTS` in the repository; returns which of HEAVY it imported."""
        done = subprocess.run(
            [sys.executable, "-X", "importtime", "-m", "journal", *arguments],
            cwd=self.repo.path,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        imports, errors = _split(done.stderr)
        reports = [path.read_text() for path in Path(self.env["JOURNAL_DATA_DIR"]).glob("reports/*")]
        assert done.returncode == 0, "\n".join([done.stdout, errors, *reports])
        return imports & HEAVY


def _split(stderr: str) -> tuple[set[str], str]:
    """What -X importtime printed, as top-level names, and all other lines."""
    lines = stderr.splitlines()
    timed = [line for line in lines if line.startswith("import time:")]
    names = {line.rpartition("|")[2].strip().partition(".")[0] for line in timed}
    return names, "\n".join(line for line in lines if line not in timed)


def _journalled(directory: Path) -> Journalled:
    """A repository with three commits and a branch after `journal init`, with everything captured."""
    (directory / "home").mkdir()
    env = environment_in(directory / "home")
    # Captures are started by the test alone, so that none is under way when the modules are counted.
    config = Path(env["JOURNAL_CONFIG"])
    config.parent.mkdir(parents=True)
    config.write_text("automatic_capture = false\n", encoding="utf-8")
    repo = GitRepo.create(directory / "repo", env=env)
    repo.commit("Train a model", **{"train.py": "print('loss')\n"})
    made = Journalled(repo, env)
    assert "git" in made.heavy_imports("init"), "the backfill reads with git: does this test still see the imports?"
    repo.commit("Try another optimiser", **{"train.py": "print('less loss')\n"})
    repo.git("checkout", "--quiet", "-b", "wider")
    repo.commit("Widen the model", **{"model.py": "width = 512\n"})
    assert made.heavy_imports("capture") <= CAPTURING
    with closing(open_store(Path(env["JOURNAL_DATA_DIR"]) / "journal.sqlite3")) as connection:
        (project,) = connection.execute("SELECT project FROM clone").fetchone()
        output = directory / "slurm.out"
        output.write_text("loss 0.1\n", encoding="utf-8")
        told = [stories.job("8122871"), stories.attempt("8122871", "COMPLETED", stdout=str(output))]
        told += [stories.log("8122870"), stories.fix(("8122870", 0), ("8122871", 0))]
        code = dict.fromkeys(("commit", "snapshot"), repo.git("rev-parse", "HEAD"))
        where = dict.fromkeys(("root", "cwd"), str(repo.path))
        told.append(stories.submission("8122871", argv=["--wrap", "nvidia-smi"], **code, **where))
        batch = Batch([event._replace(project=project) for event in told], {}, {})
        append_batch(connection, stories.WRITER, "test", batch)
    return made


@pytest.fixture(scope="module")
def journalled(tmp_path_factory: pytest.TempPathFactory) -> Journalled:
    """One repository for the commands that change nothing of it."""
    return _journalled(tmp_path_factory.mktemp("journalled"))


@pytest.mark.integration
@pytest.mark.parametrize(("command", "allowed"), ALLOWED, ids=[command for command, _ in ALLOWED])
def test_a_command_loads_only_what_it_needs(
    command: str, allowed: set[str], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    words = [word.replace("+", " ") for word in command.split()]
    if words[0] in {"init", "uninstall", "note"} or "confirm" in words:  # these would change what the others find
        journalled = _journalled(tmp_path)
    else:
        journalled = request.getfixturevalue("journalled")
    words = [journalled.repo.git("rev-parse", word) if word == "HEAD" else word for word in words]
    assert journalled.heavy_imports(*words) <= allowed


@pytest.mark.integration
def test_every_command_has_a_row() -> None:
    from journal.cli.main import COMMANDS

    assert set(COMMANDS) - {"watch"} <= {command.split()[0] for command, _ in ALLOWED}
