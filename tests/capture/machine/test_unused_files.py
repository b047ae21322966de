import os
from pathlib import Path

from journal.capture.machine.unused_files import Unused, unused_files

DAY = 86400.0
NOW = 1_772_625_600.0


def _file(path: Path, read: float, written: float) -> None:
    """A file last read and written so many days ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x", encoding="utf-8")
    os.utime(path, (NOW - read * DAY, NOW - written * DAY))


def test_what_was_neither_read_nor_written_is_counted(tmp_path: Path) -> None:
    _file(tmp_path / "a", 80, 80)
    _file(tmp_path / "deep/er/b", 100, 78)
    _file(tmp_path / "read", 1, 300)
    _file(tmp_path / "written", 300, 1)
    assert unused_files(tmp_path, 76, NOW) == Unused(2, 80.0, complete=True)


def test_links_are_not_followed_and_what_is_gone_is_left_out(tmp_path: Path) -> None:
    _file(tmp_path / "outside/a", 80, 80)
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link").symlink_to(tmp_path / "outside")
    (inside / "dangling").symlink_to("nowhere")
    os.mkfifo(inside / "pipe")
    assert unused_files(inside, 1, NOW).files == 0
    assert unused_files(tmp_path / "no such", 1, NOW) == Unused(0, 0.0, complete=True)


def test_the_work_is_bounded(tmp_path: Path) -> None:
    for number in range(20):
        _file(tmp_path / str(number), 80, 80)
    assert unused_files(tmp_path, 76, NOW, most=7) == Unused(7, 80.0, complete=False)
    assert not unused_files(tmp_path, 76, NOW, seconds=-1).complete
