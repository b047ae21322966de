"""The river: a timeline as a drawing, reduced to numbers that a template writes as SVG.

Time runs from 0 to 1000 units, left to right, whatever the drawing's width; down is pixels. Lanes lie in rows, the
trunk above; commits are ticks on a lane, binned so that 20,000 draw like 200; sessions are bars beneath it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from math import sqrt
from typing import Any

from journal.publish.calendar_words import MONTHS, moment_of, seconds

WIDTH = 1000.0
_MARGIN = 12.0
_BIN = 2.5
_LANES = 14
_ROW = 54
_TOP = 44
_AXIS = 34
_FULL_TICK = 6  # commits in one bin that make a full tick where no bin has more
_LABEL = 26  # letters
_LETTER = 11.5  # units that a letter may take in the narrowest drawing

_STEPS = (
    *((("hour", n), n / 24) for n in (1, 3, 6, 12)),
    *((("day", n), n) for n in (1, 2, 7, 14)),
    *((("month", n), n * 30.4) for n in (1, 2, 3, 6)),
    *((("year", n), n * 365.25) for n in (1, 2, 5, 10, 25, 100, 500, 2000)),
)


def river(timeline: Mapping[str, Any]) -> dict[str, Any]:
    """The drawing of a timeline, or no lanes where nothing happened.

    Returns:
        height: pixels. lanes: those with most events, each with name, x1, x2, y, commits and sessions (paths in
        units × pixels), branch and merge (paths to the parent and back, or ""), label_x (percent), anchor, status,
        counts. ticks: of the axis, x in units, with label. omitted: how many lanes are not drawn.
    """
    lanes = _busiest(timeline)
    if not lanes:
        return {"height": 0, "lanes": [], "ticks": [], "omitted": 0}
    start, end = seconds(timeline["span"]["from"]), _last_moment(timeline)

    def x_of(moment: str) -> float:
        part = (seconds(moment) - start) / (end - start) if end > start else 0.5
        return round(_MARGIN + min(1.0, max(0.0, part)) * (WIDTH - 2 * _MARGIN), 1)

    spans = {lane["id"]: (x_of(lane["from"]), max(x_of(lane["to"]), x_of(lane["from"]) + 3)) for lane in lanes}
    rows = _rows(lanes, spans)
    heights = {lane: _TOP + row * _ROW for lane, row in rows.items()}
    marks = _marks(timeline, x_of, heights)
    most = max((count for mark in marks.values() for count in mark["bins"].values()), default=0)
    drawn = [_lane(lane, spans[lane["id"]], heights, marks, most) for lane in lanes]
    bottom = max(heights.values()) + _AXIS
    ticks = _ticks(start, end, x_of)
    return {
        "height": bottom + 22,
        "axis": bottom,
        "lanes": drawn,
        "ticks": ticks,
        "omitted": len(timeline["lanes"]) - len(lanes),
    }


def _busiest(timeline: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The lanes with most events and the trunk; in the timeline's order."""
    if not timeline["events"]:
        return []
    busy = Counter(event["lane"] for event in timeline["events"])
    order = sorted(timeline["lanes"], key=lambda lane: (lane["parent"] is not None, -busy[lane["id"]]))
    chosen = {lane["id"] for lane in order[:_LANES]}
    return [lane for lane in timeline["lanes"] if lane["id"] in chosen]


def _last_moment(timeline: Mapping[str, Any]) -> float:
    ends = [lane["to"] for lane in timeline["lanes"]]
    ends += [event.get("ended_at", event["at"]) for event in timeline["events"]]
    return seconds(max(ends))


def _rows(lanes: Iterable[Mapping[str, Any]], spans: Mapping[str, tuple[float, float]]) -> dict[str, int]:
    """Each lane's row: the first below its parent's in which neither its line nor its name touches another."""
    ends: list[list[tuple[float, float]]] = []
    rows: dict[str, int] = {}
    for lane in lanes:
        left, right = spans[lane["id"]]
        words = len(_label(lane["name"])) * _LETTER
        name = (right - words, right) if _is_crowded(left, words) else (left, left + words)
        taken = (min(left, name[0]) - 8, max(right, name[1]) + 8)
        row = 0 if lane["parent"] is None else rows.get(lane["parent"], 0) + 1
        while row < len(ends) and any(taken[0] < b and a < taken[1] for a, b in ends[row]):
            row += 1
        ends += [[] for _ in range(row + 1 - len(ends))]
        ends[row].append(taken)
        rows[lane["id"]] = row
    return rows


def _marks(
    timeline: Mapping[str, Any], x_of: Callable[[str], float], heights: Mapping[str, int]
) -> dict[str, dict[str, Any]]:
    """Per lane: commits by bin, sessions as (x, width) without overlaps, and how many of each."""
    marks: dict[str, dict[str, Any]] = {
        lane: {"bins": Counter(), "bars": [], "commits": 0, "sessions": 0} for lane in heights
    }
    for event in timeline["events"]:
        mark = marks.get(event["lane"])
        if mark is None:
            continue
        if event["kind"] == "commit":
            mark["bins"][round(x_of(event["at"]) / _BIN)] += 1
            mark["commits"] += 1
        elif event["kind"] == "session":
            left = x_of(event["at"])
            mark["bars"].append((left, max(x_of(event["ended_at"]), left + _BIN)))
            mark["sessions"] += 1
    return marks


