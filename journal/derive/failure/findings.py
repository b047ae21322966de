"""Every line of a log that a rule knows, or that a traceback ended with."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from journal.derive.failure.rules import Rule
from journal.derive.failure.templates import Templates
from journal.derive.failure.tracebacks import FRAME, HEADER, NAMES, Raised, raised_in
from journal.derive.failure.triggers import Triggers, texts_with
from journal.derive.log.lines import LogLine, without_rank

# An exception that no rule knows.
UNKNOWN = Rule("other_exception", {"name": "exception", "literals": ()}, "", own=False)

_FIRST, _LAST = 1000, 3000  # templates that hold a trigger that are looked at
_OF_A_KIND = 40  # lines of one template, and exceptions, at each end that are looked at
_NEARBY = 300  # lines before and after in which a rule's `near` is looked for
_ALONE = re.compile(r" ?(?:[A-Za-z_]\w{0,60}\.){0,8}[A-Z]\w{0,60}(?:Error|Exception)(?:: .*)?$")
_OCCURRENCES = 3  # of a literal in a line that are looked at
_AROUND = 1000  # characters around a literal in which its rule's pattern is looked for
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


def findings_in(lines: Sequence[LogLine], templates: Templates, triggers: Triggers) -> list[Finding]:
    """All that the rules find, in order, at most one for a line. Takes time linear in the log's length.

    Args:
        lines: a log.
        templates: its.
        triggers: of the rules.
    """
    hot = _ends_of(texts_with(templates.texts, triggers.literals))
    candidates = {template: _candidates(templates.texts[template], found, triggers) for template, found in hot.items()}
    traced = {template for template in hot if any(part in templates.texts[template] for part in (HEADER, FRAME))}
    raised = {one.at: one for one in raised_in(lines, [at for at, of in enumerate(templates.of_line) if of in traced])}
    named = {template for template in hot if any(name in templates.texts[template] for name in NAMES)}
    wanted = [template for template in hot if candidates[template] or template in named]
    shown = {*templates.lines_of(wanted, _OF_A_KIND), *list(raised)[:_OF_A_KIND], *list(raised)[-_OF_A_KIND:]}
    made: list[Finding] = []
    known: dict[str, Finding | None] = {}
    for at in sorted(shown):
        text, of = lines[at].text, templates.of_line[at]
        if at in raised or text not in known:
            finding = _finding(lines, at, candidates.get(of, ()), raised.get(at))
        else:
            same = known[text]
            finding = same._replace(at=at) if same else None
        if at not in raised:
            known[text] = finding
        if finding:
            made.append(finding)
    return made


def _ends_of(hot: dict[int, list[str]]) -> dict[int, list[str]]:
    """The templates at the beginning and at the end of a log where there are very many."""
    if len(hot) <= _FIRST + _LAST:
        return hot
    order = sorted(hot)
    return {template: hot[template] for template in (*order[:_FIRST], *order[-_LAST:])}


def _candidates(text: str, hot: Sequence[str], triggers: Triggers) -> Sequence[Rule]:
    """The rules of which a template holds a literal."""
    found: dict[Rule, None] = {}
    for trigger in hot:
        for literal, rules in triggers.literals[trigger]:
            if literal in text:
                found.update(dict.fromkeys(rules))
    return tuple(found)


def _finding(lines: Sequence[LogLine], index: int, rules: Sequence[Rule], raised: Raised | None) -> Finding | None:
    text = lines[index].text
    best: tuple[tuple[object, ...], Rule, str, str] | None = None
    for rule in rules:
        weighed = _weighed(rule, lines, index, raised)
        if weighed and (best is None or best[0] < (*rule.rank, len(weighed[2]))):
            best = (*rule.rank, len(weighed[2])), rule, *weighed[:2]
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


def _weighed(rule: Rule, lines: Sequence[LogLine], index: int, raised: Raised | None) -> tuple[str, str, str] | None:
    """The weight, the signature and the literal where a rule matches a line."""
    text = lines[index].text
    matched = _match(rule, text)
    if matched is None:
        return None
    found, literal = matched
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
    return weight, signature.strip()[:_LONGEST] if signature else _signature(text, found.start()), literal


def _match(rule: Rule, text: str) -> tuple[re.Match[str], str] | None:
    """Where a rule's pattern matches; near one of its literals, so that a line of any length takes no longer."""
    for literal in rule.literals:
        place = text.find(literal)
        for _occurrence in range(_OCCURRENCES):
            if place < 0:
                break
            found = rule.pattern.search(text, max(0, place - _AROUND), place + _AROUND)
            if found:
                return found, literal
            place = text.find(literal, place + 1)
    return None


def _is_near(pattern: re.Pattern[str], lines: Sequence[LogLine], index: int) -> bool:
    return any(pattern.search(line.text) for line in lines[max(0, index - _NEARBY) : index + _NEARBY])


def _signature(text: str, start: int) -> str:
    """The decisive text of a line: all of it, but for what is not its own before the match."""
    found = _BEFORE.match(text, 0, start) if start else None
    return text[found.end() if found else 0 :].strip()[:_LONGEST]
