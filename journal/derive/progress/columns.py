"""Tables of columns: names in one line, numbers in those after it (notebooks, skorch, fastai, LAMMPS, YOLO's bars)."""

import re

from journal.derive.progress.figures import magnitude, number
from journal.derive.progress.said import Said
from journal.derive.progress.vocabulary import meaning

_CELLS = re.compile(r"\s*[|│\t]\s*|\s{2,}|,\s*")
_MOST_COLUMNS = 24
_NUMBER = re.compile(r"[-+]?(?:\d[\d,]*\.?\d*(?:[eE][-+]?\d+)?|nan|inf|No log)%?")
_FRACTION = re.compile(r"(\d{1,9})/(\d{1,9})")
_MEMORY = re.compile(r"[\d.]+[GM]i?B?")


def header_of(text: str) -> tuple[str, ...]:
    """The names of the columns that come, where a line is such a header: what counts first, then at least one more."""
    text = text.strip(" |│\t#")
    cells = tuple(_CELLS.split(text))
    if len(cells) == 1 or meaning(cells[0]).kind not in ("step", "epoch"):
        cells = tuple(text.split())
    if not 2 <= len(cells) <= _MOST_COLUMNS or any(len(cell) > 40 for cell in cells):
        return ()
    kind = meaning(cells[0]).kind
    singular = cells[0].lower() in ("step", "epoch", "iter", "iteration", "round", "episode")
    return cells if kind in ("step", "epoch") and singular and all(cell[:1].isalpha() for cell in cells) else ()


def row(text: str, header: tuple[str, ...]) -> Said | None:
    """The numbers of a row under a header; None where a line is none of its rows.

    Args:
        text: the line, or the name of a bar.
        header: as `header_of` gave it.
    """
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
    metrics: dict[str, float] = {}
    step = memory = None
    for name, cell in zip(header[1:], cells[1:], strict=True):
        if _MEMORY.fullmatch(cell) and meaning(name).kind == "memory":
            memory = magnitude(cell)
        elif _NUMBER.fullmatch(cell) and cell != "No log":
            if meaning(name).kind in ("step", "batch") and cell.isdecimal():
                step = int(cell[:15])
            elif meaning(name).kind in ("metric", "named"):
                metrics[name] = number(cell.rstrip("%"))
        elif cell != "No log" and not re.fullmatch(r"[\d:.]+", cell):
            return None
    counts_epochs = meaning(header[0]).kind == "epoch"
    return Said(
        step=step if counts_epochs else int(first),
        total_steps=None if counts_epochs else total,
        epoch=int(first) if counts_epochs else None,
        total_epochs=total if counts_epochs else None,
        metrics=metrics,
        memory=None if memory is None else int(memory),
    )
