"""A reader's state hangs on the lines alone: not on how they are split, nor on whether it went through JSON."""

import json
import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journal.derive.log.lines import LogLine, split_lines
from journal.derive.progress.progress import Progress, progress_json
from journal.derive.progress.reader import ProgressReader
from journal.derive.progress.recognition import LONGEST
from tests.derive.progress.comparison import read_cases

LINES = sorted({line.text for case in read_cases() for line in split_lines(case["text"].encode())})
MOST_STATE = 8 << 10  # bytes of JSON

# Lines that real programs print, the same ones with other numbers (what is passed over), and anything at all.
real_lines = st.sampled_from(LINES)
steps_done = st.integers(0, 100)
steps = st.builds("step {}/5000 loss {:.3f} lr 1e-4".format, st.integers(0, 5000), st.floats(0, 9))
fillings = st.sampled_from(["█▏  ", ""])
bars = st.builds(
    "\r{:3d}%|{}| {}/100 [00:{:02d}<00:10, 2.50it/s]".format, steps_done, fillings, steps_done, st.integers(0, 59)
)
numbers = st.from_regex(r"\A(?:epoch|step|loss|\|)?[-0-9.:/,%\[\]() e]{0,40}\Z")
anything = st.text(max_size=80)
lines = st.one_of(real_lines, steps, bars, numbers, anything)


def _reader(texts: list[str]) -> ProgressReader:
    reader = ProgressReader()
    reader.feed(LogLine(number, text) for number, text in enumerate(texts, 1))
    return reader


def _same(one: Progress, other: Progress) -> bool:
    return repr(one) == repr(other)  # NaN equals itself there


@settings(max_examples=150, deadline=None)
@given(st.lists(lines, max_size=120), st.data())
def test_any_split_gives_the_same_state(texts: list[str], data: st.DataObject) -> None:
    whole = _reader(texts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(texts)), max_size=5)))
    parts = ProgressReader()
    for start, end in zip([0, *cuts], [*cuts, len(texts)], strict=True):
        parts.feed(LogLine(number, text) for number, text in enumerate(texts[start:end], start))
        parts.progress()  # looking changes nothing
        parts = ProgressReader.from_state(json.loads(json.dumps(parts.state(), allow_nan=False)))
    assert _same(parts.progress(), whole.progress())
    assert parts.state() == whole.state()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(steps, bars), max_size=300), st.lists(st.floats(0, 2e9), min_size=3, max_size=3))
def test_when_it_was_read_counts_not_in_how_many_pieces(texts: list[str], times: list[float]) -> None:
    whole, pieces = ProgressReader(), ProgressReader()
    for number, at in enumerate(sorted(set(times))):
        part = [LogLine(1, text) for text in texts[number * 100 : number * 100 + 100]]
        whole.feed(part, at)
        for line in part:
            pieces.feed([line], at)
        pieces.feed([], at)
    assert pieces.progress() == whole.progress()


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=4000))
def test_no_bytes_make_it_fail(data: bytes) -> None:
    reader = ProgressReader()
    reader.feed(split_lines(data))
    json.dumps(progress_json(reader.progress()), allow_nan=False)


@settings(max_examples=100, deadline=None)
@given(st.lists(real_lines, min_size=1, max_size=3), st.data())
def test_no_damaged_line_makes_it_fail(texts: list[str], data: st.DataObject) -> None:
    damaged = "".join(texts)
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(damaged)))
        put_in = data.draw(st.sampled_from(["\0", "9" * 400, "\x1b[31m", "/", "]", "\ud800", "e999", ""]))
        damaged = damaged[:place] + put_in + damaged[place + data.draw(st.integers(0, 3)) :]
    json.dumps(progress_json(_reader([damaged]).progress()), allow_nan=False)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.text(max_size=3000), real_lines, steps), max_size=60))
def test_the_state_is_small(texts: list[str]) -> None:
    assert len(json.dumps(_reader(texts).state())) <= MOST_STATE


def test_the_state_of_a_talkative_log_is_small() -> None:
    names = [f"näme_of_a_loss_{number}_{'x' * 40}" for number in range(200)]
    texts = [
        f"step {number} loss {number / 3} " + " ".join(f"{name}={number / 7}" for name in names[number % 150 :][:8])
        for number in range(800)
    ]
    texts += ["\r".join(f'{{"épöch": {number}, "loss_{kind}": 0.5}}' for number in range(9)) for kind in "abcdefgh"]
    assert len(json.dumps(_reader(texts).state())) <= MOST_STATE


