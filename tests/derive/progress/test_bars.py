"""Progress bars, wherever in a line they stand."""

import pytest

from journal.derive.progress.bars import find_bar
from journal.derive.progress.shape import squeezed


@pytest.mark.parametrize(
    ("text", "name", "step", "total", "speed", "eta_s", "postfix"),
    [
        (" 45%|####5     | 45/100 [00:04<00:05, 10.00it/s]", "", 45, 100, (10.0, "it/s"), 5, ""),
        (
            "a: b:  45%|####5     | 45/100 [1:00:04<00:05, 10.00s/it, loss=0.1]",
            "a: b",
            45,
            100,
            (10.0, "s/it"),
            5,
            "loss=0.1",
        ),
        ("100% 40/40 [00:02<00:00, 15.41it/s]", "", 40, 40, (15.41, "it/s"), 0, ""),
        ("x: 0it [00:00, ?it/s]", "x", 0, None, None, None, ""),
        ("0/? [00:00<?, ?it/s]", "", 0, None, None, None, ""),
        ("get: 100%|##| 1.06k/1.06k [00:00<00:00, 8.88MB/s]", "get", 1060, 1060, (8.88, "MB/s"), 0, ""),
        ("get:  50%|##| 1.0G/2.0G [00:10<00:10, 100MiB/s]", "get", 10**9, 2 * 10**9, (100.0, "MiB/s"), 10, ""),
        ("{'loss': 1}  5%|▌ | 5/100 [00:01<00:19, 5.00it/s]", "", 5, 100, (5.0, "it/s"), 19, ""),
        ("fold [2]: 5%|▌ | 5/100 [00:01<00:19, 5.00it/s]", "fold [2]", 5, 100, (5.0, "it/s"), 19, ""),
        ("it 12,288/100,000 [ 0:00:07 < 0:00:51 , 1,702 it/s ]", "it", 12288, 100000, (1702.0, "it/s"), 51, ""),
        ("12/938 [>....] - ETA: 14s - loss: 0.2", "", 12, 938, None, 14, "loss: 0.2"),
        ("938/938 [====] - 3s 3ms/step - loss: 0.2", "", 938, 938, (3.0, "ms/step"), 0, "loss: 0.2"),
        (
            "Epoch 1/9 ━━━━━━ 7/50 0:00:01 • 0:00:39 9.88it/s v_num: 0",
            "Epoch 1/9",
            7,
            50,
            (9.88, "it/s"),
            39,
            "v_num: 0",
        ),
        ("   ━━━━━━━━━ 12.3/45.6 MB 3.4 MB/s eta 0:00:10", "", 12300000, 45600000, (3.4, "MB/s"), 10, ""),
        (" 45% (45 of 100) |###   | Elapsed Time: 0:00:12 ETA:   0:00:15", "", 45, 100, None, 15, ""),
        ("name |████████| 40/100 [40%] in 1.2s (~1.8s, 33.1/s)", "name", 40, 100, (33.1, "it/s"), 1.8, ""),
    ],
    ids=lambda value: str(value)[:16],
)
def test_a_bar_is_read(
    text: str,
    name: str,
    step: int,
    total: int | None,
    speed: tuple[float, str] | None,
    eta_s: float | None,
    postfix: str,
) -> None:
    for form in (text, squeezed(text)):
        bar = find_bar(form)
        assert bar is not None
        assert (bar.name, bar.step, bar.total, bar.throughput, bar.eta_s, bar.postfix) == (
            name, step, total, speed, eta_s, postfix,
        )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a [b] c",
        "[10:00:01] started",
        "2026-01-01 10:00:00 step 3/4",
        "5/7 [tests]",
        "| a | b | 3/4 |",
        "x[1:2] = 3/4",
    ],
)
def test_what_is_no_bar_is_not_taken_for_one(text: str) -> None:
    assert find_bar(text) is None


def test_bars_that_stick_together_are_found_one_after_the_other() -> None:
    text = "a: 5%|▌ | 5/100 [00:01<00:19, 5.00it/s]b: 7%|▌ | 7/100 [00:01<00:19, 5.00it/s, x=1]slurmstepd: error"
    first = find_bar(text)
    assert first is not None
    second = find_bar(text, first.end)
    assert second is not None
    assert (first.name, first.step, second.name, second.step) == ("a", 5, "b", 7)
    assert text[second.end :] == "slurmstepd: error"
