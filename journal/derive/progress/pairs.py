"""Numbers in a line with the names before them: `loss: 2.31`, `lm loss 8.2 |`, `'lr': 1e-05`, `step 3/10`.

Made for what programs print for people: the name is what stands between a number and whatever came before it, so that
colons, equals signs, columns, dictionaries and plain words are read alike. Times and dates are found too, and told
apart from numbers. Takes time linear in the length of the line.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from journal.derive.progress.figures import number, seconds
from journal.derive.progress.units import is_rate

LONGEST_NAME = 60  # characters

# Words that stand after a number and a space and are its unit, not the name of what follows.
_SPACED = (
    r"(?:it|iters?|steps?|samples?|examples?|sequences?|tok|toks|tokens?|img|imgs|images?|words?|records?|batch|batches"
    r"|frames?|epochs?|seqs?|ms|s|sec|secs|seconds?|us|[kMGT]i?B|B|[kMGT]?FLOPS?|TFLOPs?)"
)
_PER = r"/(?:s|sec|second|it|iter|iteration|step|batch|epoch|sample|image|device|gpu|GPU|min|h)\b"
_TOKEN = re.compile(
    r"(?<![\w.@#])(?<![A-Za-z_]-)"
    r"(?:(?P<date>\d{4}[-/]\d\d[-/]\d\d(?:[T ,:_-]{1,2}\d\d:\d\d:\d\d(?:[.,]\d{1,9})?Z?)?"
    r"|\d\d/\d\d(?:/\d{2,4})?,? \d\d:\d\d:\d\d|\d\d/\d\d/\d{4})"
    r"|(?P<time>(?:\d{1,4} days?, )?\d{1,5}:\d\d(?::\d\d)?(?:\.\d{1,9})?(?![\d:])"
    r"|\d{1,4}(?:d ?\d{1,3}h|h ?\d{1,3}m|m ?\d{1,3}s)(?:(?<=h) ?\d{1,3}m)?(?:(?<=m) ?\d{1,3}s)?\b)"
    r"|(?P<number>[-+]?(?:\d{1,3}(?:,\d{3}){1,6}(?!\d|,\d)|\d{1,30})(?:\.\d{0,40})?(?:[eE][-+]?\d{1,4})?"
    r"|[-+]?\.\d{1,40}(?:[eE][-+]?\d{1,4})?|[-+]?(?:nan|NaN|NAN|inf|Inf|INF)(?![A-Za-z]))"
    r"(?P<unit>%|[kKMG] "
    + _SPACED
    + _PER
    + r"|[A-Za-zµμ]{1,12}(?:"
    + _PER
    + r"){0,2}|\s(?:"
    + _SPACED
    + r"(?:"
    + _PER
    + r"){1,2}(?!\s?[:=])"
    r"|(?:ms|s|sec|secs|seconds|us|[kMGT]i?B)\b(?!\s?[:=/]))|/(?:s|sec|second)(?:/gpu)?\b)?)(?!\.?\d|\w)"
)
_JOINERS = " \t:=~'\"`"
_SEPARATORS = re.compile(r"[,;|\t\]}\"{\[<>!?]|  | - | -- |: |\) |' |\b(?:finished|completed?|done)[.:!]? ")
_OPENING = re.compile(r"(\w[\w ]{0,40}?)\s?\($")


_NO_NUMBERS = frozenset(("nan", "-nan", "+nan", "inf", "-inf", "+inf"))


class Pair(NamedTuple):
    """A number and what was said around it.

    Attributes:
        name: "" where nothing names it.
        value: NaN and infinities too; seconds where `kind` is "time".
        text: as printed, without the unit.
        unit: what follows it: `ms`, `%`, `tokens/s`; "" where nothing does.
        total: of a fraction `3/10`, `3 of 10`; None where it is none.
        percent: what the line says of a fraction in percent: `9829/10000 (98%)`.
        kind: "number", "time" (`1:23:45`), "date".
        opened: the bracket that stood right before it, `(` or `[`; "" where there was none.
    """

    name: str
    value: float
    text: str
    unit: str
    total: float | None
    percent: float | None
    kind: str
    opened: str


def pairs(text: str) -> Iterator[Pair]:
    """The numbers of a line in order, each with its name; what stands in brackets right after a number is left out."""
    last: Pair | None = None
    end = 0
    inside = ""  # the name before a bracket that a number opened: `Time(1000 iters): 3.8s`
    for found in _TOKEN.finditer(text):
        gap = text[max(end, found.start() - 2 * LONGEST_NAME) : found.start()]
        before, end = end, found.end()
        kind = found.lastgroup if found.lastgroup in ("date", "time") else "number"
        if kind == "date" or (kind == "number" and found["number"].lower() in _NO_NUMBERS and _is_word(gap, text, end)):
            end = end if kind == "date" else before  # a word is part of a name
            continue
        if last is not None and (joined := _joined(last, gap.strip(), found)):
            last = joined
            continue
        if last is not None:
            yield last
        last = None
        if opening := _OPENING.search(gap):
            inside = opening[1]
            continue
        name, opened = _named(gap)
        if inside and ")" in gap:
            name, inside = inside, ""
        value = seconds(found["time"]) if kind == "time" else number(found["number"])
        if value is not None:
            last = Pair(name, value, found[kind], _unit(found["unit"]), None, None, kind, opened)
    if last is not None:
        yield last


def _joined(last: Pair, between: str, found: re.Match[str]) -> Pair | None:
    """The number before, with this one as its total or percentage; None where they do not belong together."""
    if found["number"] is None:
        return None
    if last.total is None and last.kind == "number" and between in ("/", "of", "(of", "out of"):
        return last._replace(total=number(found["number"]), unit=_unit(found["unit"]))
    if between != "(" or is_rate(_unit(found["unit"])):
        return None
    if last.total is not None and found["unit"] == "%":
        return last._replace(percent=number(found["number"]))
    return last  # an average


def _is_word(gap: str, text: str, end: int) -> bool:
    """Whether `nan` and `inf` are words, not values: `number of nan iterations: 0`."""
    return gap.rstrip()[-1:] not in (":", "=") and text[end : end + 1] not in ("", ",", "|", ";", ")", "]", "}", "\t")


def _unit(found: str | None) -> str:
    return found.strip() if found else ""


def _named(gap: str) -> tuple[str, str]:
    """The name at the end of what stands before a number, and the bracket that opens."""
    stripped = gap.rstrip(_JOINERS)
    opened = ""
    while stripped and stripped[-1] in "([":
        opened = stripped[-1]
        stripped = stripped[:-1].rstrip(_JOINERS)
    start = 0
    for separator in _SEPARATORS.finditer(stripped):
        start = separator.end()
    name = stripped[start:]
    if "(" in name and ")" not in name[(inner := name.rfind("(")) :]:  # `(epoch: 1`, `completed (loss: 1.2)`
        name = name[inner + 1 :]
    return name.strip(" \t'\"`-*•·├└─│>#").removeprefix("/ ").strip(), opened
