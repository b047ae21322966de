"""Many rows in little room."""

from hypothesis import given
from hypothesis import strategies as st

from journal.live.windows import shared, window


def test_each_gets_what_it_wants_where_there_is_room() -> None:
    assert shared((3, 1, 2), (2, 1, 1), 10) == [3, 1, 2]


def test_what_one_does_not_need_goes_to_the_others() -> None:
    assert shared((200, 50, 50), (2, 1, 1), 12) == [6, 3, 3]
    assert shared((200, 0, 2), (2, 1, 1), 12) == [10, 0, 2]
    assert shared((200, 50, 50), (2, 1, 1), 2) == [1, 1, 0]


@given(st.lists(st.integers(0, 30), min_size=3, max_size=3), st.integers(0, 40))
def test_all_room_is_used_and_no_more(wanted: list[int], room: int) -> None:
    given = shared(wanted, (2, 1, 1), room)
    assert sum(given) == min(room, sum(wanted))
    assert all(0 <= lines <= most for lines, most in zip(given, wanted, strict=True))


@given(st.integers(1, 300), st.integers(0, 40), st.data())
def test_the_selected_row_is_shown(count: int, lines: int, data: st.DataObject) -> None:
    selected = data.draw(st.none() | st.integers(0, count - 1))
    shown = window(count, lines, selected)
    assert shown.lines <= lines
    assert 0 <= shown.start <= shown.end <= count
    assert shown.more in (0, count - (shown.end - shown.start))
    if selected is not None and lines:
        assert shown.start <= selected < shown.end
