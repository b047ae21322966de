"""The end of the selected job's log."""

import os
from pathlib import Path

from journal.live.news import Inbox, Written
from journal.live.panel import Tail
from journal.live.tailing import Tailing, newest_first, read_tail
from tests.cli.conftest import eventually


def test_the_file_that_was_written_last_comes_first(tmp_path: Path) -> None:
    out, err = tmp_path / "out", tmp_path / "err"
    out.write_text("a")
    err.write_text("b")
    os.utime(out, (1, 1))
    paths = [str(out), str(err), str(tmp_path / "none")]
    assert newest_first(paths) == [str(err), str(out)]
    assert newest_first([str(tmp_path / "none")]) == [str(tmp_path / "none")]


def test_an_empty_file_does_not_hide_another(tmp_path: Path) -> None:
    out, err = tmp_path / "out", tmp_path / "err"
    out.write_text("step 1\r" + "step 2\nstep 3\n")
    err.write_text("")
    assert read_tail([str(err), str(out)]) == Tail(str(out), ("step 2", "step 3"))
    assert read_tail([str(err)]).problem == "nothing written yet"
    assert "No such file" in read_tail([str(tmp_path / "none")]).problem
    assert read_tail([]).problem == "where it writes is not known"


def test_what_is_written_is_told_and_nothing_else(tmp_path: Path) -> None:
    told: list[Written] = []
    inbox = Inbox(lambda: told.extend(each for each in inbox.drain() if isinstance(each, Written)))
    log = tmp_path / "log"
    log.write_text("one\n")
    tailing = Tailing(inbox)
    tailing.start()
    tailing.look_at("a", [str(log)])
    eventually(lambda: told == [Written("a", Tail(str(log), ("one",)))])
    tailing.look_at("a", [str(log)])
    with log.open("a") as file:
        file.write("two\n")
    eventually(lambda: told[-1].tail.lines == ("one", "two"))
    tailing.look_at("b", [str(log)])
    eventually(lambda: told[-1].key == "b")
    assert len(told) == 3
