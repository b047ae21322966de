"""The configuration file."""

from pathlib import Path

import pytest

from journal.config import Config, read_config
from journal.errors import JournalError


def test_no_file_means_the_defaults(tmp_path: Path) -> None:
    assert read_config(tmp_path / "config.toml") == Config()


def test_a_choice_is_read(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("automatic_capture = false\nsnapshot_file_mib = 1\n")
    assert read_config(path) == Config(automatic_capture=False, snapshot_file_mib=1)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"automatic_capture = 'no'\n", "write true or false"),
        (b"automatic_capture = 1\n", "write true or false"),
        (b"snapshot_file_mib = true\n", "write a whole number"),
        (b"snapshot_total_mib = 1.5\n", "write a whole number"),
        (b"snapshot_total_mib = -1\n", "write a whole number"),
        (b"automatic_captures = false\n", "use one of"),
        (b"automatic_capture\n", "not valid TOML"),
        (b"\xff\xfe", "readable UTF-8"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: bytes, problem: str) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(text)
    with pytest.raises(JournalError, match=problem):
        read_config(path)
