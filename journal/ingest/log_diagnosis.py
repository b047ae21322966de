"""Why a run failed and how far it came, from the files that it wrote, which may be huge.

The end of a log is read first. Where that does not tell for certain, since what it shows is often the echo of something
earlier, the whole log is looked through.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from journal.capture.log.opening import NoLogError
from journal.capture.log.reading import NEAR_END, LogText, Piece, read_log
from journal.derive.failure.diagnosis import Diagnosis, SchedulerWord, diagnose
from journal.derive.failure.rules import Rules
from journal.derive.failure.triggers import triggers
from journal.derive.log.lines import LogLine, split_lines
from journal.derive.progress.progress import Progress
from journal.derive.progress.reader import ProgressReader

_SECOND_FILE = 1 << 48  # added to the numbers of its lines, so that one sequence holds both files
_BEGINNING, _END = 32 << 10, 96 << 10  # bytes of a large log that are read for how far it came
_OFTEN_ECHOES = frozenset({"nccl_comm"})  # one rank's death, as the others see it
_SUCCEEDED = ("succeeded", "running", "suspended")


class ToldFile(NamedTuple):
    """One of the files that a run wrote.

    Attributes:
        path: where it is.
        text: what was read of it; None where it could not be read.
        problem: why not, in words.
    """

    path: str
    text: LogText | None
    problem: str | None


class Told(NamedTuple):
    """What the logs of a run tell.

    Attributes:
        diagnosis: the cause; its line is None where lines could not be counted.
        path: the file that holds the decisive line.
        files: all that were asked for.
    """

    diagnosis: Diagnosis
    path: str | None
    files: tuple[ToldFile, ...]

    @property
    def texts(self) -> list[LogText]:
        """What was read."""
        return [file.text for file in self.files if file.text is not None]

    def progress(self) -> Progress:
        """How far the run came, as its logs say."""
        reader = ProgressReader()
        for text in self.texts:
            for piece in _telling(text):
                reader.feed(split_lines(piece.data, piece.number))
        return reader.progress()


def diagnosed(
    paths: Sequence[str],
    rules: Rules,
    scheduler: SchedulerWord | None = None,
    *,
    within: Iterable[str] | None = None,
    most: int | None = None,
) -> Told:
    """Reads the logs of a run, standard error after standard output, and says why it failed.

    Args:
        paths: one file, or two.
        rules: those about failures.
        scheduler: what the batch system says of the run.
        within: as for `open_log`.
        most: bytes before the end of a log that are looked through at the most; None: all of it.

    Raises:
        NoLogError: the only file, or the first of two, cannot be read, nor can the other.
    """
    told = _read(paths, rules, scheduler, within, NEAR_END)
    if _is_certain(told, rules, scheduler) or all(text.looked_at == 0 for text in told.texts):
        return told
    return _read(paths, rules, scheduler, within, most)


def _read(
    paths: Sequence[str],
    rules: Rules,
    scheduler: SchedulerWord | None,
    within: Iterable[str] | None,
    reach: int | None,
) -> Told:
    literals = triggers(rules)
    files: list[ToldFile] = []
    problems: list[NoLogError] = []
    for path in paths:
        try:
            files.append(ToldFile(path, read_log(path, literals, reach=reach, within=within), None))
        except NoLogError as error:
            files.append(ToldFile(path, None, error.problem))
            problems.append(error)
    if len(problems) == len(files):
        raise problems[0]
    lines = [line for number, file in enumerate(files) for line in _lines(file, number * _SECOND_FILE)]
    return _placed(diagnose(lines, rules, scheduler), tuple(files))


def _lines(file: ToldFile, added: int) -> Iterable[LogLine]:
    for piece in file.text.pieces if file.text else ():
        yield from split_lines(piece.data, piece.number + added)


def _placed(diagnosis: Diagnosis, files: tuple[ToldFile, ...]) -> Told:
    """With the decisive line's file, and its number there."""
    if diagnosis.line is None:
        readable = next((file.path for file in files if file.text), None)
        return Told(diagnosis, readable, files)
    which, line = divmod(diagnosis.line, _SECOND_FILE)
    file = files[which]
    is_numbered = file.text is not None and file.text.numbered
    return Told(diagnosis._replace(line=line if is_numbered else None), file.path, files)


def _is_certain(told: Told, rules: Rules, scheduler: SchedulerWord | None) -> bool:
    """Whether nothing that stands earlier in the logs could say more than their end."""
    found = told.diagnosis
    if found.label == "ok":  # what was survived for so long did not end it
        return scheduler is None or scheduler.outcome in _SUCCEEDED
    if found.line is None:  # the batch system's word alone
        return scheduler is not None and scheduler.outcome != "failed"
    rule = next((rule for rule in rules.rules if rule.id == found.rule), None)
    is_echo = rule is not None and rule.weight in ("echo", "wrapper")
    return not is_echo and found.label not in _OFTEN_ECHOES


def _telling(text: LogText) -> Iterable[Piece]:
    """What is read of a log for how far it came: of a large one its beginning and its end."""
    if sum(len(piece.data) for piece in text.pieces) <= _BEGINNING + _END:
        return text.pieces
    first, last = text.pieces[0], text.pieces[-1]
    cut = first.data.rfind(b"\n", 0, _BEGINNING) + 1
    start = max(0 if last is not first else cut, len(last.data) - _END)
    start = max(last.data.find(b"\n", start) + 1, start)
    return (
        first._replace(data=first.data[:cut]),
        Piece(last.number + last.data.count(b"\n", 0, start), last.data[start:]),
    )