@pytest.mark.parametrize(
    "text",
    [
        "9" * 4000, "1:" * 2000, "epoch" * 800, "0/" * 2000, "|" * 4000, "█" * 4000, "━" * 4000, " " * 4000, "[" * 4000,
        "a b" * 1300, "1%|" * 1300, "- " * 2000, "1,000" * 800, "(1" * 2000, "x=1" * 1300, "{'loss': " * 400,
        "2026-01-01 10:00:00 " * 200, "INFO - " * 600, "12d 3h 4m " * 400, "\t1.5e-3" * 500, "||100it[0:1" * 300,
    ],
    ids=lambda text: text[:10],
)  # fmt: skip
def test_no_text_of_any_length_makes_it_fail(text: str) -> None:
    for length in (LONGEST // 4, LONGEST, 4 * LONGEST):
        _reader([text[:length], f"{text[:length]} loss: 0.5 step 3"])


def test_a_long_line_loses_its_middle_and_keeps_its_end() -> None:
    assert _reader(["x" * 50_000 + " step 12/40 loss 0.5"]).progress().step == 12


def test_lines_alike_are_passed_over_and_the_last_counts() -> None:
    reader = _reader([f"step {number} loss {10 / (1 + number):.4f}" for number in range(5000)])
    progress = reader.progress()
    assert (progress.step, progress.metrics) == (4999, {"loss": 0.002})
    assert 30 <= len(progress.history) <= 60
    assert [step for step, _ in progress.history] == sorted(step for step, _ in progress.history)
    assert progress.history[0][0] == 0


def test_two_bars_of_other_lengths_are_not_alike() -> None:
    bar = " 50%|█████     | {}/{} [00:10<00:10, 2.00it/s]"
    progress = _reader([bar.format(100 + number, 2000) for number in range(200)] + [bar.format(9, 17)] * 100).progress()
    assert (progress.step, progress.total_steps) == (299, 2000)


@pytest.mark.parametrize(("text", "flags"), [("loss nan", ("nan",)), ("loss 2.5", ()), ("loss: inf", ("nan",))])
def test_a_loss_that_is_no_number_is_flagged(text: str, flags: tuple[str, ...]) -> None:
    progress = _reader(["step 1 loss 2.0 lr 0.1", f"step 2 {text}"]).progress()
    assert progress.flags == flags
    assert math.isnan(progress.metrics["loss"]) == ("nan" in text)


def test_a_loss_that_rises_far_is_flagged() -> None:
    losses = [4 / (1 + number / 10) for number in range(40)] + [0.8 + number / 4 for number in range(20)]
    assert _reader([f"step {step} loss {loss:.3f}" for step, loss in enumerate(losses)]).progress().flags == (
        "diverging",
    )
    assert _reader([f"step {step} loss {loss:.3f}" for step, loss in enumerate(losses[:40])]).progress().flags == ()


def test_what_the_log_says_of_gpus() -> None:
    assert _reader(["step: 40  loss:  6.9  memory: 31.5GiB(39.4%)  tps: 8,312"]).progress().gpu.memory == int(
        31.5 * 2**30
    )
    smi = _reader(["| N/A   41C    P0   301W / 400W |  61203MiB / 81920MiB |     97%      Default |"]).progress().gpu
    assert (smi.memory, smi.utilization) == (61203 * 2**20, 97.0)
    report = [
        "| Max GPU Memory Used (bytes)        | 66748153856      |",
        "| SM Utilization (%)   | Avg: 96, Max: 100, Min: 0 |",
    ]
    assert tuple(_reader(report).progress().gpu) == (66748153856, 96.0)
    assert (
        _reader(["Epoch: [4]  [ 10/4572]  eta: 0:20:42  loss: 2.1  time: 0.27  max mem: 20783"]).progress().gpu.memory
        == 20783e6
    )


def test_the_pace_is_that_of_the_log_where_it_dates_itself() -> None:
    dated = [f"2026-11-12 10:{minute:02d}:00 step {minute * 60}/9000 loss 0.5" for minute in range(5)]
    reader = ProgressReader()
    reader.feed([LogLine(1, "step 1/9000 loss 0.6")], at=5.0)
    assert reader.progress().pace == ((5.0, 1.0),)
    reader.feed([LogLine(2, text) for text in dated], at=9.0)
    pace = reader.progress().pace
    assert [later[0] - earlier[0] for earlier, later in pairwise(pace)] == [60.0] * 4
    assert [position for _, position in pace] == [0, 60, 120, 180, 240]


def test_a_state_of_something_else_is_refused() -> None:
    strange: list[Any] = [{}, {"ledger": {}}, {"ledger": {"loss": 3}, "held": []}]
    for state in strange:
        with pytest.raises((KeyError, TypeError, ValueError)):
            ProgressReader.from_state(state)
