"""Numbers in a line with the names before them: `loss: 2.31`, `lm loss 8.2 |`, `'lr': 1e-05`, `step 3/10`.

Made for what programs print for people: the name is what stands between a number and whatever came before it, so that
colons, equals signs, columns, dictionaries and plain words are read alike. Times and dates are found too, and told
apart from numbers. Takes time linear in the length of the line.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from journal.derive.progress.figures import number, seconds

LONGEST_NAME = 60  # characters

# Words that stand after a number and a space and are its unit, not the name of what follows.
_SPACED = (
    r"(?:it|iters?|steps?|samples?|examples?|sequences?|tok|toks|tokens?|img|imgs|images?|words?|records?|batch|batches"
    r"|frames?|epochs?|seqs?|ms|s|sec|secs|seconds?|us|[kMGT]i?B|B|[kMGT]?FLOPS?|TFLOPs?)"
)
_PER = r"/(?:s|sec|second|it|iter|iteration|step|batch|epoch|sample|image|device|gpu|GPU|min|h)\b"
_TOKEN = re.compile(
    r"(?<![\w.@#])(?<![A-Za-z_]-)"
    r"(?:(?P<date>\d{4}[-/]\d\d[-/]\d\d(?:[T ,:_-]{1,2}\d\d:\d\d:\d\d(?:[.,]\d{1,9})?)?"
    r"|\d\d/\d\d(?:/\d{2,4})?,? \d\d:\d\d:\d\d|\d\d/\d\d/\d{4})"
    r"|(?P<time>(?:\d{1,4} days?, )?\d{1,5}:\d\d(?::\d\d)?(?:\.\d{1,9})?(?![\d:])"
    r"|\d{1,4}(?:d ?\d{1,3}h|h ?\d{1,3}m|m ?\d{1,3}s)(?:(?<=h) ?\d{1,3}m)?(?:(?<=m) ?\d{1,3}s)?\b)"
    r"|(?P<number>[-+]?(?:\d{1,3}(?:,\d{3}){1,6}(?![\d,])|\d{1,30})(?:\.\d{0,40})?(?:[eE][-+]?\d{1,4})?"
    r"|[-+]?\.\d{1,40}(?:[eE][-+]?\d{1,4})?|[-+]?(?:nan|NaN|NAN|inf|Inf|INF)(?![A-Za-z]))"
    r"(?P<unit>%|[A-Za-zµμ]{1,12}(?:" + _PER + r"){0,2}|\s(?:" + _SPACED + r"(?:" + _PER + r"){1,2}(?!\s?[:=])"
    r"|(?:ms|s|sec|secs|seconds|us|[kMGT]i?B)\b(?!\s?[:=/]))|/(?:s|sec|second)\b)?)(?!\.?\d|\w)"
)
_JOINERS = " \t:=~'\"`"
_SEPARATORS = re.compile(r"[,;|\t\]}\"{\[<>!?]|  | - | -- |: |\) |' ")
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
        joint: what stood between the name and the number.
        opened: the bracket that stood right before it, `(` or `[`; "" where there was none.
    """

    name: str
    value: float
    text: str
    unit: str
    total: float | None
    percent: float | None
    kind: str
    joint: str
    opened: str


def pairs(text: str) -> Iterator[Pair]:
    """The numbers of a line in order, each with its name; what stands in brackets right after a number is left out."""
    last: Pair | None = None
    end = 0
    inside = ""  # the name before a bracket that a number opened: `Time(1000 iters): 3.8s`
    for found in _TOKEN.finditer(text):
        gap = text[max(end, found.start() - 2 * LONGEST_NAME) : found.start()]
        end = found.end()
        kind = found.lastgroup if found.lastgroup in ("date", "time") else "number"
        if kind == "date":
            continue
        bare = gap.strip()
        if last is not None and kind == "number" and last.total is None and bare in ("/", "of", "out of"):
            last = last._replace(total=number(found["number"]), unit=_unit(found["unit"]))
            continue
        if last is not None and last.total is not None and bare == "(" and found["unit"] == "%":
            last = last._replace(percent=number(found["number"]))
        if last is not None:
            yield last
        last = None
        if bare == "(":  # an average, or the percentage of a fraction
            continue
        if opening := _OPENING.search(gap):
            inside = opening[1]
            continue
        name, joint, opened = _named(gap)
        if inside and ")" in gap:
            name, inside = inside, ""
        text_of = found[kind]
        if text_of.lower() in _NO_NUMBERS and not _stands_alone(joint, text, end):
            continue
        value = seconds(text_of) if kind == "time" else number(text_of)
        if value is not None:
            last = Pair(name, value, text_of, _unit(found["unit"]), None, None, kind, joint, opened)
    if last is not None:
        yield last


def _stands_alone(joint: str, text: str, end: int) -> bool:
    """Whether `nan` and `inf` are values, not words (`number of nan iterations: 0`)."""
    return joint.strip() != "" or text[end : end + 1] in ("", ",", "|", ";", ")", "]", "}", "\t")


def _unit(found: str | None) -> str:
    return found.strip() if found else ""


def _named(gap: str) -> tuple[str, str, str]:
    """The name at the end of what stands before a number, what joins them, and the bracket that opens."""
    stripped = gap.rstrip(_JOINERS)
    opened = ""
    while stripped and stripped[-1] in "([":
        opened = stripped[-1]
        stripped = stripped[:-1].rstrip(_JOINERS)
    joint = gap[len(stripped) :]
    start = 0
    for separator in _SEPARATORS.finditer(stripped):
        start = separator.end()
    return stripped[start:].strip(" \t'\"`-*•·├└─│>#").strip(), joint, opened
