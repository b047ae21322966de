"""How far a run was at what time: as its log dates itself, else as it was read."""

from journal.derive.progress.series import Point, Series

MOST = 24
ANOTHER_RUN = 0.5  # what falls below this part of what it was belongs to another run


class Pace:
    """Samples of a run's position; what the log dates itself outranks when it was read."""

    def __init__(
        self, series: Series | None = None, is_dated: bool = False, read_last: tuple[float, float] | None = None
    ) -> None:
        """Args:
        series: the samples.
        is_dated: the log dates its lines itself.
        read_last: when it was read last, and how far the run was then: not among the samples yet, since more may be
            read at the same time.
        """
        self.series = series or Series(MOST)
        self.is_dated = is_dated
        self.read_last = read_last

    def dated(self, at: float, position: float | None) -> None:
        """A line that says when it was written; `position` is how far the run was, None where that is not known."""
        if not self.is_dated:
            self.series.clear()
            self.is_dated, self.read_last = True, None
        if position is not None:
            self._add(at, position)

    def read(self, at: float, position: float) -> None:
        """The log was read, and how far the run was then."""
        if self.read_last is not None and self.read_last[0] != at:
            self._add(*self.read_last)
        self.read_last = (at, position)

    def copy(self) -> "Pace":
        """Another with the same samples."""
        return Pace(self.series.copy(), self.is_dated, self.read_last)

    @property
    def points(self) -> tuple[Point, ...]:
        """All samples, oldest first."""
        return (*self.series.points, *([self.read_last] if self.read_last else []))

    def _add(self, at: float, position: float) -> None:
        points = self.series.points
        if points and at < points[-1][0]:
            return
        if points and position < points[-1][1] * ANOTHER_RUN:
            self.series.clear()
        self.series.add(at, position)
