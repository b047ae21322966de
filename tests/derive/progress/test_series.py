"""A series keeps its shape in bounded room; a loss is judged by it."""

import json

from hypothesis import given
from hypothesis import strategies as st

from journal.derive.progress.losses import is_diverging, loss_in
from journal.derive.progress.series import Series


@given(st.lists(st.integers(0, 10**6), max_size=400), st.integers(0, 400))
def test_it_is_the_same_after_json_and_the_newest_is_in_it(values: list[int], cut: int) -> None:
    whole, parts = Series(12), Series(12)
    for place, value in enumerate(values):
        whole.add(place, value)
        if place == cut:
            parts = Series(12, *json.loads(json.dumps(parts.state())))
        parts.add(place, value)
    assert parts.points == whole.points
    assert len(whole.points) <= 12
    assert not values or whole.points[-1:] == ((len(values) - 1, values[-1]),)
    assert [point for point in whole.points if values[int(point[0])] != point[1]] == []


def test_points_are_spread_evenly() -> None:
    series = Series(12)
    for place in range(1000):
        series.add(place, place / 3)
    gaps = {later[0] - earlier[0] for earlier, later in zip(series.points, series.points[1:-1], strict=False)}
    assert series.points[0] == (0, 0)
    assert gaps == {128}


def test_a_point_at_the_same_place_takes_the_last_ones() -> None:
    series = Series(4)
    series.add(1, 5)
    series.add(1, 6)
    assert series.points == ((1, 6),)
    series.clear()
    assert series.points == ()


def test_the_main_loss_is_that_of_training() -> None:
    assert loss_in({"val_loss": 1.0, "loss_cls": 2.0, "loss": 3.0}, None) == ("loss", 3.0)
    assert loss_in({"val_loss": 1.0, "loss_cls": 2.0}, None) == ("loss_cls", 2.0)
    assert loss_in({"val_loss": 1.0, "lr": 2.0}, None) is None
    assert loss_in({"loss_box": 1.0, "loss_cls": 2.0}, "loss_cls") == ("loss_cls", 2.0)
    assert loss_in({"loss_box": 1.0}, "loss") is None
    assert loss_in({}, None) is None


def test_noise_is_no_divergence() -> None:
    noisy = [(step, 1.0 + (step * 7919 % 13) / 20) for step in range(60)]
    assert not is_diverging(noisy)
    assert not is_diverging([(step, 5.0) for step in range(10)])
    assert is_diverging([*noisy, *((step, 5.0) for step in range(60, 70))])
