"""Why a run failed, as its log and its scheduler tell it together."""

from collections.abc import Sequence
from typing import NamedTuple

from journal.derive.failure.findings import findings_in
from journal.derive.failure.fingerprint import fingerprint
from journal.derive.failure.rules import Rules
from journal.derive.failure.signs import Signs
from journal.derive.failure.triggers import index_of
from journal.derive.failure.weighing import Choice, choose
from journal.derive.log.lines import LogLine


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


class SchedulerWord(NamedTuple):
    """What the batch system says of a try.

    Attributes:
        outcome: one of `journal.derive.job_outcome.OUTCOMES`.
        cause: its words for why.
        state: the batch system's own state.
        exit_code: of the script; None where it is not known.
    """

    outcome: str
    cause: str | None
    state: str | None
    exit_code: int | None


def diagnose(lines: Sequence[LogLine], rules: Rules, scheduler: SchedulerWord | None = None) -> Diagnosis:
    """The cause of a failure; the label is "ok" where nothing failed.

    Args:
        lines: a log, or its parts that matter, in order.
        rules: from `read_rules`.
        scheduler: what the batch system says of the try, weighed together with the log.
    """
    found = findings_in(lines, index_of(rules))
    choice = choose(lines, found, Signs(lines, rules.signs))
    if scheduler:
        pass
    return _told(choice, lines, rules)


def _told(choice: Choice, lines: Sequence[LogLine], rules: Rules) -> Diagnosis:
    finding = choice.finding
    if finding is None or not choice.failed:
        explanation, advice = rules.words.get("ok", ("", ()))
        signature, line = (finding.signature, lines[finding.at].number) if finding else (None, None)
        return Diagnosis("ok", signature, line, None, None, explanation, advice, None)
    rule = finding.rule
    speaks = choice.claimed.rule if choice.claimed else rule
    explanation, advice = rules.words.get(speaks.label, ("", ()))
    return Diagnosis(
        speaks.label,
        finding.signature,
        lines[finding.at].number,
        fingerprint(speaks.label, finding.signature),
        rule.component or speaks.component,
        speaks.explanation or explanation,
        speaks.advice or advice,
        rule.id,
    )
