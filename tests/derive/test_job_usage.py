from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journal.derive.job_usage import MOST_WATTS_A_NODE, Usage, job_usage
from tests.derive.test_job_outcome import ATTEMPTS


def at(minute: int) -> str:
    return f"2026-11-12T10:{minute:02}:00.000Z"


def ran(start: int, end: int, **more: Any) -> dict[str, Any]:
    times = {"started_at": at(start), "ended_at": at(end), "elapsed_s": (end - start) * 60}
    return {"state": "COMPLETED", "raw_id": "7", "submitted_at": at(0), **times, **more}


def test_every_try_counts_and_tasks_side_by_side_count_once() -> None:
    tries = [ran(0, 10, gpus=8, state="NODE_FAIL"), ran(30, 50, gpus=8)]
    assert job_usage(tries)[:2] == (1800, 4.0)
    tasks = [ran(0, 10, gpus=1), ran(5, 15, gpus=1), ran(20, 30, gpus=1)]
    assert job_usage(tasks)[:2] == (1500, 0.5)


def test_what_still_runs_is_counted_up_to_now() -> None:
    running = {"state": "RUNNING", "submitted_at": at(0), "started_at": at(10), "gpus": 2}
    assert job_usage([running]) == Usage(wait_s=600)
    assert job_usage([running], datetime(2026, 11, 12, 10, 40, tzinfo=UTC))[:2] == (1800, 1.0)
    assert job_usage([running], datetime(2026, 11, 12, 10, 5, tzinfo=UTC)).elapsed_s is None  # the clocks differ


def test_efficiency() -> None:
    steps = [{"id": "batch", "max_rss": 1 << 30}, {"id": "0", "max_rss": 12 << 30}]
    usage = job_usage([ran(0, 10, cpus=4, cpu_s=1200.0, memory=16 << 30, steps=steps)])
    assert (usage.cpu_efficiency, usage.memory_efficiency, usage.max_rss) == (0.5, 0.75, 12 << 30)
    assert job_usage([ran(0, 10, cpus=1, cpu_s=1e9)]).cpu_efficiency is None
    assert job_usage([ran(0, 10)]) == Usage(elapsed_s=600, wait_s=0)


def test_the_wait_is_that_of_the_first_start() -> None:
    assert job_usage([ran(20, 30), ran(5, 10)]).wait_s == 300
    assert job_usage([ran(20, 30, eligible_at=at(15))]).wait_s == 300
    assert job_usage([ran(20, 30, submitted_at=at(25))]).wait_s is None  # the clocks differ
    assert job_usage([{"state": "PENDING", "submitted_at": at(0)}]).wait_s is None


@pytest.mark.parametrize(
    ("joules", "told"),
    [
        (1_000_000, 1_000_000),
        (600 * MOST_WATTS_A_NODE, 600 * MOST_WATTS_A_NODE),
        (600 * MOST_WATTS_A_NODE + 1, None),
        (2**63, None),
        (0, None),
        (-5, None),
        (None, None),
    ],
)
def test_energy_only_where_it_can_be_true(joules: int | None, told: int | None) -> None:
    assert job_usage([ran(0, 10, energy_j=joules)]).energy_j == told


def test_energy_that_one_try_lacks_is_not_summed() -> None:
    assert job_usage([ran(0, 10, energy_j=1000), ran(10, 20)]).energy_j is None


@given(st.lists(ATTEMPTS, max_size=6))
def test_no_number_is_negative(attempts: list[dict[str, Any]]) -> None:
    for now in (None, datetime(2026, 11, 12, 10, 2, tzinfo=UTC)):
        usage = job_usage(attempts, now)
        assert all(number is None or number >= 0 for number in usage)
        assert job_usage(reversed(attempts), now) == usage
