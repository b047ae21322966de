"""How far a run is, in words."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from journal.derive.progress.progress import Outlook, Progress
from journal.derive.progress_words import (
    alarms_in_words,
    clock,
    course_in_words,
    end_in_words,
    figure,
    main_metric,
    part_done,
    progress_in_words,
    ran_in_words,
    reached_in_words,
    trend,
)

NOW = datetime(2026, 11, 12, 14, 0, tzinfo=UTC)
HALF_PAST = datetime(2026, 11, 12, 14, 31, tzinfo=UTC)
FALLING = tuple((step, 1 / (step + 1)) for step in range(20))


def ends(hours: float, *flags: str, **more: Any) -> Outlook:
    return Outlook(hours * 3600, (NOW + timedelta(hours=hours)).timestamp(), flags=flags, **more)


@pytest.mark.parametrize(
    ("progress", "expected", "words"),
    [
        (Progress(), Outlook(), ""),
        (Progress(30_500, 50_000, metrics={"loss": 0.0412}, history=FALLING), ends(14.2),
         "61 % · step 30.5k of 50k · loss 0.0412 ↓ · ends Fri 04:12"),
        (Progress(9_500, metrics={"acc": 0.91}), Outlook(), "step 9,500 · acc 0.91"),
        (Progress(999, 1000, metrics={"loss": 1.0}), ends(0.1), "99 % · step 999 of 1,000 · loss 1 · ends 14:06"),
        (Progress(5, 10, "epoch", 3, 5), Outlook(), "50 % · epoch 3 of 5"),
        (Progress(1_900_000, 3_000_000), ends(9, "limit", will_hit_limit_at_step=2_500_000),
         "63 % · step 1.9 M of 3.0 M · hits its limit at step 2.5 M"),
        (Progress(3, 10, metrics={"loss": float("nan")}, flags=("nan",)), Outlook(flags=("nan",)),
         "30 % · step 3 of 10 · loss NaN · loss is NaN"),
        (Progress(10, 10, done=True), ends(0), "100 % · step 10 of 10"),
    ],
)  # fmt: skip
def test_a_run_that_goes_on(progress: Progress, expected: Outlook, words: str) -> None:
    assert progress_in_words(progress, expected, NOW) == words


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ({"progress": None}, ""),
        ({"progress": {"step": 20_000, "total_steps": 20_000, "metrics": {"loss": 0.047}},
          "loss": [[1, 0.213], [9, 0.047]]}, "step 20k of 20k · loss 0.213 → 0.047"),
        ({"progress": {"step": 20, "metrics": {"loss": None, "acc": 0.5}}, "loss": [[1, 0.213]]}, "step 20 · acc 0.5"),
        ({"progress": {"epoch": 2, "step_scope": "epoch", "step": 7, "total_epochs": 9}}, "epoch 2 of 9"),
    ],
)  # fmt: skip
def test_a_run_that_is_over(log: dict[str, Any], words: str) -> None:
    assert reached_in_words(log) == words
    assert course_in_words(log) in words


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0.0412, "0.0412"), (1.23456, "1.235"), (3e-4, "0.0003"), (1e-5, "1e-5"), (-2.5, "-2.5"), (30_500, "30,500"),
        (412_345.6, "412k"), (-30_500, "-30,500"), (1e22, "1e22"), (math.nan, "NaN"), (math.inf, "inf"),
        (-math.inf, "-inf"), (5.0, "5"), (0.0, "0"),
    ],
)  # fmt: skip
def test_figures(value: float, told: str) -> None:
    assert figure(value) == told


@pytest.mark.parametrize(
    ("hours", "told"), [(1, "15:31"), (14, "Fri 04:31"), (-20, "Wed 18:31"), (24 * 9, "21 Nov"), (0, "14:31")]
)
def test_the_clock(hours: int, told: str) -> None:
    assert clock(HALF_PAST + timedelta(hours=hours), HALF_PAST) == told


def test_ends_and_limits() -> None:
    morning = HALF_PAST + timedelta(hours=14)
    assert end_in_words(morning, None, HALF_PAST)[1] == "ends Fri 04:31"
    assert end_in_words(morning, morning + timedelta(hours=5), HALF_PAST)[1] == "ends Fri 04:31 (limit 09:31)"
    assert end_in_words(morning, morning + timedelta(days=1), HALF_PAST)[1] == "ends Fri 04:31 (limit Sat 04:31)"
    assert end_in_words(morning, morning, HALF_PAST)[0] == "ends Fri 04:31"


@pytest.mark.parametrize(
    ("progress", "part"),
    [
        (Progress(), None),
        (Progress(step=5), None),
        (Progress(step=5, total_steps=10), 0.5),
        (Progress(step=15, total_steps=10), 1.0),
        (Progress(step=5, total_steps=10, step_scope="epoch", epoch=3, total_epochs=5), 0.5),
        (Progress(epoch=1.5, total_epochs=3), 0.5),
        (Progress(step=5, total_steps=10, done=True), 1.0),
        (Progress(step=0, total_steps=0), None),
    ],
)
def test_how_much_is_done(progress: Progress, part: float | None) -> None:
    assert part_done(progress) == part


def test_the_metric_that_stands_for_the_others() -> None:
    assert main_metric({"lr": 1.0, "val_loss": 2.0, "loss": 3.0, "acc": 4.0}) == ("loss", 3.0)
    assert main_metric({"lr": 1.0, "eval_loss": 2.0, "acc": 4.0}) == ("eval_loss", 2.0)
    assert main_metric({"lr": 1.0, "acc": 4.0}) == ("acc", 4.0)
    assert main_metric({}) is None


def test_trends() -> None:
    assert trend([8, 7, 6, 5, 4, 3, 2, 1]) == "↓"
    assert trend([1, 2, 3, 4]) == "↑"
    assert trend([1, 1, 1, 1.001]) == "→"
    assert trend([1, 2]) == ""
    assert trend([4, 3, 2, math.nan]) == ""


def test_alarms() -> None:
    outlook = Outlook(will_hit_limit_at_step=41_200, stalled_s=1300, flags=("limit", "stalled", "nan", "diverging"))
    assert alarms_in_words(outlook) == [
        "loss is NaN",
        "loss diverges",
        "hits its limit at step 41,200",
        "silent 21 min",
    ]
    assert alarms_in_words(Outlook(will_hit_limit_at_epoch=3.25, flags=("limit",))) == ["hits its limit in epoch 3.25"]
    assert alarms_in_words(Outlook()) == []


def test_how_long_it_ran() -> None:
    assert ran_in_words(None, 60) == ""
    assert ran_in_words(42, None) == "42 s"
    assert ran_in_words(762, 10_800) == "12 m of 3 h"
