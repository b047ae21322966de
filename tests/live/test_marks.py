"""Bars and sparklines, and all of it in ASCII."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from journal.live.marks import bar, in_ascii, sparkline


@pytest.mark.parametrize(
    ("part", "drawn"),
    [(0, "········"), (0.5, "████····"), (0.61, "████▉···"), (1, "████████"), (-1, "········"), (7, "████████")],
)
def test_bars(part: float, drawn: str) -> None:
    assert bar(part, 8) == drawn


@given(st.floats(0, 1), st.integers(0, 60))
def test_a_bar_is_as_wide_as_asked(part: float, width: int) -> None:
    assert len(bar(part, width)) == width
    assert in_ascii(bar(part, width)).strip("#.-") == ""


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ([8, 7, 6, 5, 4, 3, 2, 1], "█▇▆▅▄▃▂▁"),
        ([1, 1, 1], "▅▅▅"),
        ([1], ""),
        ([], ""),
        ([math.nan, 2, math.inf, 1], "█▁"),
        ([4, 4, 0, 0, 2, 2], "█▁▅"),  # in three cells
    ],
)
def test_sparklines(values: list[float], drawn: str) -> None:
    assert sparkline(values, max(len(drawn), 2) if len(values) > 1 else 8) == drawn


@given(st.lists(st.floats()), st.integers(0, 40))
def test_a_sparkline_fits_and_starts_high_where_the_values_do(values: list[float], width: int) -> None:
    drawn = sparkline(values, width)
    assert len(drawn) <= width
    assert set(drawn) <= set("▁▂▃▄▅▆▇█")


@given(st.text())
def test_ascii_takes_as_many_cells(text: str) -> None:
    shown = in_ascii(text)
    assert shown.isascii()
    assert len(shown) == cell_len(text) or not text.isprintable() or "\u200d" in text or "\ufe0f" in text


def test_words_in_ascii() -> None:
    assert in_ascii("▸ loss 0.2 → 0.1 · ✗ Fédération … 日") == "> loss 0.2 > 0.1 - x Federation ~ ??"
