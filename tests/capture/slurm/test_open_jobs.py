"""What is remembered of jobs between two times of asking."""

from typing import Any, cast

from journal.capture.slurm.open_jobs import OpenJobs
from journal.facts import AttemptFact
from journal.moments import from_epoch

NOW = 1_795_500_000.0


def attempt(state: str, job: str = "7", **more: Any) -> AttemptFact:
    fact = {
        "told_by": "sacct",
        "cluster": "lab",
        "job_id": job,
        "raw_id": job,
        "submitted_at": from_epoch(NOW - 100),
        "state": state,
        "seen_at": from_epoch(NOW),
        **more,
    }
    return cast("AttemptFact", fact)


def after(jobs: OpenJobs, seconds: float) -> OpenJobs:
    """What is remembered so much later."""
    return OpenJobs({name: value for name, value in jobs.cursors().items() if value is not None}, NOW + seconds)


def test_what_changes_is_news_once() -> None:
    jobs = OpenJobs({}, NOW)
    assert jobs.is_news(attempt("PENDING"))
    jobs.note([attempt("PENDING")])
    later = after(jobs, 60)
    assert not later.is_news(attempt("PENDING", seen_at=from_epoch(NOW + 60)))
    assert later.is_news(attempt("RUNNING"))


def test_suspended_and_resumed_again_is_news_again() -> None:
    jobs = OpenJobs({}, NOW)
    for state in ("RUNNING", "SUSPENDED", "RUNNING"):
        assert jobs.is_news(attempt(state))
        jobs.note([attempt(state)])


def test_two_commands_do_not_contradict_each_other_for_ever() -> None:
    jobs = OpenJobs({}, NOW)
    both = [attempt("PENDING"), attempt("PENDING", told_by="squeue", stdout="/x")]
    for fact in both:
        jobs.note([fact])
    assert not any(jobs.is_news(fact) for fact in both)


def test_a_job_that_ended_is_forgotten_and_one_that_may_go_on_is_not() -> None:
    jobs = OpenJobs({}, NOW)
    jobs.note([attempt("COMPLETED", ended_at=from_epoch(NOW))])
    assert list(jobs) == []
    jobs.note([attempt("REQUEUED", ended_at=from_epoch(NOW))])
    assert list(jobs) == ["lab/7"]
    late = after(jobs, 3600)
    late.note([attempt("REQUEUED", ended_at=from_epoch(NOW))])
    assert list(late) == []


def test_a_submission_gets_its_cluster_from_what_is_told() -> None:
    jobs = OpenJobs({}, NOW)
    jobs.add("7")
    assert jobs.is_awaited([])
    assert jobs.absent() == ["7"]
    jobs.note([attempt("RUNNING")])
    assert list(jobs) == ["lab/7"]
    assert not jobs.is_awaited([])


def test_what_accounting_has_purged_is_given_up_after_days() -> None:
    jobs = OpenJobs({}, NOW)
    jobs.note([attempt("RUNNING")])
    soon = after(jobs, 3600)
    soon.note_absent(set(), by_number=True)
    assert list(soon) == ["lab/7"]
    late = after(soon, 4 * 86400)
    late.note_absent(set(), by_number=False)
    assert list(late) == ["lab/7"], "a window of time does not show everything"
    late.note_absent(set(), by_number=True)
    assert list(late) == []
    assert late.cursors() == {"job:lab/7": None}
