"""Questions about gotchas: what a failure meets, what applies where, what a job has to do with them."""

import sqlite3

import pytest

from journal.derive.gotcha.gotcha import Gotcha, seen_words
from journal.derive.gotcha.identity import gotcha_id
from journal.derive.gotcha.remedy import Piece
from journal.errors import JournalError
from journal.events import Batch, Event
from journal.store.event_log import append_batch
from journal.store.event_queries import Selection, read_log, search, titles
from journal.store.gotcha_queries import applying, find_gotcha, matching, search_gotchas, unsolved
from journal.store.job_queries import find_job
from journal.store.lesson_queries import lesson_of, lessons_of
from journal.store.link_queries import links_of
from tests.store.stories import MISSING, PROJECT, WRITER, at, attempt, fix, gotcha, job, log

OTHER = "q" * 32
EINOPS = f"missing_module: {MISSING}"
OOM = {"fingerprint": "gpu_oom: CUDA out of memory", "signature": "CUDA out of memory"}


def _tell(store: sqlite3.Connection, *events: Event) -> None:
    append_batch(store, WRITER, "test", Batch(list(events), {}, {}))


def _overcome(store: sqlite3.Connection) -> None:
    """Job 7 and 8 fail of a missing module, 9 gets past it."""
    _tell(
        store,
        *(job(number, minute) for number, minute in (("7", 0), ("8", 5), ("9", 9))),
        attempt("7", "FAILED", 0, ended_at=at(1), exit_code=1),
        attempt("8", "FAILED", 5, ended_at=at(6), exit_code=1),
        attempt("9", "COMPLETED", 9, ended_at=at(10)),
        log("7", minute=0), log("8", minute=5), log("9", "ok", 9),
        fix(("8", 5), ("9", 9)),
    )  # fmt: skip


def _one(found: list[Gotcha]) -> Gotcha:
    (gotcha,) = found
    return gotcha


def test_a_failure_meets_what_is_known_of_it_with_its_evidence(store: sqlite3.Connection) -> None:
    _overcome(store)
    found = _one(matching(store, EINOPS, OTHER, "lab"))
    assert (found.name, found.status, found.scope, found.jobs) == ("G1", "learned", "repo", 2)
    assert [seen.job_id for seen in found.seen] == ["8", "7"]
    assert found.seen[0].event == job("8", 5).id
    assert found.fixes == (fix(("8", 5), ("9", 9)).id,)
    assert found.fix
    assert found.fix["commands"] == ["pip install einops"]
    assert found.error == MISSING
    assert not found.struck_again
    assert seen_words(found, OTHER, "lab") == "2 times in other repos on lab"
    assert seen_words(found, PROJECT, "lab") == "2 times here"
    assert seen_words(found, OTHER, "reef") == "2 times elsewhere"
    assert matching(store, "gpu_oom: x", PROJECT, "lab") == []
    assert matching(store, None, PROJECT, "lab") == []


def test_the_job_that_is_asked_about_does_not_count(store: sqlite3.Connection) -> None:
    _tell(store, job("7"), log("7"))
    assert matching(store, EINOPS, PROJECT, "lab", job("7").id) == []
    _tell(store, job("8", 5), log("8", minute=5))
    found = _one(matching(store, EINOPS, PROJECT, "lab", job("8", 5).id))
    assert (found.jobs, [seen.job_id for seen in found.seen], seen_words(found, PROJECT, "lab")) == (
        1, ["7"], "1 time here",
    )  # fmt: skip


def test_what_was_dropped_is_not_met(store: sqlite3.Connection) -> None:
    _overcome(store)
    _tell(store, gotcha(gotcha_id(EINOPS), "drop", 20))
    assert matching(store, EINOPS, PROJECT, "lab") == []
    assert applying(store, PROJECT, "lab") == []
    assert search_gotchas(store, [], None) == []
    assert _one(search_gotchas(store, [], None, dropped=True)).status == "dropped"


def test_what_applies_where(store: sqlite3.Connection) -> None:
    _overcome(store)
    _tell(
        store,
        gotcha("a" * 32, "add", title="Bind /dev/shm", scope="cluster"),
        gotcha("b" * 32, "add", title="Pin numpy below 2", scope="general"),
        gotcha("c" * 32, "add", title="data lies on /flash"),
    )

    def names(project: str, cluster: str | None) -> list[str]:
        return sorted(found.title for found in applying(store, project, cluster))

    module = "A package that the code imports is not installed."
    assert names(PROJECT, "lab") == [module, "Bind /dev/shm", "Pin numpy below 2", "data lies on /flash"]
    assert names(OTHER, "lab") == ["Bind /dev/shm", "Pin numpy below 2"]
    assert names(OTHER, "reef") == ["Pin numpy below 2"]
    assert names(PROJECT, None) == [module, "Pin numpy below 2", "data lies on /flash"]
    _tell(store, log("20", minute=30, project=OTHER))
    assert module in names(OTHER, "lab")


def test_the_ranks(store: sqlite3.Connection) -> None:
    _overcome(store)
    _tell(
        store,
        log("10", "gpu_oom", 20, **OOM),
        fix(("10", 20), ("11", 30), "gpu_oom", fingerprint=OOM["fingerprint"]),
    )
    assert [found.label for found in applying(store, PROJECT, "lab")] == ["missing_module", "gpu_oom"]
    _tell(store, gotcha(gotcha_id(OOM["fingerprint"]), "confirm", 40))
    assert [found.label for found in applying(store, PROJECT, "lab")] == ["gpu_oom", "missing_module"]


