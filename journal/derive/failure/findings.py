"""Every line of a log that a rule knows, or that a traceback ended with."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from journal.derive.failure.rules import Rule
from journal.derive.failure.tracebacks import FRAME, HEADER, NAMES, Raised, raised_in
from journal.derive.failure.triggers import Triggers
from journal.derive.log.lines import LogLine, without_rank

# An exception that no rule knows.
UNKNOWN = Rule("other_exception", {"name": "exception", "literals": ()}, "", own=False)

_NEARBY = 300  # lines before and after in which a rule's `near` is looked for
_ALONE = re.compile(r" ?(?:[A-Za-z_]\w{0,60}\.){0,8}[A-Z]\w{0,60}(?:Error|Exception)(?:: .*)?$")
_OCCURRENCES = 3  # of a literal in a line that are looked at
_AROUND = 2000  # characters around a literal in which its rule's pattern is looked for
_LONGEST = 2000  # characters of a signature
# What is not an error by its own word: a logger's level, a category of Python's warnings, glog's letter.
_MILD = re.compile(
    r"\b(?:(?<!NCCL )WARN(?:ING)?|INFO|DEBUG|[A-Za-z]{0,40}Warning)\b|^(?:\[[^\]]{0,30}\]:? ?)?\[?[WI](?:\d{4})? "
)
# What stands before the decisive text on its line: a progress bar that left no newline, the carets of a traceback, the
# place of a Python warning, the time and place that TensorFlow's logger writes.
_BEFORE = re.compile(
    r".*(?:it/s|s/it|/s|\?)[^\]\s]{0,3}(?:, [^\]]{0,400})?\](?! ?[\d|])"
    r"|[ ~]*\^{3,}(?=[A-Za-z\[])"
    r"|\S{1,400}\.py:\d+: (?=\w+Warning: )"
    r"|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: [EWIF] \S{1,300}:\d+\] "
)


class Finding(NamedTuple):
    """A line that a rule knows.

    Attributes:
        at: index of the line.
        rule: UNKNOWN for an exception that no rule knows.
        weight: the rule's, or a lighter one where the line itself says that it is a mere warning.
        signature: the decisive part of the line, as it stands there.
        raised: the exception, where a traceback ended with it.
    """

    at: int
    rule: Rule
    weight: str
    signature: str
    raised: Raised | None


def findings_in(lines: Sequence[LogLine], triggers: Triggers) -> list[Finding]:
    """All that the rules find, in order; at most one for a line. Takes time linear in the log's length."""
    hot = _hot_lines(lines, [*triggers.literals, HEADER, FRAME, *NAMES])
    traced = [index for index, found in hot.items() if HEADER in found or FRAME in found]
    raised = {one.at: one for one in raised_in(lines, traced)}
    every = sorted({*hot, *raised})
    made = (_finding(lines, index, hot.get(index, []), raised.get(index), triggers) for index in every)
    return [finding for finding in made if finding is not None]


def _hot_lines(lines: Sequence[LogLine], wanted: Sequence[str]) -> dict[int, list[str]]:
    """Index of a line → the wanted strings that it holds."""
    hot: dict[int, list[str]] = {}
    text = "\n".join(line.text for line in lines)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line.text) + 1)
    for literal in wanted:
        for index in _lines_with(text, literal, starts):
            hot.setdefault(index, []).append(literal)
    return hot


def _lines_with(text: str, literal: str, starts: Sequence[int]) -> Iterator[int]:
    index, position = 0, text.find(literal)
    while position >= 0:
        index = bisect_right(starts, position, index) - 1
        yield index
        position = text.find(literal, starts[index + 1])


def _finding(
    lines: Sequence[LogLine], index: int, hot: Sequence[str], raised: Raised | None, triggers: Triggers
) -> Finding | None:
    text = lines[index].text
    best: tuple[tuple[object, ...], Rule, str, str] | None = None
    for trigger in hot:
        for literal, rules in triggers.literals.get(trigger, ()):
            if literal not in text:
                continue
            for rule in rules:
                weighed = _weighed(rule, lines, index, raised)
                if weighed and (best is None or best[0] < (*rule.rank, len(literal))):
                    best = (*rule.rank, len(literal)), rule, *weighed
    if best is None:
        return _unknown(text, index, raised)
    _, rule, weight, signature = best
    if rule.weight == "harmless":
        return None
    return Finding(index, rule, weight, signature, raised)


def _unknown(text: str, index: int, raised: Raised | None) -> Finding | None:
    """An exception that no rule knows; one that stands alone may have been dealt with."""
    if raised:
        return Finding(index, UNKNOWN, "tolerable" if raised.aside else "cause", _signature(text, 0), raised)
    alone = len(text) < _LONGEST and _ALONE.match(without_rank(text)[1])
    return Finding(index, UNKNOWN, "suspect", _signature(text, 0), None) if alone else None


def _weighed(rule: Rule, lines: Sequence[LogLine], index: int, raised: Raised | None) -> tuple[str, str] | None:
    """The weight and the signature where a rule matches a line."""
    text = lines[index].text
    found = _match(rule, text)
    if found is None:
        return None
    if rule.code and not (raised and rule.code.search(raised.code)):
        return None
    if rule.file and not (raised and rule.file.search(raised.file)):
        return None
    if rule.near and not _is_near(rule.near, lines, index):
        return None
    weight = rule.weight
    if raised is None and weight in ("root", "cause") and _MILD.search(text, 0, found.start()):
        if weight == "cause":
            return None
        weight = "tolerable"
    if raised is not None and raised.aside and weight == "cause":
        weight = "tolerable"
    signature = found.groupdict().get("signature")
    return weight, signature.strip()[:_LONGEST] if signature else _signature(text, found.start())


def _match(rule: Rule, text: str) -> re.Match[str] | None:
    """Where a rule's pattern matches; near one of its literals, so that a line of any length takes no longer."""
    for literal in rule.literals:
        place = text.find(literal)
        for _occurrence in range(_OCCURRENCES):
            if place < 0:
                break
            found = rule.pattern.search(text, max(0, place - _AROUND), place + _AROUND)
            if found:
                return found
            place = text.find(literal, place + 1)
    return None


def _is_near(pattern: re.Pattern[str], lines: Sequence[LogLine], index: int) -> bool:
    return any(pattern.search(line.text) for line in lines[max(0, index - _NEARBY) : index + _NEARBY])


def _signature(text: str, start: int) -> str:
    """The decisive text of a line: all of it, but for what is not its own before the match."""
    found = _BEFORE.match(text, 0, start) if start else None
    return text[found.end() if found else 0 :].strip()[:_LONGEST]
