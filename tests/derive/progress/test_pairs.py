"""Numbers with the names before them, and what the names mean."""

import math

import pytest

from journal.derive.progress.figures import magnitude, seconds
from journal.derive.progress.pairs import pairs
from journal.derive.progress.units import canonical_rate, is_rate
from journal.derive.progress.vocabulary import meaning


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("loss: 2.31, lr=1e-05 | ppl 9.1", [("loss", 2.31), ("lr", 1e-05), ("ppl", 9.1)]),
        ('{\'loss\': 0.68, "acc": "0.5"}', [("loss", 0.68), ("acc", 0.5)]),
        (
            "elapsed time per iteration (ms): 12.5 | lm loss 8.2",
            [("elapsed time per iteration (ms)", 12.5), ("lm loss", 8.2)],
        ),
        ("loss: 1.8 (2.7)  Acc@1 51.5 ( 49.9)", [("loss", 1.8), ("Acc@1", 51.5)]),
        ("Time(1000 iters): 3.8s", [("Time", 3.8)]),
        ("step 3/10, 7 of 9", [("step", 3), ("", 7)]),
        ("tps: 7,865, v2.1.0, sha9f a_b2, x=1,2", [("tps", 7865), ("x", 1), ("", 2)]),
        ("eta: 1 day, 2:00:00 left 1h 5m", [("eta", 93600), ("left", 3900)]),
        ("2026-01-01 10:00:00,123 loss=-.5", [("loss", -0.5)]),
        ("number of nan iterations: 0", [("number of nan iterations", 0)]),
    ],
)
def test_numbers_have_their_names(text: str, expected: list[tuple[str, float]]) -> None:
    assert [(pair.name, pair.value) for pair in pairs(text)] == expected


def test_units_totals_and_percentages() -> None:
    found = {
        pair.name: pair for pair in pairs("step 3/10 mfu 46.1% mem: 63.5GiB rate 5.0 s/it Acc: 98/100 (98%) n 4 of 5")
    }
    assert (found["step"].total, found["n"].total, found["Acc"].percent) == (10, 5, 98)
    assert [found[name].unit for name in ("mfu", "mem", "rate")] == ["%", "GiB", "s/it"]


def test_what_is_no_number_is_one_too() -> None:
    assert math.isnan(next(pairs("loss: nan")).value)
    assert [pair.value for pair in pairs("a inf, b=-inf")] == [math.inf, -math.inf]


@pytest.mark.parametrize(
    ("name", "kind", "unit"),
    [
        ("it", "step", ""), ("num_updates", "step", ""), ("Train Epoch", "epoch", ""), ("batch", "batch", ""),
        ("val_loss", "metric", ""), ("Valid accuracy", "metric", ""), ("episode_reward_mean", "metric", ""),
        ("train_loss_step", "metric", ""), ("saved at step", "step", ""), ("best epoch", "named", ""),
        ("warmup_steps", "named", ""), ("tps", "rate", "tokens/s"), ("tgs (tokens/gpu/second)", "rate", "tokens/s/gpu"),
        ("elapsed time per iteration (ms)", "time per", "ms/iter"), ("train_step_timing in s", "time per", "s/step"),
        ("throughput/device/tokens_per_second", "rate", "tokens/s"), ("max mem", "memory", ""), ("lr", "named", ""),
        ("data_time", "noise", ""), ("trainer.py", "noise", ""), ("loss_weight", "named", ""),
    ],
)  # fmt: skip
def test_names_mean_something(name: str, kind: str, unit: str) -> None:
    assert meaning(name)[:2] == (kind, unit)


def test_units_are_written_in_one_way() -> None:
    assert [canonical_rate(unit) for unit in ("tok/sec", "iters/s", "tokens/gpu/s", "s/it", "examples/s", "/s")] == [
        "tokens/s", "it/s", "tokens/s/gpu", "s/it", "examples/s", "/s",
    ]  # fmt: skip
    assert [is_rate(unit) for unit in ("it/s", "ms/step", "/s", "MB", "m/s/x", "a/b")] == [
        True,
        True,
        True,
        False,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("20:42", 1242), ("1:18:21", 4701), ("1 day, 2:03:04", 93784), ("2-03:00:00", 183600), ("1h23m", 4980),
     ("306s", 306), ("12 minutes", 720), ("37.8s", 37.8), ("?", None), ("soon", None), ("5 apples", None)],
)  # fmt: skip
def test_times(text: str, expected: float | None) -> None:
    assert seconds(text) == expected


def test_sizes() -> None:
    assert [magnitude(text) for text in ("246M", "1.06k", "1GiB", "12.3 MB", "x")] == [246e6, 1060, 2**30, 12.3e6, None]
    assert magnitude("47.39M", 1024) == 49692016.64
