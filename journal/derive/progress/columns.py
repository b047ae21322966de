"""Tables of columns: names in one line, numbers in those after it (notebooks, skorch, fastai, LAMMPS, YOLO's bars)."""

import re
from dataclasses import dataclass, field

from journal.derive.progress.figures import magnitude, number, seconds
from journal.derive.progress.said import Said
from journal.derive.progress.vocabulary import meaning

_MOST_COLUMNS = 24
_LONGEST_NAME = 40  # characters
_CELLS = re.compile(r"\s*[|│\t]\s*|\s{2,}|,\s*")
_NUMBER = re.compile(r"[-+]?(?:\d[\d,]*\.?\d*(?:[eE][-+]?\d+)?|nan|inf)%?")
_EMPTY = frozenset(("No log", "-", "n/a", "None"))
_TIME = re.compile(r"[\d:.]+[smh]?")
_FRACTION = re.compile(r"(\d{1,9})/(\d{1,9})")
_MEMORY = re.compile(r"[\d.]{1,12}[GM]i?B?")
_BAR_CUT_OFF = re.compile(r"\d{1,3}%\|[^|]{0,200}\|?\s*$")
_FIRST = frozenset(("step", "epoch", "iter", "iteration", "round", "episode"))


def header_of(text: str) -> tuple[str, ...]:
    """The names of the columns that come, where a line is such a header: what counts first, then at least one more."""
    text = text.strip(" |│\t#")
    cells = tuple(_CELLS.split(text))
    if cells[:2] == ("E", "#"):  # spaCy
        cells = ("Epoch", "Step", *cells[2:])
    if len(cells) == 1 or cells[0].lower() not in _FIRST:
        cells = tuple(text.split())
    if not 2 <= len(cells) <= _MOST_COLUMNS or cells[0].lower() not in _FIRST:
        return ()
    return cells if all(len(cell) <= _LONGEST_NAME and cell[:1].isalpha() for cell in cells) else ()


def row(text: str, header: tuple[str, ...]) -> Said | None:
    """The numbers of a row under a header; None where a line is none of its rows.

    Args:
        text: the line, or the name of a bar.
        header: as `header_of` gave it.
    """
    text = _BAR_CUT_OFF.sub("", text) if "%|" in text else text
    cells = [cell for cell in _CELLS.split(text.strip(" |│\t:")) if cell]
    if len(cells) != len(header):
        cells = text.strip(" :").split()
    if len(cells) != len(header):
        return None
    first, total = cells[0], None
    if fraction := _FRACTION.fullmatch(first):
        first, total = fraction[1], int(fraction[2])
    if not first.isdecimal() or len(first) > 15:
        return None
    values = _Values()
    if not all(values.take(name, cell) for name, cell in zip(header[1:], cells[1:], strict=True)):
        return None
    if meaning(header[0]).kind == "epoch":
        return Said(
            step=values.step,
            epoch=int(first),
            total_epochs=total,
            metrics=values.metrics,
            eta_s=values.eta_s,
            memory=values.memory,
        )
    return Said(step=int(first), total_steps=total, metrics=values.metrics, eta_s=values.eta_s, memory=values.memory)


@dataclass
class _Values:
    """What stands in a row besides its first cell."""

    step: int | None = None
    memory: int | None = None
    eta_s: float | None = None
    metrics: dict[str, float] = field(default_factory=dict[str, float])

    def take(self, name: str, cell: str) -> bool:
        """One more cell; False where it is none of a row of numbers."""
        kind = meaning(name).kind
        if kind == "memory" and _MEMORY.fullmatch(cell):
            self.memory = int(magnitude(cell) or 0) or None
        elif kind == "eta" and _TIME.fullmatch(cell):
            self.eta_s = seconds(cell)
        elif not _NUMBER.fullmatch(cell):
            return cell in _EMPTY or _TIME.fullmatch(cell) is not None
        elif kind in ("step", "batch") and cell.isdecimal():
            self.step = int(cell[:15])
        elif kind in ("metric", "named"):
            self.metrics[name] = number(cell.rstrip("%"))
        return True
