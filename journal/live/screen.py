"""The screen as lines of styled text: as many as the terminal has, none wider than it. Pure."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.text import Text

from journal.derive.terminal_text import line as harmless
from journal.derive.terminal_text import plain
from journal.live.marks import bar, sparkline
from journal.live.model import Group, Model, Part, Row, Tone
from journal.live.panel import Detail, Tail, details, log_label, log_lines
from journal.live.steering import Page, Steering, selected_row
from journal.live.windows import Window, shared, window

STYLES: dict[Tone, str] = {
    "plain": "", "dim": "dim", "bold": "bold", "good": "green", "bad": "red", "warn": "yellow", "active": "cyan",
}  # fmt: skip
_LABEL = 9  # cells of a label and what follows it
_GROUPS: tuple[Group, ...] = ("running", "queued", "ended")
_WEIGHTS = (2, 1, 1)
_ROOMY = 20  # lines
_MOST_OF_TROUBLE = 3  # lines
_KEYS = "l log   d diagnose   n note   r rerun   ? help   q quit"
_NO_JOBS = "no jobs yet: they are found as you submit them"


class Size(NamedTuple):
    """Of the terminal, in cells."""

    width: int
    height: int


def render(model: Model, steering: Steering, tail: Tail | None, size: Size) -> list[Text]:
    """The screen's lines.

    Args:
        model: what is to be told.
        steering: which row is selected, and what is read or typed.
        tail: the end of the selected job's log, where it was read.
        size: of the terminal.
    """
    width, height = size
    head = _head(model, width)
    foot = [*([Text()] if height >= _ROOMY else []), *_today(model, width), _foot(steering, width)]
    room = max(0, height - 1 - len(foot))
    body = _page(steering.page, room, width) if steering.page else _jobs(model, steering, tail, Size(width, room))
    lines = [head, *body[:room]]
    lines += [Text() for _ in range(height - len(lines) - len(foot))]
    return [_fitted(line, width) for line in (*lines, *foot)][:height]


def page_room(size: Size) -> int:
    """How many lines of a page are shown at once."""
    return max(1, size.height - (5 if size.height >= _ROOMY else 4))


def page_lines(page: Page, width: int) -> list[str]:
    """A page's lines as they are shown: harmless, and those that are wider than the screen go on below."""
    lines = (line for text in page.lines for line in plain(text).expandtabs(4).split("\n"))
    return [part for line in lines for part in _wrapped(line, max(1, width - 3))]


