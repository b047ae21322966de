"""A failure on a real cluster is overcome, and what overcame it helps in another repository."""

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

from journal.install.slurm_shim import install_shim, shim_dir
from journal.paths import data_dir
from tests.cli.conftest import JOURNAL, Journal
from tests.git_repo import GitRepo
from tests.slurm.cluster import Cluster, until

ERROR = "ModuleNotFoundError: No module named 'shapelets'"
SCRIPT = "#!/bin/sh\npython3 -u train.py\n"
FIXED = "#!/bin/sh\nexport PYTHONPATH=$PWD/vendored\npython3 -u train.py\n"


class Clone:
    """A repository with a journal, from which jobs are submitted through the shim."""

    def __init__(self, slurm: Cluster, directory: Path) -> None:
        self.slurm = slurm
        self.repo = GitRepo.create(directory)
        self.repo.commit("Train a model", **{"train.py": "import shapelets\nprint('step 1')\n", "job.sh": SCRIPT})
        self.journal = Journal(self.repo.path)
        self.journal("init", "--no-shell-line", ok=True)
        install_shim(data_dir())

    def run(self) -> str:
        """Submits job.sh and waits until accounting has its end; returns its number."""
        command = [shim_dir(data_dir()) / "sbatch", "--parsable", f"--job-name={self.slurm.name}", "job.sh"]
        done = subprocess.run(command, cwd=self.repo.path, capture_output=True, text=True, timeout=60, check=True)
        job = self.slurm.mine(done.stdout.strip())
        self.slurm.settled(job)
        return job

    def watched(self, words: str, told: Path) -> None:
        """Runs `journal watch --plain` until it says some words."""
        with told.open("wb") as out:
            watching = subprocess.Popen([JOURNAL, "watch", "--plain", "--every", "1"], cwd=self.repo.path, stdout=out)
        try:
            until(lambda: words in told.read_text(encoding="utf-8"), 60, lambda: told.read_text(encoding="utf-8"))
        finally:
            watching.send_signal(signal.SIGINT)
            watching.wait(timeout=20)

    def text(self, name: str) -> str:
        """One of the documents, written anew."""
        self.journal("docs", ok=True)
        return (self.repo.path / name).read_text(encoding="utf-8")

    def json(self, *words: str) -> Any:
        return self.journal.json(*words)


def test_what_got_past_a_failure_helps_in_another_repository(slurm: Cluster, tmp_path: Path) -> None:
    config = Path(os.environ["JOURNAL_CONFIG"])
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text("automatic_capture = false\nslurm_calls_per_minute = 60\n", encoding="utf-8")
    first = Clone(slurm, tmp_path / "first")
    failed = first.run()
    first.journal("capture", ok=True)
    told = first.json("job", failed)
    assert (told["outcome"], told["seen_before"]) == ("failed", [])
    assert "1 failure not overcome yet" in first.text("ENV.md")

    first.repo.write("vendored/shapelets.py", "")
    first.repo.write("job.sh", FIXED)
    passed = first.run()
    first.journal("capture", ok=True)
    assert first.json("job", passed)["outcome"] == "succeeded"
    (gotcha,) = first.json("gotchas", "shapelets")
    assert (gotcha["status"], gotcha["label"], gotcha["scope"]) == ("learned", "missing_module", "repo")
    assert gotcha["seen"] == [first.json("job", failed)["id"]]
    (fix,) = [first.json("show", event)["event"]["data"] for event in gotcha["fix"]]
    assert (fix["failed"].rpartition("/")[2], fix["passed"].rpartition("/")[2]) == (failed, passed)
    assert fix["compared"]
    assert {file["path"] for file in fix["changed"]} == {"job.sh", "vendored/shapelets.py"}
    name = gotcha["name"]
    line = (
        f"- **{name}** `{ERROR}`: {gotcha['title']} Fixed by `export PYTHONPATH=$PWD/vendored` in job.sh."
        f" Seen {failed}; gone since {passed}. *this repo*"
    )
    assert line in first.text("ENV.md")
    assert f"fixed by `export PYTHONPATH=$PWD/vendored` in job.sh → new gotcha **{name}**" in first.text("SCRATCH.md")

    second = Clone(slurm, tmp_path / "second")
    again = second.run()
    fixed = f"known: {name}: fixed by export PYTHONPATH=$PWD/vendored in job.sh"
    second.watched(f"log of job {again}: missing module: {ERROR} · {fixed}", tmp_path / "told")
    (known,) = second.json("job", again)["seen_before"]
    assert (known["name"], known["jobs"]) == (name, 1)
    (diagnosed,) = second.json("diagnose", f"slurm-{again}.out")["seen_before"]
    assert diagnosed["name"] == name
    (waiting,) = second.json("status")["jobs"]["failed"]
    assert (waiting["job_id"], waiting["gotcha"]["name"]) == (again, name)
    assert f"known: {name} → journal gotcha {name}" in second.journal("status", ok=True).out
    assert "in other repos on" in second.journal("job", again, ok=True).out
    assert f"Seen {again}, {failed}; {passed} got past it." in second.text("ENV.md")
    assert second.json("gotcha", name)["scope"] == "cluster"
