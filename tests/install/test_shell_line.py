"""The line in the start file of a shell."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from journal.errors import JournalError
from journal.install.shell_line import add_line, has_line, remove_line, start_file, wants_line
from journal.install.slurm_shim import install_shim, real_command, shim_dir
from tests.disks import as_root, read_only


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory with shims, on a machine with a Slurm; the person's shell is bash."""
    for name in ("sbatch", "srun"):
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / name).write_text("#!/bin/sh\n")
        (tmp_path / "bin" / name).chmod(0o755)
    without = [place for place in os.environ["PATH"].split(":") if not Path(place, "salloc").exists()]
    monkeypatch.setenv("PATH", ":".join([f"{tmp_path}/bin", f"{tmp_path}/tools", *without]))
    (tmp_path / "tools").mkdir()
    for name in ("bash", "zsh", "fish", "sh", "printenv", "mount", "umount"):
        if found := shutil.which(name, path="/usr/local/bin:/usr/bin:/bin"):
            (tmp_path / "tools" / name).symlink_to(found)
    monkeypatch.setenv("SHELL", "/bin/bash")
    install_shim(tmp_path / "it's data")
    return tmp_path / "it's data"


CONTENTS = [None, b"", b"export A=1", b"export A=1\n", b"a\r\n\n\n", b"\xff\n# end", b"#" * 5000 + b"\n"]


@pytest.mark.parametrize("content", CONTENTS)
def test_in_and_out_byte_for_byte(data: Path, isolated: Path, content: bytes | None) -> None:
    file = isolated / ".bashrc"
    if content is not None:
        file.write_bytes(content)
        file.chmod(0o600)
    start = wants_line(data)
    assert start
    assert start.path == file
    assert add_line(start, data)
    assert not add_line(start, data)
    assert not wants_line(data)
    assert file.read_bytes().startswith(content or b"")
    assert file.read_bytes().count(os.fsencode(start.line) + b"\n") == 1
    assert file.stat().st_mode & 0o777 == (0o644 if content is None else 0o600)
    assert remove_line(data) == [file]
    assert (file.read_bytes() if file.exists() else None) == content
    assert remove_line(data) == []


def test_what_was_added_later_stays(data: Path, isolated: Path) -> None:
    file = isolated / ".bashrc"
    file.write_bytes(b"before")
    start = wants_line(data)
    assert start
    add_line(start, data)
    with file.open("ab") as end:
        end.write(b"after\n")
    remove_line(data)
    assert file.read_bytes() == b"before\nafter\n"


def test_a_made_file_that_was_gone_on_with_stays(data: Path, isolated: Path) -> None:
    start = wants_line(data)
    assert start
    add_line(start, data)
    with start.path.open("ab") as end:
        end.write(b"alias ll='ls -l'\n")
    remove_line(data)
    assert start.path.read_bytes() == b"alias ll='ls -l'\n"


def test_without_what_was_kept_of_it(data: Path, isolated: Path) -> None:
    file = isolated / ".bashrc"
    file.write_bytes(b"before\n")
    start = wants_line(data)
    assert start
    add_line(start, data)
    shutil.rmtree(data)
    assert remove_line(data) == [file]
    assert file.read_bytes() == b"before\n"


def test_a_link_stays_a_link(data: Path, isolated: Path, tmp_path: Path) -> None:
    (tmp_path / "dotfiles").write_bytes(b"x\n")
    (isolated / ".bashrc").symlink_to(tmp_path / "dotfiles")
    start = wants_line(data)
    assert start
    add_line(start, data)
    assert (isolated / ".bashrc").is_symlink()
    assert has_line(start)
    remove_line(data)
    assert (tmp_path / "dotfiles").read_bytes() == b"x\n"


@as_root
def test_a_file_that_cannot_be_written(data: Path, isolated: Path) -> None:
    (isolated / ".bashrc").write_bytes(b"x\n")
    start = wants_line(data)
    assert start
    with read_only(isolated), pytest.raises(JournalError, match="cannot be written"):
        add_line(start, data)


def test_several_shells_and_those_that_we_do_not_know(
    data: Path, isolated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = []
    for shell in ("bash", "zsh", "fish"):
        monkeypatch.setenv("SHELL", f"/usr/bin/{shell}")
        start = wants_line(data)
        assert start
        assert add_line(start, data)
        files.append(start.path)
    assert remove_line(data) == files
    assert not [file for file in files if file.exists()]
    for shell in ("/bin/tcsh", ""):
        monkeypatch.setenv("SHELL", shell)
        assert start_file(data) is None
        assert wants_line(data) is None


def test_without_a_slurm(data: Path, tmp_path: Path) -> None:
    (tmp_path / "bin/sbatch").unlink()
    if not real_command("sbatch"):
        assert wants_line(data) is None


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "sh"])
def test_shells_find_the_shim(data: Path, isolated: Path, shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if not shutil.which(shell):
        return  # no such shell here: its line does nothing
    monkeypatch.setenv("SHELL", f"/bin/{'bash' if shell == 'sh' else shell}")
    start = start_file(data)
    assert start
    first = f"{shim_dir(data)}:"

    def path_after(script: str) -> str:
        command = [shell, *(["--no-config"] if shell == "fish" else []), "-c", f"{script}\nprintenv PATH"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert done.stderr == ""
        return done.stdout.strip()

    before = os.environ["PATH"]
    assert path_after(start.line) == first + before
    assert path_after(f"{start.line}\n{start.line}") == first + before
    assert wants_line(data) is not None
    monkeypatch.setenv("PATH", f"/modules:{first}{before}")  # something came before it since
    assert path_after(start.line) == f"{first}/modules:{before}"
    monkeypatch.setenv("PATH", f"{before}:{shim_dir(data)}")
    assert path_after(start.line) == first + before
    monkeypatch.setenv("PATH", f"{first}{before}")
    assert wants_line(data) is None
    shutil.rmtree(data)
    assert path_after(start.line) == first + before


def test_only_commands_that_are_there_get_a_shim(data: Path) -> None:
    names = {shim.name for shim in shim_dir(data).iterdir()}
    assert names >= {"sbatch", "srun"}
    assert {name for name in ("sbatch", "srun", "salloc") if real_command(name)} == names
    assert {shim.stat().st_mode & 0o777 for shim in shim_dir(data).iterdir()} == {0o700}