def _wrapped(line: str, width: int) -> list[str]:
    """A line in parts, broken at blanks where that leaves no large hole."""
    parts: list[str] = []
    while cell_len(line) > width:
        cut = len(chop_cells(line, width)[0]) or 1  # a character wider than the screen is cut by the terminal
        blank = line.rfind(" ", cut // 2, cut + 1)
        cut = blank if blank > 0 else cut
        parts.append(line[:cut].rstrip())
        line = line[cut:].lstrip()
    return [*parts, line]


def _fitted(line: Text, width: int) -> Text:
    if line.cell_len > width:
        line.truncate(width, overflow="ellipsis")
    return line


def _head(model: Model, width: int) -> Text:
    line = Text().append(model.title[0] if model.title else "", STYLES["bold"])
    for part in model.title[1:]:
        line.append(f" · {part}")
    right = f"{model.place}  {model.now:%H:%M}".strip()
    gap = width - line.cell_len - cell_len(right)
    if gap < 2:
        line.truncate(max(0, width - cell_len(right) - 2), overflow="ellipsis")
        gap = width - line.cell_len - cell_len(right)
    return line.append(" " * max(0, gap)).append(right, STYLES["dim"])


def _today(model: Model, width: int) -> list[Text]:
    """What was done today; what is amiss instead, where something is."""
    if model.trouble:
        lines = _wrapped(model.trouble, max(1, width - 2 - _LABEL))[:_MOST_OF_TROUBLE]
        told = [Detail("trouble" if number == 0 else "", text, "warn") for number, text in enumerate(lines)]
        return [_labelled(each, width, "warn") for each in told]
    parts = list(model.today)
    while len(parts) > 1 and cell_len(_joined(parts)) > width - 2 - _LABEL:
        parts.remove(min(parts, key=lambda part: part.matters))
    return [_labelled(Detail("today", _joined(parts)), width)]


def _joined(parts: Sequence[Part]) -> str:
    return " · ".join(part.text for part in parts)


def _foot(steering: Steering, width: int) -> Text:
    if steering.note is not None:
        typed = Text().append("  note: ", STYLES["bold"])
        room = max(1, width - typed.cell_len - 1)
        shown = steering.note
        while cell_len(shown) > room:  # its end is what is being typed
            shown = shown[1:]
        return typed.append(shown).append(" ", "reverse")
    if steering.page is not None and steering.page.rerun is not None:
        return Text().append("  Submit it? ", STYLES["bold"]).append("y yes   n no", STYLES["dim"])
    if steering.message:
        return Text(f"  {harmless(steering.message)}", STYLES["bold"])
    keys = _KEYS if steering.page is None else "↑ ↓ scroll   q back"
    return Text(f"  {keys}", STYLES["dim"])


def _page(page: Page, room: int, width: int) -> list[Text]:
    lines = page_lines(page, width)
    shown = max(1, room - 1)
    top = max(0, min(page.top, len(lines) - shown))
    more = len(lines) - top - shown
    title = Text().append(f"  {harmless(page.title)}", STYLES["bold"])
    if more > 0 or top:
        title.append(f"   lines {top + 1} to {min(len(lines), top + shown)} of {len(lines)}", STYLES["dim"])
    return [title, *(Text(f"   {line}") for line in lines[top : top + shown])]


def _labelled(detail: Detail, width: int, label_tone: Tone = "dim") -> Text:
    line = Text("  ").append(set_cell_size(detail.label, _LABEL), STYLES[label_tone])
    return _fitted(line.append(detail.text, STYLES[detail.tone]), width)


# ── jobs ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _jobs(model: Model, steering: Steering, tail: Tail | None, size: Size) -> list[Text]:
    at = selected_row(model, steering)
    if at is None:
        return [Text(), Text(f"  {_NO_JOBS}", STYLES["dim"])] if model.begun else []
    spare = 8 if size.height >= 17 else 5 if size.height >= 10 else 0
    rows = _list(model.rows, at, size.width, max(1, size.height - spare - 1))
    panel = _panel(model.rows[at], model, tail, Size(size.width, size.height - len(rows) - 1)) if spare else []
    return [*rows, Text(), *panel]


def _list(rows: Sequence[Row], at: int, width: int, room: int) -> list[Text]:
    """The rows of all groups in so many lines, with a line between groups where there is room for that."""
    groups = [[row for row in rows if row.group == group] for group in _GROUPS]
    wanted = [len(group) for group in groups]
    gaps = sum(1 for count in wanted if count)
    airy = sum(wanted) + gaps <= room
    given = shared(wanted, _WEIGHTS, room)
    columns = _columns(rows, width)
    lines: list[Text] = []
    for group, count in zip(groups, given, strict=True):
        if not group:
            continue
        first = rows.index(group[0])
        shown = window(len(group), count, at - first if first <= at < first + len(group) else None)
        lines += [Text()] if airy else []
        lines += _group(group, shown, at - first, columns)
    return lines


def _group(group: Sequence[Row], shown: Window, at: int, columns: "_Columns") -> Iterator[Text]:
    for place in range(shown.start, shown.end):
        label = group[0].group if place == shown.start else ""
        yield _row(group[place], label, columns, selected=place == at)
    if shown.more:
        yield Text(f"{' ' * (2 + _LABEL)}and {shown.more:,} more", STYLES["dim"])


class _Columns(NamedTuple):
    """How wide each column is, in cells; 0 where there is none."""

    width: int
    number: int
    name: int
    bar: int
    metric: int
    sparks: int


def _columns(rows: Sequence[Row], width: int) -> _Columns:
    names = max((cell_len(row.name) for row in rows), default=0)
    metrics = max((cell_len(row.metric) for row in rows), default=0)
    return _Columns(
        width=width,
        number=min(12, max(cell_len(row.number) for row in rows)),
        name=min(names, 10 if width < 70 else 14 if width < 100 else 20 if width < 130 else 28),
        bar=6 if width < 70 else 8 if width < 90 else 10 if width < 100 else 16 if width < 130 else 20,
        metric=0 if width < 70 else min(metrics, 14 if width < 100 else 20),
        sparks=0 if width < 100 else 10 if width < 130 else 16,
    )


def _row(row: Row, label: str, columns: _Columns, *, selected: bool) -> Text:
    strong = STYLES["bold"] if selected else ""
    tone: Tone = "dim" if row.group != "running" else "active"
    line = Text().append("▸ " if selected else "  ", STYLES["active"])
    line.append(set_cell_size(label, _LABEL), STYLES[tone])
    line.append(_cell(row.number, columns.number) + " ", strong)
    line.append(_cell(row.name, columns.name) + "  ", strong)
    if row.part is not None or row.metric:
        _add_progress(line, row, columns)
    if row.group == "ended":
        line.append(f"{row.sign} ", STYLES[row.tone])
    room = columns.width - line.cell_len - (cell_len(row.aside) + 2 if row.aside else 0)
    told = row.told if cell_len(row.told) <= room else row.short
    if cell_len(row.short) > room and row.group != "running":
        told = row.told  # as much of it as there is room for
    words = Text(told, STYLES["warn"] if row.tone == "warn" else "")
    words.truncate(max(0, room), overflow="ellipsis", pad=bool(row.aside))
    line.append_text(words)
    return line.append(f"  {row.aside}", STYLES["dim"]) if row.aside and room > 0 else line


def _cell(text: str, width: int) -> str:
    return set_cell_size(text, width) if cell_len(text) <= width else set_cell_size(text, width - 1) + "…"


def _add_progress(line: Text, row: Row, columns: _Columns) -> None:
    percent = f"{int(row.part * 100):>3} %" if row.part is not None else ""
    drawn = bar(row.part, columns.bar) if row.part is not None else ""
    line.append(set_cell_size(drawn, columns.bar), STYLES[row.tone])
    line.append(f" {set_cell_size(percent, 5)}  ")
    if not row.metric:
        return  # what is to be said has the room of it
    if columns.metric:
        line.append(_cell(row.metric, columns.metric) + "  ")
    if columns.sparks:
        history = row.job.progress.history if row.job.progress else ()
        sparks = sparkline([value for _, value in history], columns.sparks)
        line.append(set_cell_size(sparks, columns.sparks) + "  ", STYLES["dim"])


def _panel(row: Row, model: Model, tail: Tail | None, size: Size) -> list[Text]:
    """The selected job in so many lines: what there is to say, and at least some lines of its log."""
    title = f"{row.number} {row.name} "
    line = Text("  ").append(title, STYLES["bold"])
    rule = line.append("─" * max(0, size.width - line.cell_len - 2), STYLES["dim"])
    room = max(0, size.height - 1)
    log = log_lines(tail) if tail else []
    for_log = min(len(log), room // 2)
    said = details(row, model.now)[: room - for_log]
    log = log[max(0, len(log) - (room - len(said))) :]
    label = log_label(tail, row.job.output.stdout) if tail else ""
    ends = [Detail(label if number == 0 else "", text, "dim") for number, text in enumerate(log)]
    return [rule, *(_labelled(each, size.width, _LABEL_TONES.get(each.tone, "dim")) for each in (*said, *ends))]


_LABEL_TONES: dict[Tone, Tone] = {"bad": "bad", "warn": "warn"}
