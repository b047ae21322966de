import sqlite3
from typing import Any

import pytest

from journal.errors import JournalError
from journal.events import Batch, Event
from journal.store.event_log import append_batch
from journal.store.event_queries import Selection, find_event, read_log, search, titles
from journal.store.job_queries import (
    asked_before,
    ended_jobs,
    find_job,
    job_of,
    jobs_of_commit,
    jobs_of_session,
    numbers_since,
    read_jobs,
    script_of,
    troubled_jobs,
    unfinished_jobs,
)
from journal.store.link_queries import links_of
from tests.store import stories
from tests.store.stories import (
    PROJECT,
    WRITER,
    at,
    attempt,
    commit,
    drift,
    job,
    prompt,
    script,
    session,
    sha,
    submission,
)


def tell(store: sqlite3.Connection, *events: Event) -> None:
    append_batch(store, WRITER, "test", Batch(list(events), {}, {}))


def numbers(store: sqlite3.Connection, **bounds: str) -> list[str]:
    return [found.job_id for found in read_jobs(store, PROJECT, **bounds)]


def test_jobs_are_listed_newest_first_with_all_that_is_known(store: sqlite3.Connection) -> None:
    tell(
        store,
        job("7", 10), attempt("7", "NODE_FAIL", 10), attempt("7", "COMPLETED", 20), submission("7", 10),
        drift("7", "end", [], 10), drift("7", "start", [], 10), script("7", "#!/bin/sh\n", 10),
        job("8", 30), attempt("8", "RUNNING", 30),
    )  # fmt: skip
    newest, oldest = read_jobs(store, PROJECT)
    assert (newest.job_id, newest.submission) == ("8", None)
    assert [each["state"] for each in oldest.attempts] == ["NODE_FAIL", "COMPLETED"]
    assert [each["moment"] for each in oldest.drifts] == ["start", "end"]
    assert oldest.submitted["commit"] == sha(1)
    assert script_of(store, oldest) == {"text": "#!/bin/sh\n", "told_by": "slurmctld"}
    assert script_of(store, newest) is None
    assert numbers(store, since=at(20)) == ["8"]
    assert numbers(store, until=at(20)) == ["7"]
    assert list(read_jobs(store, "another")) == []
    assert len(list(read_jobs(store, None))) == 2


def test_reading_the_newest_does_not_read_all(store: sqlite3.Connection) -> None:
    tell(store, *(job(str(n), n) for n in range(50)), *(submission(str(n), n) for n in range(50)))
    statements: list[str] = []
    reader = read_jobs(store, PROJECT)
    store.set_trace_callback(statements.append)
    assert [next(reader).job_id for _ in range(3)] == ["49", "48", "47"]
    assert len([one for one in statements if "FROM attempt" in one]) == 3


def test_a_listing_is_read_along_indexes(store: sqlite3.Connection) -> None:
    statements: list[str] = []
    tell(store, job("7"), attempt("7", "COMPLETED"), submission("7"), drift("7", "start", []))
    store.set_trace_callback(statements.append)
    list(read_jobs(store, PROJECT))
    sorts = [row[3] for query in statements for row in store.execute(f"EXPLAIN QUERY PLAN {query}") if "TEMP" in row[3]]
    unfinished_jobs(store, PROJECT)
    troubled_jobs(store, PROJECT, at(0))
    numbers_since(store, PROJECT, at(0))
    store.set_trace_callback(None)
    plans = [row[3] for query in statements for row in store.execute(f"EXPLAIN QUERY PLAN {query}")]
    assert [plan for plan in plans if plan.startswith("SCAN") and "subquery" not in plan] == []
    assert sorts == ["USE TEMP B-TREE FOR RIGHT PART OF ORDER BY"]  # of one moment, by number


def test_a_number_that_was_used_again_is_another_job(store: sqlite3.Connection) -> None:
    tell(
        store,
        job("7", 0, "old"), attempt("7", "COMPLETED", 0), submission("7", 0, session="old"),
        job("7", 3000, "new"), attempt("7", "FAILED", 3000), submission("7", 3000, session="new"),
    )  # fmt: skip
    # Fifty hours of minutes are two days.
    new, old = (job_of(store, e.id, e.kind, e.data) for e in read_log(store, Selection(PROJECT, ("job",))))
    assert new
    assert old
    assert [(one.name, [a["state"] for a in one.attempts], one.submitted["session"]) for one in (new, old)] == [
        ("new", ["FAILED"], "new"), ("old", ["COMPLETED"], "old"),
    ]  # fmt: skip
    found = find_job(store, "7", PROJECT)
    assert found
    assert found.job.name == "new"
    by_event = find_job(store, old.event[:12], PROJECT)
    assert by_event
    assert by_event.job.name == "old"


