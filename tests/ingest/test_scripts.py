"""Scripts of jobs: what sacct prints of one."""

import os
from pathlib import Path

import pytest

from journal.ingest.scripts import script_below_heading
from tests.cli.conftest import Journal
from tests.git_repo import GitRepo
from tests.slurm.cluster import Cluster

DASHES = "-" * 80


@pytest.mark.parametrize(
    ("said", "script"),
    [
        (f"Batch Script for 12\n{DASHES}\n#!/bin/sh\necho kept\n\n", "#!/bin/sh\necho kept\n"),
        (f"Batch Script for 12\n{DASHES}\n#!/bin/sh\n{DASHES}\n\n", f"#!/bin/sh\n{DASHES}\n"),
        (f"Batch Script for 12\n{DASHES}\nNONE\n", None),
        ("", None),
        ("sacct: error", None),
    ],
)
def test_the_script_is_below_the_heading(said: str, script: str | None) -> None:
    assert script_below_heading(said) == script


def test_an_old_jobs_script_is_had_from_accounting(
    repo: GitRepo, slurm: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit("Begin", train="1")
    journal = Journal(repo.path)
    job = slurm.submit("--wrap", "echo kept", cwd=repo.path)
    slurm.settled(job)
    forgetful = tmp_path / "bin/scontrol"
    forgetful.parent.mkdir()
    forgetful.write_text("#!/bin/sh\necho 'Invalid job id' >&2\nexit 1\n")
    forgetful.chmod(0o755)
    monkeypatch.setenv("PATH", f"{forgetful.parent}:{os.environ['PATH']}")
    journal("init", ok=True)
    assert journal.json("job", job)["script"] is None
    assert journal("job", job, "--script", ok=True).out.endswith("echo kept\n")
    assert "echo kept" in journal.json("job", job)["script"]