def _lane(
    lane: Mapping[str, Any],
    span: tuple[float, float],
    heights: Mapping[str, int],
    marks: Mapping[str, Mapping[str, Any]],
    most: int,
) -> dict[str, Any]:
    x1, x2 = span
    y = heights[lane["id"]]
    mark = marks[lane["id"]]
    up = heights.get(lane["parent"], y) if lane["parent"] else y
    name = _label(lane["name"])
    crowded = _is_crowded(x1, len(name) * _LETTER)
    bend = min(14.0, max(4.0, x1 - 2.0))
    leaves = f"M{x1 - bend:g} {up}C{x1 - bend / 3:g} {up} {x1 - bend * 2 / 3:g} {y} {x1:g} {y}" if up != y else ""
    returns = ""
    if lane["status"] == "merged" and up != y:
        returns = f"M{x2:g} {y}C{x2 + 6:g} {y} {x2 + 4:g} {up} {x2 + 10:g} {up}"
    return {
        "name": name,
        "full_name": lane["name"],
        "status": lane["status"],
        "from": lane["from"],
        "to": lane["to"],
        "trunk": lane["parent"] is None,
        "x1": x1,
        "x2": x2,
        "y": y,
        "branch": leaves,
        "merge": returns,
        "ticks": "".join(f"M{b * _BIN:g} {y}v-{_tick(n, most):g}" for b, n in sorted(mark["bins"].items())),
        "bars": "".join(f"M{a:g} {y + 6}h{b - a:g}" for a, b in _joined(mark["bars"])),
        "label_x": round((min(x2, WIDTH - 4) if crowded else x1) / WIDTH * 100, 2),
        "anchor": "end" if crowded else "start",
        "end_x": round(x2 / WIDTH * 100, 2),
        "commits": mark["commits"],
        "sessions": mark["sessions"],
    }


def _label(name: str) -> str:
    return name if len(name) <= _LABEL else name[: _LABEL - 1] + "…"


def _is_crowded(left: float, words: float) -> bool:
    """Whether a lane's name would run out of the drawing: then it ends where the lane ends."""
    return left + words > WIDTH


def _tick(count: int, most: int) -> float:
    """A tick's height in pixels, 4 to 20; its area grows with the count, as the eye takes it."""
    return round(4 + 16 * sqrt(count / max(most, _FULL_TICK)), 1)


def _joined(bars: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    joined: list[tuple[float, float]] = []
    for left, right in sorted(bars):
        if joined and left <= joined[-1][1] + 0.8:
            joined[-1] = (joined[-1][0], max(joined[-1][1], right))
        else:
            joined.append((left, right))
    return [(left, round(right, 1)) for left, right in joined]


def _ticks(start: float, end: float, x_of: Callable[[str], float]) -> list[dict[str, Any]]:
    days = (end - start) / 86400
    (unit, step), _length = next((item for item in _STEPS if days / item[1] <= 8), _STEPS[-1])
    found: list[dict[str, Any]] = []
    last_year = None
    for moment in _moments(unit, step, start, end):
        year = moment.year if moment.year != last_year else None
        last_year = moment.year
        found.append(
            {"x": x_of(moment.isoformat()), "label": _tick_label(unit, moment, year), "minor": len(found) % 2 == 1}
        )
    return [{**tick, "percent": round(tick["x"] / WIDTH * 100, 2)} for tick in found]


def _moments(unit: str, step: int, start: float, end: float) -> Iterable[datetime]:
    """Round moments of a unit within the span."""
    if unit in ("hour", "day"):
        size = step * (3600 if unit == "hour" else 86400)
        phase = 4 * 86400 if size % (7 * 86400) == 0 else 0  # weeks begin on Mondays; 1970 began on a Thursday
        first = -(-(start - phase) // size) * size + phase
        yield from (moment_of(first + n * size) for n in range(int((end - first) // size) + 1))
        return
    first_day = moment_of(start)
    months = step * (12 if unit == "year" else 1)
    index = first_day.year * 12 + first_day.month - 1
    index -= index % months
    while index < 9999 * 12:
        moment = datetime(max(1, index // 12), index % 12 + 1, 1, tzinfo=UTC)
        if moment.timestamp() > end:
            return
        if moment.timestamp() >= start:
            yield moment
        index += months


def _tick_label(unit: str, moment: datetime, year: int | None) -> str:
    if unit == "year":
        return str(moment.year)
    month = MONTHS[moment.month - 1][:3]
    if unit == "month":
        return f"{month} {moment.year}" if year else month
    if unit == "day" or (moment.hour, moment.minute) == (0, 0):
        return f"{moment.day} {month} {moment.year}" if year else f"{moment.day} {month}"
    return f"{moment.hour:02}:{moment.minute:02}"