def test_the_shim_is_trusted_most_and_others_add_what_it_lacks(store: sqlite3.Connection) -> None:
    tell(
        store,
        job("7", 10),
        submission("7", 10, told_by="accounting", snapshot=sha(3)),
        submission("7", 11, told_by="transcript", session="5a1e", snapshot=sha(2)),
        submission("7", 12, snapshot=sha(1)),
        submission("7", 10, told_by="shim", cluster="other", snapshot=sha(4)),
        submission("7", 5000, snapshot=sha(5)),
    )
    found = find_job(store, "7", PROJECT)
    assert found
    assert (found.job.submitted["snapshot"], found.job.submitted["session"]) == (sha(1), "5a1e")


def test_a_submission_without_a_number_is_of_the_nearest_job_of_its_kind(store: sqlite3.Connection) -> None:
    here: dict[str, Any] = {"command": "srun", "work_dir": "/home/u/p"}
    tell(
        store,
        job("1", 10, **here), job("2", 11, **here), job("3", 11, **{**here, "work_dir": "/elsewhere"}),
        job("4", 30, **here), job("5", 10, command="salloc"),
        submission(None, 10, command="srun", session="first"), submission(None, 11, command="srun", session="second"),
    )  # fmt: skip
    told = {found.job_id: found.submitted.get("session") for found in read_jobs(store, PROJECT)}
    assert told == {"1": "first", "2": "second", "3": None, "4": None, "5": None}
    assert [found.job_id for found in jobs_of_session(store, "second")] == ["2"]


def test_one_submission_without_a_number_is_taken_once(store: sqlite3.Connection) -> None:
    here: dict[str, Any] = {"command": "srun", "work_dir": "/home/u/p"}
    tell(store, job("1", 10, **here), job("2", 11, **here), submission(None, 10, command="srun"))
    assert {found.job_id: found.submission is not None for found in read_jobs(store, PROJECT)} == {
        "1": True, "2": False,
    }  # fmt: skip


def test_a_submission_without_a_number_is_of_no_job_with_other_arguments(store: sqlite3.Connection) -> None:
    here: dict[str, Any] = {"command": "srun", "argv": ["-n1", "sh", "-c", "echo 'ü'"]}
    tell(
        store,
        job("1", 10, command="srun"), attempt("1", "FAILED", 10, submit_line="/usr/bin/srun true"),
        job("2", 11, command="srun"), attempt("2", "FAILED", 11, submit_line="srun -n1 sh -c echo '??'"),
        submission(None, 10, **here),
    )  # fmt: skip
    told = {found.job_id: found.submission is not None for found in read_jobs(store, PROJECT)}
    assert told == {"1": False, "2": True}
    tell(store, submission("2", 11, told_by="accounting", argv=None, command="srun", snapshot=sha(3)))
    telling = find_job(store, "2", PROJECT)
    assert telling
    assert telling.job.submission
    assert telling.job.submitted["told_by"] == "shim"
    by_event = find_job(store, telling.job.submission.event, PROJECT)
    assert by_event
    assert by_event.job.job_id == "2"


def test_a_job_that_the_batch_system_never_told_of_is_listed_once(store: sqlite3.Connection) -> None:
    tell(
        store,
        submission("9", 10, argv=["-J", "lost", "x.sh"]), submission("9", 11, told_by="transcript", session="5a1e"),
        submission(None, 12), job("8", 5),
    )  # fmt: skip
    assert numbers(store) == ["9", "8"]
    found = find_job(store, "9", PROJECT)
    assert found
    assert (found.job.name, found.job.submitted["session"], found.job.attempts) == ("lost", "5a1e", ())
    tell(store, job("9", 10, "lost"))
    assert numbers(store) == ["9", "8"]
    found = find_job(store, "9", PROJECT)
    assert found
    assert found.job.cluster == "lab"


def test_jobs_by_name(store: sqlite3.Connection) -> None:
    tell(
        store,
        job("7", 10), attempt("7", "COMPLETED", 10, raw_id="9", task="3"), attempt("7", "FAILED", 10, task="4"),
        job("8", 11, cluster="lumi"), job("8", 12),
    )  # fmt: skip
    for name, number, task in (
        ("7", "7", None), ("7_3", "7", "3"), ("7+1", "7", "+1"), ("lab/7", "7", None), ("9", "7", "3"),
        ("lumi/8", "8", None),
    ):  # fmt: skip
        found = find_job(store, name, PROJECT)
        assert found
        assert (found.job.job_id, found.task) == (number, task), name
    with pytest.raises(JournalError, match="lab/8 train"):
        find_job(store, "8", PROJECT)
    for name in ("10", "lab/9999", "nothing", "", "7_", "ffff"):
        assert find_job(store, name, PROJECT) is None, name


