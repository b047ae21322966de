"""What the README tells people to type works, and it leaves no command out."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.environment import PROJECT
from tests.git_repo import GitRepo
from tests.readme_commands import commands_shown, shell_blocks, without_set_up

README = (PROJECT / "README.md").read_text(encoding="utf-8")
SAMPLE = """\
Run `journal log` or `journal --help`; `journal-spool` is no command, nor is journal here.

```sh
git clone somewhere && cd somewhere
pip install .
journal init   # once
journal note 'a
thought'
```

```console
$ journal status | cat
journal of today
$ journal watch
```

```text
journal nothing
```
"""


def test_blocks_commands_and_set_up_are_told_apart() -> None:
    first, second = shell_blocks(SAMPLE)
    assert without_set_up(first) == "journal init   # once\njournal note 'a\nthought'\n"
    assert without_set_up(second) == "journal status | cat\n"
    assert commands_shown(SAMPLE) == {"init", "log", "note", "status", "watch"}


def test_the_readme_shows_every_command_and_no_other() -> None:
    from journal.cli.main import COMMANDS

    assert commands_shown(README) == set(COMMANDS)


def test_the_readme_names_the_two_commands_of_a_newcomer() -> None:
    lines = [line for block in shell_blocks(README) for line in block.splitlines()]
    assert any("journal init" in line for line in lines)
    assert any("tests/run" in line for line in lines)
    assert os.access(PROJECT / "tests/run", os.X_OK)


@pytest.mark.integration
def test_the_commands_of_the_readme_run_in_order(repo: GitRepo, tmp_path: Path) -> None:
    repo.commit("Begin", **{"train.py": "print('loss 0.1')\n", "README.md": "# A model\n"})
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for block in shell_blocks(README):
        script = without_set_up(block)
        done = subprocess.run(
            ["sh", "-eu", "-c", script],
            cwd=repo.path,
            env={**os.environ, "PATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
