"""Why a run failed, as its log and its scheduler tell it together."""

from collections.abc import Sequence
from typing import NamedTuple

from journal.derive.failure.findings import findings_in
from journal.derive.failure.fingerprint import fingerprint
from journal.derive.failure.rules import Rules
from journal.derive.failure.scheduling import SchedulerWord, Verdict, weigh
from journal.derive.failure.signs import Signs
from journal.derive.failure.templates import Templates
from journal.derive.failure.triggers import index_of
from journal.derive.failure.weighing import choose
from journal.derive.log.lines import LogLine

__all__ = ["Diagnosis", "SchedulerWord", "diagnose"]


class Diagnosis(NamedTuple):
    """What a log says about how a run ended.

    Attributes:
        label: one of `journal.derive.failure.rules.LABELS`.
        signature: the decisive line, as it stands in the log; None where there is none. Text from outside.
        line: the number of that line.
        fingerprint: what of it stays the same between runs; None without a signature, or where nothing failed.
        component: the tool or library that it comes from.
        explanation: one sentence.
        advice: what to try, the likeliest first.
        rule: the rule that found it.
    """

    label: str
    signature: str | None
    line: int | None
    fingerprint: str | None
    component: str | None
    explanation: str
    advice: tuple[str, ...]
    rule: str | None


def diagnose(lines: Sequence[LogLine], rules: Rules, scheduler: SchedulerWord | None = None) -> Diagnosis:
    """The cause of a failure; the label is "ok" where nothing failed.

    Args:
        lines: a log, or its parts that matter, in order.
        rules: from `read_rules`.
        scheduler: what the batch system says of the try, weighed together with the log.
    """
    templates = Templates(lines)
    found = findings_in(lines, templates, index_of(rules))
    signs = Signs(lines, templates, rules.signs, found[0].at if found else len(lines))
    choice = choose(lines, found, signs)
    strict = choose(lines, found, signs, survivable=False) if scheduler and not choice.failed else choice
    return _told(weigh(choice, strict, found, scheduler), lines, rules)


def _told(verdict: Verdict, lines: Sequence[LogLine], rules: Rules) -> Diagnosis:
    finding, label = verdict.finding, verdict.label
    explanation, advice = rules.words.get(label, ("", ()))
    if finding is None:
        return Diagnosis(label, None, None, None, None, _and(explanation, verdict), advice, None)
    line = lines[finding.at].number
    if label == "ok":
        return Diagnosis(label, finding.signature, line, None, None, explanation, advice, None)
    speaks = verdict.claimed.rule if verdict.claimed else finding.rule
    return Diagnosis(
        label,
        finding.signature,
        line,
        fingerprint(label, finding.signature),
        finding.rule.component or speaks.component,
        _and(speaks.explanation or explanation, verdict),
        speaks.advice or advice,
        finding.rule.id,
    )


def _and(explanation: str, verdict: Verdict) -> str:
    """An explanation with what the batch system adds to it."""
    if verdict.hung:
        return f"{explanation} The job then stood still until {verdict.hung}."
    return f"{explanation} The batch system says: {verdict.said}." if verdict.said else explanation