def test_a_jobs_number_beats_the_beginning_of_a_sha(store: sqlite3.Connection) -> None:
    tell(store, commit(1), job("0000", 10))
    found = find_event(store, "0000", PROJECT)
    assert found
    assert found.kind == "job"
    found = find_event(store, "0000", "another project")
    assert found
    assert found.kind == "commit"


def test_ties_both_ways(store: sqlite3.Connection) -> None:
    tell(
        store,
        commit(1), session("5a1e"),
        prompt("5a1e", "run it", 5), prompt("5a1e", "/clear", 6), prompt("5a1e", "later", 50),
        job("7", 10), attempt("7", "COMPLETED", 10), submission("7", 10, session="5a1e"),
        stories.rewrite(1, 2), commit(2),
    )  # fmt: skip
    events = {(e.kind, e.data.get("sha")): e for e in read_log(store, Selection(PROJECT))}
    of_job = {link.how: link.event.kind for link in links_of(store, events["job", None])}
    assert of_job == {"code": "commit", "asked in": "session"}
    for name in (("commit", sha(1)), ("commit", sha(2)), ("session", None)):
        assert "job" in {link.how for link in links_of(store, events[name])}, name
    (attempted,) = read_log(store, Selection(PROJECT, ("attempt",)))
    assert {link.how: link.event.kind for link in links_of(store, attempted)} == {**of_job, "job": "job"}
    assert [found.job_id for found in jobs_of_commit(store, PROJECT, sha(2))] == ["7"]
    assert asked_before(store, "5a1e", at(10)) == "run it"


def test_the_log_tells_how_jobs_ended(store: sqlite3.Connection) -> None:
    ran = {"started_at": at(11), "ended_at": at(13), "elapsed_s": 120}
    tell(store, job("7", 10, "two\nlines"), attempt("7", "FAILED", 10, exit_code=3, **ran), job("8", 9))
    assert list(titles(store, read_log(store, Selection(PROJECT))).values()) == [
        "7 two lines ✗ 2 m · exit code 3", "8 train",
    ]  # fmt: skip


def test_what_runs_and_what_ended(store: sqlite3.Connection) -> None:
    tell(
        store,
        job("7", 10), attempt("7", "FAILED", 10, ended_at=at(20)), job("8", 11), attempt("8", "RUNNING", 11),
        job("9", 12), attempt("9", "COMPLETED", 12, ended_at=at(15), elapsed_s=1800, gpus=3),
        job("10", 13), attempt("10", "COMPLETED", 13, ended_at=at(15), steps=[{"id": "0", "state": "OUT_OF_MEMORY"}]),
        submission("11", 14), submission("11", 14, told_by="transcript"),
    )  # fmt: skip
    for project in (PROJECT, None):
        assert [found.job_id for found in unfinished_jobs(store, project)] == ["8"]
        assert [found.job_id for found in troubled_jobs(store, project, at(11))] == ["7", "10"]
        assert [found.job_id for found in troubled_jobs(store, project, at(16))] == ["7"]
        assert numbers_since(store, project, at(11)) == (4, 1.5)
    assert unfinished_jobs(store, "another") == []


def test_what_is_over_is_told_last_first_and_no_more_than_asked(store: sqlite3.Connection) -> None:
    for number, ended in (("1", 30), ("2", 20), ("3", 40)):
        tell(store, job(number), attempt(number, "COMPLETED", started_at=at(1), ended_at=at(ended)))
    tell(store, job("4"), attempt("4", "NODE_FAIL", ended_at=at(50)), attempt("4", "PENDING", 51, raw_id="4"))
    tell(store, job("5"), *(attempt("5", state, raw_id=f"5{task}", task=task, **more) for task, state, more in TASKS))
    assert [each.job_id for each in ended_jobs(store, PROJECT, at(0), 9)] == ["3", "1", "2"]
    assert [each.job_id for each in ended_jobs(store, None, at(25), 1)] == ["3"]
    assert ended_jobs(store, "q" * 32, at(0), 9) == []


TASKS: list[tuple[str, str, dict[str, Any]]] = [("0", "COMPLETED", {"ended_at": at(60)}), ("1", "RUNNING", {})]


def test_search_finds_jobs_by_name_and_by_the_words_of_their_scripts(store: sqlite3.Connection) -> None:
    tell(store, job("7", 10, "smoke-test"), script("7", "#!/bin/sh\nexport MIOPEN_USER_DB_PATH=/tmp\n", 10))
    assert [found.event.kind for found in search(store, "smoke", Selection(PROJECT))] == ["job"]
    assert [found.event.kind for found in search(store, "miopen", Selection(PROJECT))] == ["script"]
