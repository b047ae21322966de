"""The table of gotchas: from logs, fixes and words; numbers that stay."""

import sqlite3
from typing import Any

from journal.derive.gotcha.identity import gotcha_id
from journal.events import Batch, Event
from journal.store.event_log import append_batch
from journal.store.rebuild import forget_project, rebuild
from tests.store.stories import MISSING, PROJECT, WRITER, at, fix, gotcha, log

EINOPS = gotcha_id(f"missing_module: {MISSING}")


def _tell(store: sqlite3.Connection, *events: Event) -> None:
    append_batch(store, WRITER, "test", Batch(list(events), {}, {}))


def _row(store: sqlite3.Connection, name: str = EINOPS) -> dict[str, Any]:
    found = store.execute("SELECT * FROM gotcha WHERE id = ?", (name,))
    row = found.fetchone()
    return dict(zip([column[0] for column in found.description], row, strict=True)) if row else {}


def _numbers(store: sqlite3.Connection) -> list[tuple[int, str]]:
    return store.execute("SELECT number, id FROM gotcha_number ORDER BY number").fetchall()


def test_a_failure_is_a_candidate_and_its_fix_makes_it_a_gotcha(store: sqlite3.Connection) -> None:
    _tell(store, log("7", minute=0), log("8", minute=5), log("9", "ok", 9))
    row = _row(store)
    assert (row["status"], row["jobs"], row["scope"], row["label"]) == ("candidate", 2, "repo", "missing_module")
    assert (row["first_seen_at"], row["last_seen_at"]) == (at(1), at(6))
    change = fix(("8", 5), ("9", 9))
    _tell(store, change)
    row = _row(store)
    assert (row["status"], row["fix"], row["fixed_at"]) == ("learned", change.id, at(9))


def test_a_run_that_failed_alike_after_all_has_not_got_past(store: sqlite3.Connection) -> None:
    _tell(store, log("7"), fix(("7", 0), ("9", 9)))
    assert _row(store)["status"] == "learned"
    _tell(store, log("9", minute=9, raw_id="109", task="3"))
    assert (_row(store)["status"], _row(store)["fixed_at"]) == ("candidate", None)


def test_tasks_of_one_array_are_one_job(store: sqlite3.Connection) -> None:
    _tell(store, *(log("7", raw_id=str(100 + task), task=str(task)) for task in range(5)))
    assert _row(store)["jobs"] == 1


def test_what_is_seen_in_a_second_project_holds_on_the_cluster(store: sqlite3.Connection) -> None:
    _tell(store, log("7"), log("8", project="q" * 32))
    assert _row(store)["scope"] == "cluster"
    _tell(store, log("9", project="q" * 32, cluster="reef"))
    assert _row(store)["scope"] == "general"
    _tell(store, gotcha(EINOPS, "edit", scope="repo"))
    assert _row(store)["scope"] == "repo"


def test_a_time_limit_is_no_gotcha_until_somebody_says_so(store: sqlite3.Connection) -> None:
    limit = gotcha_id(f"time_limit: {MISSING}")
    _tell(store, log("7", "time_limit"), log("8", "ok"))
    assert store.execute("SELECT count(*) FROM gotcha").fetchone() == (0,)
    _tell(store, gotcha(limit, "confirm"))
    assert (_row(store, limit)["status"], _row(store, limit)["jobs"]) == ("confirmed", 1)


def test_numbers_are_given_in_the_order_of_sight_and_stay(store: sqlite3.Connection) -> None:
    other = {"fingerprint": "gpu_oom: out of memory"}
    _tell(store, log("7", project="q" * 32))
    _tell(store, gotcha("0" * 32, "add", title="Bind /dev/shm"))
    _tell(store, log("8", minute=5), log("9", "gpu_oom", 3, **other))
    told = [(1, EINOPS), (2, "0" * 32), (3, gotcha_id(other["fingerprint"]))]
    assert _numbers(store) == told
    rebuild(store)
    assert _numbers(store) == told
    forget_project(store, PROJECT)
    assert _numbers(store) == told[:1]
    _tell(store, log("9", "gpu_oom", 3, **other))
    assert _numbers(store) == [(1, EINOPS), (4, gotcha_id(other["fingerprint"]))]
