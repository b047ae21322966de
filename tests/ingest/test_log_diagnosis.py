"""Reading the logs of a run as far as it takes to say why it failed."""

from pathlib import Path
from typing import Any

import pytest

from journal.capture.log import reading
from journal.capture.log.opening import NoLogError
from journal.derive.failure.diagnosis import SchedulerWord
from journal.ingest import log_diagnosis
from journal.ingest.failure_rules import load_rules
from journal.ingest.log_diagnosis import Told, diagnosed

MISSING = "ModuleNotFoundError: No module named 'einops'"
TRACEBACK = (
    f'Traceback (most recent call last):\n  File "train.py", line 3, in <module>\n    import einops\n{MISSING}\n'
)
FULL = (
    'Traceback (most recent call last):\n  File "train.py", line 9, in <module>\n    save()\n'
    "OSError: [Errno 28] No space left on device\n"
)
WATCHDOG = (
    "[rank{rank}]:[E1112 10:00:00.000 ProcessGroupNCCL.cpp:607] [Rank {rank}] Watchdog caught collective operation"
    " timeout: WorkNCCL(SeqNum=41, OpType=ALLREDUCE) ran for 600000 milliseconds before timing out.\n"
)
FAILED = SchedulerWord("failed", "exit code 1", "FAILED", 1)


def filler(lines: int) -> str:
    return "".join(f"copying shard {number} of the data set\n" for number in range(lines))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Logs count as huge from 4 kB on, and their end is 8 kB."""
    for name, size in {"WHOLE": 4000, "_BEGINNING": 500, "_END": 1500, "_BEFORE": 600, "_AFTER": 300}.items():
        monkeypatch.setattr(reading, name, size)
    monkeypatch.setattr(log_diagnosis, "NEAR_END", 8000)


def told(path: Path, *more: Path, **options: Any) -> Told:
    return diagnosed([str(path), *map(str, more)], load_rules(), **options)


@pytest.mark.usefixtures("small")
def test_the_end_suffices_where_it_tells_for_certain(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(filler(2000) + TRACEBACK)
    found = told(log, scheduler=FAILED)
    assert (found.diagnosis.label, found.diagnosis.line) == ("missing_module", 2004)
    assert found.texts[0].looked_at > 0


@pytest.mark.usefixtures("small")
def test_an_echo_at_the_end_leads_back_to_what_it_is_of(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(filler(300) + FULL + filler(2000) + "".join(WATCHDOG.format(rank=rank) for rank in range(8)))
    found = told(log, scheduler=FAILED)
    assert (found.diagnosis.label, found.diagnosis.line) == ("disk_quota", 304)
    assert found.texts[0].looked_at == 0
    assert told(log, scheduler=FAILED, most=20_000).diagnosis.label == "nccl_comm"  # no further than that


@pytest.mark.usefixtures("small")
def test_a_failure_without_a_word_at_the_end_is_looked_for(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(filler(100) + TRACEBACK + "cleaning up\n" * 900)
    assert told(log).diagnosis.label == "ok"
    found = told(log, scheduler=FAILED)
    assert (found.diagnosis.label, found.diagnosis.line) == ("missing_module", 104)


def test_both_files_are_weighed_together(tmp_path: Path) -> None:
    out, err = tmp_path / "out", tmp_path / "err"
    out.write_text("step 5/10 loss 0.5\n" * 50)
    err.write_text(f"warning\n{TRACEBACK}")
    found = told(out, err)
    assert (found.diagnosis.label, found.path, found.diagnosis.line) == ("missing_module", str(err), 5)
    assert found.progress().step == 5
    err.unlink()
    found = told(out, err)
    assert (found.diagnosis.label, found.path) == ("ok", str(out))
    assert found.files[1].problem == f"{err} is not there"
    out.unlink()
    with pytest.raises(NoLogError, match="is not there"):
        told(out, err)


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"\x00" * 5000,
        bytes(range(256)) * 50,
        b"\x1b[31m\x1b]0;title\x07" * 500,
        b"\r" * 100_000,
        b"x" * 3_000_000,
        "größe 5 → ä".encode("utf-16"),
        "ü".encode()[:1] * 999,
    ],
    ids=["empty", "nul", "bytes", "escapes", "returns", "one line", "utf-16", "cut"],
)
def test_a_failure_after_junk_is_found(junk: bytes, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(junk + b"\n" + TRACEBACK.encode())
    found = told(log)
    assert (found.diagnosis.label, found.diagnosis.line) == ("missing_module", junk.count(b"\n") + 5)
    log.write_bytes(junk)
    assert told(log).diagnosis.label == "ok"
    told(log).progress()
