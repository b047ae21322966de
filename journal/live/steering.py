"""What a key does: the state of the screen after it, and what is to be done for it. Pure."""

from typing import Literal, NamedTuple

from journal.live.model import Group, Model, Row

Deed = Literal["log", "diagnose", "note", "plan", "rerun", "quit", "interrupt", "suspend", "redraw"]


class Page(NamedTuple):
    """A text over the jobs.

    Attributes:
        title: whose it is.
        lines: as long as they please.
        top: how many of the screen's lines are scrolled away.
        rerun: the job that is submitted again where the answer is yes.
    """

    title: str
    lines: tuple[str, ...]
    top: int = 0
    rerun: Row | None = None


class Steering(NamedTuple):
    """What the person did to the screen.

    Attributes:
        selected: the key of a row; the first row where there is none of it, or before anything was pressed.
        page: a text that is read.
        note: what is typed of a note; None where none is.
        about: the job that the note is about.
        message: what the last deed came to.
    """

    selected: str | None = None
    page: Page | None = None
    note: str | None = None
    about: Row | None = None
    message: str = ""


class Action(NamedTuple):
    """What is to be done: on which job, and with which words."""

    deed: Deed
    row: Row | None = None
    text: str = ""


Step = tuple[Steering, Action | None]
_ALWAYS: dict[str, Deed] = {"ctrl-c": "interrupt", "ctrl-z": "suspend", "ctrl-l": "redraw"}


def selected_row(model: Model, steering: Steering) -> int | None:
    """The place of the selected row; None where there are no rows."""
    if not model.rows:
        return None
    return next((at for at, row in enumerate(model.rows) if row.key == steering.selected), 0)


def press(steering: Steering, key: str, model: Model, room: int, lines: int) -> Step:
    """What a key does.

    Args:
        steering: as it was.
        key: as `journal.live.keys` names it.
        model: what is on the screen.
        room: how many lines of a page the screen shows.
        lines: how many lines the page has at the screen's width; 0 without one.
    """
    if key in _ALWAYS:
        return steering, Action(_ALWAYS[key])
    if steering.note is not None:
        return _typed(steering, steering.note, key)
    steering = steering._replace(message="")
    if steering.page is not None:
        return _read(steering, steering.page, key, room, lines)
    return _chosen(steering, key, model, room)


def _typed(steering: Steering, note: str, key: str) -> Step:
    if key == "enter":
        done = steering._replace(note=None, about=None)
        return (done, Action("note", steering.about, note.strip())) if note.strip() else (done, None)
    if key in ("escape", "ctrl-d"):
        return steering._replace(note=None, about=None), None
    if key == "backspace":
        note = note[:-1]
    elif key == "ctrl-u":
        note = ""
    elif key == "ctrl-w":
        note = note.rstrip().rpartition(" ")[0] + " " if " " in note.rstrip() else ""
    elif len(key) == 1:
        note += key
    return steering._replace(note=note), None


def _read(steering: Steering, page: Page, key: str, room: int, lines: int) -> Step:
    closed = steering._replace(page=None)
    if page.rerun is not None and key in ("y", "Y"):
        return closed, Action("rerun", page.rerun)
    if key in ("q", "escape", "left") or (page.rerun is not None and key in ("n", "N")):
        return closed._replace(message="nothing was submitted" if page.rerun else ""), None
    far = {"down": 1, "j": 1, "enter": 1, "up": -1, "k": -1, "page down": room, " ": room, "page up": -room, "b": -room}
    edges = {"home": 0, "g": 0, "end": lines, "G": lines}
    top = edges.get(key, page.top + far.get(key, 0))
    return steering._replace(page=page._replace(top=max(0, min(top, lines - room)))), None


def _chosen(steering: Steering, key: str, model: Model, room: int) -> Step:
    if key == "q":
        return steering, Action("quit")
    if key == "?":
        return steering._replace(page=HELP), None
    at = selected_row(model, steering)
    if at is None:
        return (steering._replace(note="") if key == "n" else steering), None
    row = model.rows[at]
    steering = steering._replace(selected=row.key)  # from now on it stays the same one, whatever comes before it
    if key == "n":
        return steering._replace(note=f"job {row.number}: ", about=row), None
    deeds: dict[str, Deed] = {"l": "log", "enter": "log", "right": "log", "d": "diagnose", "r": "plan"}
    if key in deeds:
        return steering, Action(deeds[key], row)
    return steering._replace(selected=model.rows[_moved(key, at, model, room)].key), None


def _moved(key: str, at: int, model: Model, room: int) -> int:
    last = len(model.rows) - 1
    if key == "tab":
        return _next_group(model, model.rows[at].group)
    far = {"down": 1, "j": 1, "up": -1, "k": -1, "page down": room // 2, "page up": -(room // 2)}
    edges = {"home": 0, "g": 0, "end": last, "G": last}
    return max(0, min(last, edges.get(key, at + far.get(key, 0))))


def _next_group(model: Model, group: Group) -> int:
    """The first row of the next group, of the first one after the last."""
    groups = list(dict.fromkeys(row.group for row in model.rows))
    following = groups[(groups.index(group) + 1) % len(groups)]
    return next(at for at, row in enumerate(model.rows) if row.group == following)


HELP = Page(
    "keys",
    (
        "↑ ↓   j k     another job                   g G   the first, the last",
        "tab           the next group                ?     these words",
        "",
        "l   enter     its log, as it is written; q comes back from there",
        "d             why it failed, or how far it is: journal diagnose",
        "n             a note about it: journal note",
        "r             submit it again: shows what would be done, and asks",
        "",
        "Ctrl-L        draw the screen anew",
        "Ctrl-Z        to the shell; fg comes back",
        "q             leave",
        "",
        "Leaving stops nothing: jobs run on, and hooks go on capturing.",
        "`journal jobs` lists all jobs, `journal job ID` tells all of one.",
    ),
)
