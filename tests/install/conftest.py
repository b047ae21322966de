"""What the tests of installing share."""

import os
from pathlib import Path

import pytest

from tests.git_repo import GitRepo
from tests.install.hooked import Hooked, hook


@pytest.fixture
def command(tmp_path: Path) -> Path:
    """A `journal` that only writes down that it was called; its path has a space, as a person's may."""
    log = tmp_path / "captured"
    return hook(tmp_path / "my venv/bin/journal", f'#!/bin/sh\necho "$@" in "$PWD" >>\'{log}\'\n')


@pytest.fixture
def hooked(repo: GitRepo, tmp_path: Path, command: Path) -> Hooked:
    """The repository `repo`, without hooks as yet; the data directory's path has a space and a quote."""
    return Hooked(repo.path, tmp_path / "it's data", command)


@pytest.fixture(params=["git", pytest.param("newer git", marks=pytest.mark.new_git)])
def each_git(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Runs a test twice: with hook files, and with a git that knows hooks from its configuration."""
    with Path(os.environ["GIT_CONFIG_GLOBAL"]).open("a") as settings:
        settings.write("[maintenance]\n\tauto = false\n")  # which would write files of its own into .git
    if request.param == "newer git":
        program = os.environ.get("JOURNAL_TEST_NEW_GIT")
        if not program:
            pytest.skip("JOURNAL_TEST_NEW_GIT names no git; tests/git_unstable.sh fetches one")
        monkeypatch.setenv("PATH", f"{Path(program).parent}:{os.environ['PATH']}")
    else:
        monkeypatch.setattr(
            "journal.install.git_settings._CONFIG_HOOKS_SINCE", (99, 0)
        )  # hook files, whatever is there
    return str(request.param)
