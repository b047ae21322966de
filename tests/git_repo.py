"""A real git repository for a test, driven through the git command."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path


class GitRepo:
    """A work tree and the git commands a test gives in it.

    Args:
        path: the work tree; `GitRepo.create` makes it, the constructor only names it.
        git: the git program, so that a test can drive another version.
        env: the whole environment that git runs in; the test's own by default.
    """

    def __init__(self, path: Path, git: str = "git", env: Mapping[str, str] | None = None) -> None:
        self.path = path
        self.git_program = git
        self.env = env

    @classmethod
    def create(cls, path: Path, git: str = "git", env: Mapping[str, str] | None = None) -> "GitRepo":
        """Makes an empty repository (and the missing directories above it) on the branch `main`."""
        path.mkdir(parents=True)
        repo = cls(path, git, env)
        repo.git("init", "--quiet", "--initial-branch=main")
        return repo

    def git(
        self, *args: str | Path, stdin: str | None = None, env: Mapping[str, str] | None = None, check: bool = True
    ) -> str:
        """Runs `git ARGS` in the work tree.

        Args:
            args: the command's words.
            stdin: what it reads; nothing by default.
            env: variables on top of the environment.
            check: False for a command that may fail.

        Returns:
            What it printed on stdout, without the last newline; bytes that are not UTF-8 as surrogates.

        Raises:
            AssertionError: it failed; the message holds the command and both of its outputs.
        """
        done = subprocess.run(
            [self.git_program, *args],
            cwd=self.path,
            env={**(os.environ if self.env is None else self.env), **(env or {})},
            input=(stdin or "").encode("utf-8", "surrogateescape"),
            capture_output=True,
            check=False,
        )
        output = done.stdout.decode("utf-8", "surrogateescape")
        if check and done.returncode != 0:
            errors = done.stderr.decode("utf-8", "replace")
            command = " ".join(str(word) for word in args)
            raise AssertionError(f"git {command} ended with status {done.returncode}\n{output}{errors}")
        return output.removesuffix("\n")

    def write(self, rel: str, text: str | bytes) -> Path:
        """Writes a file of the work tree, making its directories; returns its path."""
        path = self.path / rel
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text)
        return path

    def commit(self, message: str, /, **files: str | bytes) -> str:
        """Writes `files` (path to content), stages the whole work tree and commits; returns the commit's id.

        A commit without a change is made all the same. The hooks run.
        """
        for rel, text in files.items():
            self.write(rel, text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--allow-empty-message", "--file=-", stdin=message)
        return self.git("rev-parse", "HEAD")
