"""The shims of sbatch, srun and salloc in a data directory of a test's own."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from journal.capture.clone_file import Clone, new_writer, write_clone
from journal.install.hook_scripts import install_scripts
from journal.install.slurm_shim import install_shim, shim_dir
from journal.spool import Record, read_spool
from tests.git_repo import GitRepo


class Done(NamedTuple):
    """What a command did."""

    status: int
    out: bytes
    err: bytes


class Shims:
    """Runs what a shell finds first on PATH.

    Args:
        data: the data directory.
        repo: where commands run; the journal knows it.
        path: what comes after the shims.
    """

    def __init__(self, data: Path, repo: GitRepo, path: str) -> None:
        self.data = data
        self.repo = repo
        self.path = path

    @property
    def env(self) -> dict[str, str]:
        return {**os.environ, "PATH": f"{shim_dir(self.data)}:{self.path}"}

    def __call__(
        self, *words: str, stdin: bytes = b"", cwd: Path | None = None, env: Mapping[str, str] | None = None
    ) -> Done:
        """Runs a command through its shim."""
        done = subprocess.run(
            [shim_dir(self.data) / words[0], *words[1:]],
            cwd=cwd or self.repo.path,
            env={**self.env, **(env or {})},
            input=stdin,
            capture_output=True,
            timeout=60,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def spooled(self) -> list[Record]:
        """What was left in the spool since the last call."""
        records = list(read_spool(self.data / "spool"))
        for record in records:
            record.path.unlink()
        return records

    def interpreted_by(self, words: str) -> None:
        """Has another shell run the shims."""
        for shim in shim_dir(self.data).iterdir():
            _, _, rest = shim.read_text().partition("\n")
            shim.write_text(f"#!{words}\n{rest}")


def make_shims(data: Path, repo: GitRepo, monkeypatch: pytest.MonkeyPatch, path: str) -> Shims:
    """Installs the shims for what is on a PATH, and tells the repository that it has a journal."""
    with monkeypatch.context() as patched:
        patched.setenv("PATH", path)
        install_scripts(data, data / "no journal")
        install_shim(data)
    write_clone(repo.path / ".git", Clone(new_writer(), None))
    return Shims(data, repo, path)


def unescaped(record: Record) -> list[str]:
    """The arguments that a record tells."""
    lines = record.body.split("\n") if record.body else []
    return [line.replace("\\\\", "\0").replace("\\n", "\n").replace("\0", "\\") for line in lines]
