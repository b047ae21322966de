"""How far a run is, in words."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from journal.derive.progress.progress import Outlook, Progress
from journal.derive.progress_words import course_in_words, progress_in_words, reached_in_words

NOW = datetime(2026, 11, 12, 14, 0, tzinfo=UTC)
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
