"""Of several captures at once, one asks the batch system; a job that got an old one's number is another job."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from journal.capture.slurm.accounting import FIELDS
from journal.capture.slurm.situation import Owner, Told
from journal.events import Batch
from journal.ingest.jobs import read_scheduler, store_told
from journal.store.database import open_store
from tests.capture.slurm.test_accounting import row
from tests.store.stories import PROJECT, WRITER, submission

NOW = 1_795_490_000.0  # 2026-11-24


@pytest.fixture
def store(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_store(tmp_path / "journal.sqlite3")) as connection:
        yield connection


@pytest.fixture
def sacct(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Slurm whose accounting says what the file holds, and that counts how often it was asked."""
    programs = tmp_path / "bin"
    programs.mkdir()
    said = tmp_path / "said"
    said.write_text("")
    script = f"""#!/bin/sh
for word; do
    case $word in
        --helpformat) echo {" ".join(FIELDS)}; exit ;;
        --delimiter=*) delimiter=${{word#*=}} ;;
    esac
done
echo asked >>{tmp_path}/asked
sed "s/<>/$delimiter/g" {said}
"""
    others = {"scontrol": "#!/bin/sh\necho 'ClusterName = lab'\n", "squeue": "#!/bin/sh\nexit 1\n"}
    for name, text in {"sacct": script, **others}.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    return said


def say(sacct: Path, *rows: str) -> None:
    sacct.write_text("".join(rows).replace("\x1f0123456789ab\x1f", "<>"))


def capture(store: sqlite3.Connection, now: float = NOW) -> None:
    for told in read_scheduler(store, now, 60, asked_for=True):
        store_told(store, told)


def handed_over(store: sqlite3.Connection, number: str, at: str) -> None:
    event = submission(number)._replace(at=at, id=f"{number}{at}"[:32])
    store_told(store, Told(Owner(PROJECT, WRITER), Batch([event], {}, {})))


def test_one_of_two_captures_asks(store: sqlite3.Connection, sacct: Path, tmp_path: Path) -> None:
    handed_over(store, "12", "2026-11-24T03:01:17.000Z")
    first = read_scheduler(store, NOW, 60, asked_for=True)
    next(first)
    assert list(read_scheduler(store, NOW + 1, 60, asked_for=True)) == []
    list(first)
    capture(store, NOW + 2)
    assert (tmp_path / "asked").read_text().count("asked") == 2


def test_a_capture_that_was_killed_holds_nobody_up_for_long(store: sqlite3.Connection, sacct: Path) -> None:
    handed_over(store, "12", "2026-11-24T03:01:17.000Z")
    killed = read_scheduler(store, NOW, 60, asked_for=True)
    next(killed)
    say(sacct, row("12"))
    assert list(read_scheduler(store, NOW + 60, 60, asked_for=True)) == []
    capture(store, NOW + 120)
    assert store.execute("SELECT state FROM attempt").fetchall() == [("COMPLETED",)]
    killed.close()


def test_a_number_that_is_used_again_is_another_job(store: sqlite3.Connection, sacct: Path) -> None:
    handed_over(store, "12", "2026-11-10T03:01:17.000Z")
    say(sacct, row("12", Submit="1794279677", Start="1794279680", End="1794279690", JobName="old"))
    capture(store)
    handed_over(store, "12", "2026-11-24T03:01:17.000Z")
    say(
        sacct,
        row("12", Submit="1794279677", Start="1794279680", End="1794279690", JobName="old"),
        row("12", State="FAILED"),
    )
    capture(store, NOW + 10)
    assert store.execute("SELECT job_id, name FROM job ORDER BY submitted_at").fetchall() == [
        ("12", "old"),
        ("12", "train"),
    ]
    firsts = "SELECT submitted_at = first_submitted_at FROM attempt"
    assert store.execute(firsts).fetchall() == [(1,), (1,)]


def test_a_cluster_that_is_not_known_here_hides_no_other(
    store: sqlite3.Connection, sacct: Path, tmp_path: Path
) -> None:
    program = tmp_path / "bin/sacct"
    program.write_text(program.read_text().replace("--helpformat)", "--clusters=*) exit 1 ;;\n        --helpformat)"))
    event = submission("99", cluster="nowhere")._replace(at="2026-11-24T03:01:00.000Z")
    store_told(store, Told(Owner(PROJECT, WRITER), Batch([event], {}, {})))
    handed_over(store, "12", "2026-11-24T03:01:17.000Z")
    say(sacct, row("12"))
    capture(store)
    capture(store, NOW + 120)
    assert store.execute("SELECT job_id, state FROM attempt").fetchall() == [("12", "COMPLETED")]


def test_a_try_that_comes_later_is_of_the_job_that_was_requeued(store: sqlite3.Connection, sacct: Path) -> None:
    handed_over(store, "12", "2026-11-24T03:01:17.000Z")
    say(sacct, row("12", State="NODE_FAIL"))
    capture(store)
    say(sacct, row("12", Submit="1795489900", Start="1795489910", End="1795489920"))  # the first is out of the window
    capture(store, NOW + 30)
    assert store.execute("SELECT count(*) FROM job").fetchone() == (1,)
    tries = store.execute("SELECT state, first_submitted_at FROM attempt ORDER BY submitted_at").fetchall()
    assert [state for state, _ in tries] == ["NODE_FAIL", "COMPLETED"]
    assert len({first for _, first in tries}) == 1


def test_who_waits_for_an_answer_hears_that_nobody_was_asked(store: sqlite3.Connection, sacct: Path) -> None:
    for _ in range(30):  # more than the purse holds
        capture(store)
    told = list(read_scheduler(store, NOW, 60, asked_for=True))
    assert [reason for each in told for reason in each.batch.skipped] == [
        "Slurm was asked often of late: it is asked again in a minute"
    ]
    assert list(read_scheduler(store, NOW, 60, asked_for=False)) == []
