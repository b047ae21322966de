"""What keys do."""

from hypothesis import given
from hypothesis import strategies as st

from journal.live.steering import HELP, Action, Page, Steering, press
from tests.live import made_up

MODEL = made_up.model()
KEYS = [row.key for row in MODEL.rows]
EMPTY = made_up.model(made_up.OVERVIEW._replace(running=(), queued=(), ended=()))
ROOM = 20


def after(*keys: str, steering: Steering = Steering(), lines: int = 0) -> tuple[Steering, Action | None]:  # noqa: B008  (it never changes)
    """The screen after some keys, and what the last of them asks for."""
    action = None
    for key in keys:
        steering, action = press(steering, key, MODEL, ROOM, lines)
    return steering, action


def test_selecting() -> None:
    assert after("down", "j")[0].selected == KEYS[2]
    assert after("G")[0].selected == KEYS[-1]
    assert after("G", "down")[0].selected == KEYS[-1]
    assert after("G", "g", "up", "k")[0].selected == KEYS[0]
    assert after("page down")[0].selected == KEYS[-1]
    groups = [row.group for row in MODEL.rows]
    assert after("tab")[0].selected == KEYS[groups.index("queued")]
    assert after("tab", "tab", "tab")[0].selected == KEYS[0]


def test_a_row_that_is_gone_is_no_longer_selected() -> None:
    steering, action = press(Steering(selected="gone"), "d", MODEL, ROOM, 0)
    assert action == Action("diagnose", MODEL.rows[0])
    assert steering.selected == KEYS[0]


def test_deeds_are_done_to_the_selected_row() -> None:
    for key, deed in (("l", "log"), ("enter", "log"), ("d", "diagnose"), ("r", "plan")):
        steering, action = after("down", key)
        assert action is not None
        assert (action.deed, action.row) == (deed, MODEL.rows[1])
        assert steering.selected == KEYS[1]


def test_without_rows_there_is_nothing_to_do() -> None:
    for key in ("l", "d", "r", "down", "G", "tab", "enter"):
        assert press(Steering(), key, EMPTY, ROOM, 0) == (Steering(), None)
    assert press(Steering(), "n", EMPTY, ROOM, 0)[0].note == ""


def test_leaving() -> None:
    assert after("q")[1] == Action("quit")
    for key, deed in (("ctrl-c", "interrupt"), ("ctrl-z", "suspend"), ("ctrl-l", "redraw")):
        for steering in (Steering(), Steering(page=HELP), Steering(note="a")):
            assert press(steering, key, MODEL, ROOM, 9) == (steering, Action(deed))


def test_a_note() -> None:
    steering, _ = after("n", *"a q? é", "backspace", "b")
    assert steering.note == f"job {MODEL.rows[0].number}: a q? b"
    assert after("enter", steering=steering) == (
        Steering(selected=KEYS[0]),
        Action("note", MODEL.rows[0], f"job {MODEL.rows[0].number}: a q? b"),
    )
    assert after("ctrl-w", "ctrl-w", steering=steering)[0].note == f"job {MODEL.rows[0].number}: a "
    assert after("ctrl-u", "x", steering=steering)[0].note == "x"
    assert after("escape", steering=steering) == (Steering(selected=KEYS[0]), None)
    assert after("ctrl-u", "enter", steering=steering) == (Steering(selected=KEYS[0]), None)


def test_a_page() -> None:
    page = Page("a page", tuple(map(str, range(100))))
    steering = Steering(page=page)
    assert after("down", "j", steering=steering, lines=100)[0].page == page._replace(top=2)
    assert after("page down", " ", steering=steering, lines=100)[0].page == page._replace(top=40)
    assert after("G", "j", steering=steering, lines=100)[0].page == page._replace(top=80)
    assert after("G", "g", "k", steering=steering, lines=100)[0].page == page
    assert after("n", "y", "d", steering=steering, lines=100) == (steering, None)
    for key in ("q", "escape", "left"):
        assert after(key, steering=steering, lines=100) == (Steering(), None)
    assert after("?")[0].page is HELP


def test_a_rerun_is_asked_for() -> None:
    steering = Steering(page=Page("plan", ("a",), rerun=MODEL.rows[3]))
    assert after("y", steering=steering, lines=1) == (Steering(), Action("rerun", MODEL.rows[3]))
    for key in ("n", "q", "escape"):
        assert after(key, steering=steering, lines=1) == (Steering(message="nothing was submitted"), None)
    for key in ("enter", " ", "j", "r", "d", "x"):  # none of these says yes
        assert after(key, steering=steering, lines=1)[0].page is not None


def test_a_message_goes_with_the_next_key() -> None:
    assert after("down", steering=Steering(message="noted"))[0].message == ""


@given(
    st.lists(
        st.sampled_from(["up", "down", "n", "q", "?", "r", "y", "enter", "escape", "tab", "G", " ", "é", "delete", "d"])
    )
)
def test_no_keys_lead_astray(keys: list[str]) -> None:
    steering = Steering()
    for key in keys:
        steering, action = press(steering, key, MODEL, ROOM, 13 if steering.page else 0)
        assert steering.selected is None or steering.selected in KEYS
        assert action is None or action.deed != "rerun"  # nothing is submitted without its plan
