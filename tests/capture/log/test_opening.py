"""Opening what may be a log."""

import os
import socket
from pathlib import Path

import pytest

from journal.capture.log.opening import NoLogError, in_words, open_log


def _content(path: Path | str, within: list[str] | None = None) -> bytes:
    descriptor = open_log(path, within)
    try:
        return os.read(descriptor, 100)
    finally:
        os.close(descriptor)


def _why(path: Path | str, within: list[str] | None = None) -> tuple[str, str]:
    with pytest.raises(NoLogError) as refused:
        open_log(path, within)
    return refused.value.why, refused.value.problem


def test_a_file_is_opened(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"one\n")
    assert _content(tmp_path / "log") == b"one\n"
    assert _content(tmp_path / "log", []) == b"one\n"


@pytest.mark.parametrize("make", ["directory", "pipe", "socket"])
def test_what_is_no_file_holds_nobody_up(make: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's name is short
    path = Path("thing")
    if make == "directory":
        path.mkdir()
    elif make == "pipe":
        os.mkfifo(path)
    else:
        socket.socket(socket.AF_UNIX).bind(str(path))
    kept = "" if make == "directory" else ", which keeps nothing of what is written to it"
    assert _why(path) == ("no file", f"thing is a {make}{kept}")


def test_the_null_device_keeps_nothing() -> None:
    assert _why("/dev/null")[0] == "no file"


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loose").symlink_to("nowhere")
    for name in ("none", "none/log", "file/log", "loose", "a\0b"):
        assert _why(tmp_path / name)[0] == "gone"


def test_a_loop_and_a_name_too_long_are_told(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    assert _why(tmp_path / "loop")[0] == "denied"
    assert _why(tmp_path / ("x" * 300))[0] == "denied"
    assert in_words("log", PermissionError(13, "Permission denied")).problem == "log may not be read by you"


def test_a_link_is_followed_beside_itself_and_into_the_jobs_directories(tmp_path: Path) -> None:
    for directory in ("logs", "scratch", "elsewhere"):
        (tmp_path / directory).mkdir()
        (tmp_path / directory / "real").write_bytes(directory.encode())
    links = {name: tmp_path / f"logs/to_{name}" for name in ("logs", "scratch", "elsewhere")}
    for name, link in links.items():
        link.symlink_to(tmp_path / name / "real")
    allowed = [str(tmp_path / "scratch")]
    assert _content(links["logs"], allowed) == b"logs"
    assert _content(links["scratch"], allowed) == b"scratch"
    why, problem = _why(links["elsewhere"], allowed)
    assert why == "link"
    assert str(tmp_path / "elsewhere/real") in problem
    assert _content(links["elsewhere"]) == b"elsewhere"  # a person asked for it


def test_a_directory_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    (tmp_path / "scratch/log").write_bytes(b"there")
    (tmp_path / "logs").symlink_to(tmp_path / "scratch")
    assert _content(tmp_path / "logs/log", []) == b"there"