def test_what_ones_own_code_got_wrong_once_is_told_only_when_it_comes_back(store: sqlite3.Connection) -> None:
    own = {"fingerprint": "other_exception: NameError: name 'lr' is not defined"}
    _tell(store, log("7", "other_exception", 0, **own), fix(("7", 0), ("8", 5), "other_exception", **own))
    assert applying(store, PROJECT, "lab") == []
    _tell(store, log("9", "other_exception", 20, **own))
    assert _one(applying(store, PROJECT, "lab")).struck_again


def test_failures_that_were_not_overcome_are_counted(store: sqlite3.Connection) -> None:
    _overcome(store)
    assert unsolved(store, PROJECT) == 0
    _tell(store, log("10", "gpu_oom", 20, **OOM))
    assert (unsolved(store, PROJECT), unsolved(store, OTHER)) == (1, 0)


def test_a_gotcha_by_its_name(store: sqlite3.Connection) -> None:
    _overcome(store)
    name = gotcha_id(EINOPS)
    assert [found.id for found in (find_gotcha(store, word) for word in ("G1", "g1", name, name[:6])) if found] == (
        [name] * 4
    )
    assert find_gotcha(store, "G2") is None
    assert find_gotcha(store, "pip") is None
    _tell(store, gotcha("abcd1" + "0" * 27, "add", title="one"), gotcha("abcd2" + "0" * 27, "add", title="two"))
    with pytest.raises(JournalError, match="'abcd' could be 2 gotchas: write its number: G2 one; G3 two"):
        find_gotcha(store, "abcd")


def test_words_are_looked_for_in_all_that_is_told(store: sqlite3.Connection) -> None:
    _overcome(store)
    _tell(store, gotcha("b" * 32, "add", title="Pin numpy below 2", advice="pip install 'numpy<2'"))
    assert [found.name for found in search_gotchas(store, ["numpy"], None)] == ["G2"]
    assert [found.name for found in search_gotchas(store, ["PIP", "install"], None)] == ["G2", "G1"]
    assert [found.name for found in search_gotchas(store, ["g1"], None)] == ["G1"]
    assert search_gotchas(store, ["numpy"], OTHER) == []


def test_what_a_job_failed_of_and_what_got_past_it(store: sqlite3.Connection) -> None:
    _overcome(store)
    jobs = [found.job for found in (find_job(store, number, PROJECT) for number in "789") if found]
    first, second, third = (lessons_of(store, jobs)[each.event] for each in jobs)
    assert (first.met[0].before, second.met[0].before) == (None, "7")
    assert (first.overcome_by, second.overcome_by) == (None, "9")
    assert second.met[0].log["line"] == 12
    (past,) = third.overcame
    assert (past.failed, past.is_first, past.gotcha.name) == ("8", True, "G1")
    assert past.remedy.pieces == (
        Piece("command", "pip install einops"),
        Piece("line", "einops", "requirements.txt"),
    )
    assert past.remedy.likely
    assert lesson_of(store, jobs[2]) == third


def test_a_job_of_which_there_is_nothing_to_say(store: sqlite3.Connection) -> None:
    _tell(store, job("7"), log("7", "ok"))
    found = find_job(store, "7", PROJECT)
    assert found
    assert lessons_of(store, [found.job]) == {}


def test_titles_links_and_search_know_them(store: sqlite3.Connection) -> None:
    _overcome(store)
    _tell(store, gotcha(gotcha_id(EINOPS), "confirm", 20))
    said, change, passed, failed, *_ = read_log(store, Selection(kinds=("gotcha", "fix", "job")))
    named = titles(store, [said, change, failed])
    assert named[said.id] == "G1 confirmed"
    assert named[change.id] == f"G1: job 9 got past what failed 8: {MISSING}"
    assert named[failed.id].endswith("· G1")
    assert {(link.how, link.event.data.get("job_id")) for link in links_of(store, change)} == {
        ("failed", "8"), ("got past", "9"),
    }  # fmt: skip
    assert ("overcome by", change.id) in {(link.how, link.event.id) for link in links_of(store, failed)}
    assert ("got past", change.id) in {(link.how, link.event.id) for link in links_of(store, passed)}
    (log_event,) = read_log(store, Selection(kinds=("log",), limit=1))
    assert [link.event.kind for link in links_of(store, log_event)] == ["job", "fix"]
    assert change.id in {link.event.id for link in links_of(store, said)}
    assert [found.event.kind for found in search(store, "einops pip", Selection())] == ["fix"]


def test_gotchas_are_read_along_indexes(store: sqlite3.Connection) -> None:
    _overcome(store)
    statements: list[str] = []
    store.set_trace_callback(statements.append)
    matching(store, EINOPS, PROJECT, "lab")
    applying(store, PROJECT, "lab")
    found = find_job(store, "8", PROJECT)
    assert found
    lesson_of(store, found.job)
    store.set_trace_callback(None)
    for statement in {one for one in statements if "job_log" in one or "fix" in one}:
        for *_, step in store.execute(f"EXPLAIN QUERY PLAN {statement}"):
            assert not step.startswith(("SCAN job_log", "SCAN fix", "SCAN upheld_fix", "SCAN gotcha_word")), statement
