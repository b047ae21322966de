"""The river's numbers: inside the drawing, in order, small however long the history."""

from journal.publish.river import WIDTH, river
from tests.publish.made_up_store import MadeUpStore, large_store, small_store
from tests.publish.test_timeline import hostile_store, timeline_of


def test_lanes_lie_inside_the_drawing_and_below_their_parents() -> None:
    timeline = timeline_of(small_store())
    drawing = river(timeline)
    height = {lane["full_name"]: lane["y"] for lane in drawing["lanes"]}
    assert height["main"] < height["cosine-schedule"] < height["bf16"]
    for lane in drawing["lanes"]:
        assert 0 <= lane["x1"] < lane["x2"] <= WIDTH
        assert 0 < lane["y"] < drawing["height"]
    assert [tick["x"] for tick in drawing["ticks"]] == sorted(tick["x"] for tick in drawing["ticks"])
    assert 3 <= len(drawing["ticks"]) <= 9


def test_lanes_of_one_row_do_not_touch() -> None:
    drawing = river(timeline_of(large_store(commits=2000)))
    for one in drawing["lanes"]:
        for other in drawing["lanes"]:
            if one is not other and one["y"] == other["y"]:
                assert one["x2"] < other["x1"] or other["x2"] < one["x1"]


def test_a_long_history_stays_small() -> None:
    drawing = river(timeline_of(large_store(commits=5000)))
    assert len(str(drawing)) < 60_000
    assert drawing["omitted"] > 0


def test_nothing_one_moment_and_hostile_names_are_drawn() -> None:
    assert river(timeline_of(MadeUpStore()))["lanes"] == []
    single = MadeUpStore()
    single.commit("2026-11-05T09:00:00.000Z", "x")
    assert river(timeline_of(single))["lanes"][0]["commits"] == 1
    ancient = MadeUpStore()
    ancient.commit("0001-01-01T00:00:00.000Z", "x")
    ancient.commit("9999-12-31T23:59:59.999Z", "y")
    assert river(timeline_of(ancient))["lanes"]
    assert river(timeline_of(hostile_store()))["lanes"]
