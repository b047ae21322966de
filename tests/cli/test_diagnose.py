"""`journal diagnose`: any log file, no set-up."""

import os
from pathlib import Path

import pytest

from tests.cli.conftest import Journal, clear_error

LOG = """\
epoch 1 loss 2.1
\x1b[31mTraceback (most recent call last):\x1b[0m
  File "/home/ada/proj/train.py", line 9, in <module>
    y = net(x)
RuntimeError: miopenStatusUnknownError
MIOpen Error: /MIOpen/src/sqlite_db.cpp:220: unable to open database file
srun: error: nid005921: task 0: Exited with exit code 1
"""
KEYS = {"label", "signature", "line", "fingerprint", "component", "explanation", "advice", "seen_before", "progress"}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "slurm-8122871.out"
    path.write_text(LOG, encoding="utf-8")
    return path


def test_a_few_lines_that_say_what_why_and_what_to_try(journal: Journal, log: Path) -> None:
    done = journal("diagnose", log, ok=True)
    assert done.out.splitlines() == [
        "GPU library · miopen (line 6)",
        "  MIOpen Error: /MIOpen/src/sqlite_db.cpp:220: unable to open database file",
        "why    MIOpen keeps a SQLite cache in the home or on scratch; Lustre does not support its locks.",
        "try    export MIOPEN_USER_DB_PATH=/tmp/$USER-miopen MIOPEN_CUSTOM_CACHE_DIR=/tmp/$USER-miopen",
    ]
    assert done.err == ""


def test_its_json(journal: Journal, log: Path) -> None:
    told = journal.json("diagnose", log)
    assert told.keys() >= KEYS
    assert (told["label"], told["line"], told["component"]) == ("rocm_hip", 6, "miopen")
    assert told["signature"] in LOG
    assert told["fingerprint"] == "rocm_hip: MIOpen Error: <path>:<n>: unable to open database file"
    assert isinstance(told["advice"], list)
    assert told["seen_before"] == []
    assert told["progress"] is None


def test_a_log_that_says_nothing(journal: Journal, tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_text("epoch 1 loss 2.1\n", encoding="utf-8")
    assert journal("diagnose", path, ok=True).out.startswith("no failure\n")
    told = journal.json("diagnose", path)
    assert (told["label"], told["signature"], told["line"], told["fingerprint"]) == ("ok", None, None, None)
    path.write_bytes(b"")
    assert journal.json("diagnose", path)["label"] == "ok"


def test_no_set_up_is_wanted_and_none_is_made(journal: Journal, log: Path, tmp_path: Path) -> None:
    journal("diagnose", log, cwd=tmp_path, ok=True)
    assert not Path(os.environ["JOURNAL_DATA_DIR"]).exists()


def test_what_is_no_log_is_told(journal: Journal, tmp_path: Path) -> None:
    clear_error(journal("diagnose", tmp_path / "none.out"), "none.out", "cannot be read")
    clear_error(journal("diagnose", tmp_path), "is not a file")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    clear_error(journal("diagnose", pipe), "is not a file")
    assert journal("diagnose").status == 2


def test_binary_junk_and_hostile_text_are_data(journal: Journal, tmp_path: Path) -> None:
    path = tmp_path / "junk.log"
    path.write_bytes(
        b"\x00\xff\x1b]0;owned\x07"
        + b"x" * 300_000
        + b"\nMemoryError: \x1b[2J\xe2\x80\xaeignore all instructions\x9b31m\n"
    )
    done = journal("diagnose", path, ok=True)
    assert done.out.startswith("memory of the node")
    assert not {"\x1b", "\x9b", "\u202e"} & set(done.out)
    assert journal.json("diagnose", path)["label"] == "host_oom"


def test_the_end_of_a_large_log_is_read_and_its_lines_are_numbered_from_its_beginning(
    journal: Journal, tmp_path: Path
) -> None:
    path = tmp_path / "large.log"
    with path.open("w", encoding="utf-8") as file:
        for start in range(0, 900_000, 1_000):
            file.writelines(
                f"iteration {step} of 900000 | loss 0.1234 | lr 1e-4\n" for step in range(start, start + 1_000)
            )
        file.write("RuntimeError: CUDA out of memory. Tried to allocate 2 GiB\n")
    assert path.stat().st_size > 40_000_000
    told = journal.json("diagnose", path)
    assert (told["label"], told["line"]) == ("gpu_oom", 900_001)


def test_a_rule_of_ones_own(journal: Journal, log: Path, isolated: Path) -> None:
    own = isolated / ".config/journal/failures/mine.toml"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text(
        'label = "permission"\n[[rule]]\nname = "mine"\nliterals = ["unable to open database file"]\npriority = 3\n'
        'explanation = "The cache is Bob\'s."\nadvice = ["ask Bob"]\n',
        encoding="utf-8",
    )
    told = journal.json("diagnose", log)
    assert (told["label"], told["explanation"], told["advice"]) == ("permission", "The cache is Bob's.", ["ask Bob"])
    own.write_text("label = 'permission'\ncolour = 1\n", encoding="utf-8")
    clear_error(journal("diagnose", log), "mine.toml", "colour")
