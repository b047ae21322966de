"""What one line of a log says: trainers' own shapes first, then bars and columns, then names and numbers."""

import re
from collections.abc import Iterator

from journal.derive.progress.bar_role import role_of_bar
from journal.derive.progress.bars import Bar, find_bar
from journal.derive.progress.columns import header_of, row
from journal.derive.progress.counted import counted
from journal.derive.progress.frameworks import framework_of
from journal.derive.progress.said import Context, Said
from journal.derive.progress.trainers import FORMS, NAMES_OF_BARS

LONGEST = 4000  # characters of a line that are read: a quarter from its start
_MOST_BARS = 4  # in one text, the last ones: what a cursor moved over sticks together

# What the batch system and launchers write sticks to progress bars; it says nothing of progress.
_NOT_OURS = re.compile(r"(?:slurmstepd|srun|sbatch|salloc|slurmd)(?:-[\w.-]{1,64})?: |^\s*Traceback \(most|^  File \"")
_BROKE = re.compile(r"Traceback \(most recent|slurmstepd\S*: error|srun: error|^Requeued|DUE TO ")
_NUMBERS = re.compile(r"(?<![\w@])\d")  # not those in names

_EPOCH_IN_NAME = re.compile(r"(?i)\bepochs?\b[ :=#\[(]{0,4}(\d{1,7}(?:\.\d{1,6})?)(?:\s?(?:/|of)\s?(\d{1,7}))?")
_EPOCHS = re.compile(r"(?i)^\W*(?:training )?(?:epochs?|epoch progress)\W*$")
_RATES_OF_EPOCHS = ("s/epoch", "epoch/s", "epochs/s")


def said_by(text: str, context: Context) -> Iterator[Said]:
    """What a line says, in order; several where bars and messages stick together.

    Args:
        text: the line, without the prefixes of ranks and loggers.
        context: what earlier lines said of how to read it.
    """
    if cut := _NOT_OURS.search(text):
        if _BROKE.search(text):
            yield Said(broke=True)
        text = text[: cut.start()]
    for form in FORMS:
        if form.mark in text and (said := form.read(text)) is not None:
            if form.alone:
                yield from _bars_and_words(text, context, words=False)
            yield said
            if form.alone:
                return
    if not _NUMBERS.search(text):
        if header := header_of(text):
            yield Said(header=header)
        return
    if context.header and (said := row(text, context.header)):
        yield said
        return
    yield from _bars_and_words(text, context)


def _bars_and_words(text: str, context: Context, *, words: bool = True) -> Iterator[Said]:
    position = _before_the_last_bars(text)
    for _ in range(_MOST_BARS):
        bar = find_bar(text, position)
        if bar is None:
            break
        if words and bar.before and (said := counted(bar.before)):
            yield _with_framework(said, bar.before)
        yield of_bar(bar, context)
        position = bar.end
    rest = text[position:]
    if words and rest and (said := counted(rest)):
        yield _with_framework(said, rest)


def within_length(text: str) -> str:
    """A line without its middle where it is longer than what is read."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 4]} … {text[3 - 3 * LONGEST // 4 :]}"


def _before_the_last_bars(text: str) -> int:
    """Where the last bars of a text begin, where there are more than are read."""
    end = len(text)
    for _ in range(_MOST_BARS):
        end = text.rfind("||", 0, end)
        if end < 0:
            return 0
    return text.rfind("]", 0, end) + 1 if text.count("||", 0, end) else 0


def _with_framework(said: Said, text: str) -> Said:
    return said._replace(framework=framework_of(text)) if said.step is not None or said.epoch is not None else said


def of_bar(bar: Bar, context: Context) -> Said:
    """What a progress bar says."""
    name = bar.name
    words = counted(bar.postfix, trusted=True) if bar.postfix else None
    named = counted(name) if name else None
    columns = row(name, context.header) if context.header and name else None
    epoch, total_epochs = _epoch_of(bar)
    found = columns or named
    if columns is not None:
        epoch, total_epochs = columns.epoch, columns.total_epochs
    if known := next((said for form in NAMES_OF_BARS if (said := form.read(name))), None):
        epoch, total_epochs, found = known.epoch, known.total_epochs, found or known
    role = role_of_bar(name, context) if not bar.is_download else "preparation"
    if bar.within_epoch and role == "work":
        role = "train"
    metrics = {**(found.metrics if found else {}), **(words.metrics if words else {})}
    if _EPOCHS.match(name) or (bar.throughput and bar.throughput.unit in _RATES_OF_EPOCHS):  # the bar counts epochs
        return Said(
            role="train",
            bar=name,
            epoch=bar.step,
            total_epochs=bar.total,
            metrics=metrics,
            throughput=bar.throughput,
            eta_s=bar.eta_s,
        )
    return Said(
        role="train" if epoch is not None and role == "work" else role,
        bar=name,
        step=bar.step if bar.step or bar.total is not None else None,
        total_steps=bar.total,
        scope="epoch" if isinstance(epoch, int) or bar.within_epoch else "run",
        epoch=epoch,
        total_epochs=total_epochs,
        metrics=metrics,
        throughput=bar.throughput or (words.throughput if words else None),
        eta_s=bar.eta_s,
        memory=(found.memory if found else None) or (words.memory if words else None),
        utilization=words.utilization if words else None,
    )


def _epoch_of(bar: Bar) -> tuple[float | None, float | None]:
    found = _EPOCH_IN_NAME.search(bar.name) or _EPOCH_IN_NAME.search(bar.postfix)
    if found is None:
        return None, None
    epoch = float(found[1])
    return int(epoch) if epoch.is_integer() else epoch, int(found[2]) if found[2] else None
