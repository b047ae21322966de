"""A series of points that keeps its shape in bounded room: when it is full, every second point goes."""

from collections.abc import Sequence

Point = tuple[float, float]


class Series:
    """Points as they come, thinned evenly; the newest is always among them.

    What it holds depends on the points alone, not on when it is looked at.
    """

    def __init__(self, most: int, points: Sequence[Sequence[float]] = (), every: int = 1, count: int = 0) -> None:
        """Args:
        most: how many points it holds.
        points, every, count: what `state` gave.
        """
        self._most = most
        self._points: list[Point] = [(point[0], point[1]) for point in points]
        self._every = every
        self._count = count  # of the points that came

    def add(self, x: float, y: float) -> None:
        """One more point; one at the place of the last takes its place."""
        point = (_short(x), _short(y))
        if self._points and self._points[-1][0] == point[0]:
            self._points[-1] = point
            return
        if self._points and (self._count - 1) % self._every:  # the last was kept only for being the newest
            self._points.pop()
        self._points.append(point)
        self._count += 1
        if len(self._points) > self._most:
            self._points = self._points[::2]
            self._every *= 2

    def copy(self) -> "Series":
        """Another series with the same points."""
        return Series(self._most, self._points, self._every, self._count)

    def clear(self) -> None:
        """Begins anew."""
        self._points, self._every, self._count = [], 1, 0

    @property
    def points(self) -> tuple[Point, ...]:
        """The points, oldest first."""
        return tuple(self._points)

    def state(self) -> list[object]:
        """What `Series(most, *state)` makes the same series of; JSON, without NaN and infinities among the points."""
        return [[list(point) for point in self._points], self._every, self._count]


def _short(value: float) -> float:
    """Six significant digits of a fraction, enough to draw it; of a large number, such as a time, tenths."""
    if value == int(value) and abs(value) < 1e15:
        return int(value)
    return float(f"{value:.6g}") if abs(value) < 1e5 else round(value, 1)
