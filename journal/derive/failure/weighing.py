"""Which of many findings is the cause.

In this order: the last run of the file counts. In it the batch system's word outranks all; then what explains the rest
wherever it stands; then what went wrong: of one process the last exception, of several the first that is no echo of
another's death, and where nothing was raised the first line that a rule knows; then warnings, echoes and wrappers. A
run that went on after it, or came to its end, did not fail of it.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from journal.derive.failure.findings import UNKNOWN, Finding
from journal.derive.failure.signs import Signs
from journal.derive.failure.tracebacks import chains
from journal.derive.log.lines import LogLine

_SURVIVED = 12  # lines of progress after which a failure has not ended the run
_SURVIVED_BY_OTHERS = 60  # and where other processes may have gone on for a while
_RESTARTED = 2  # and after which a run that the batch system ended has begun anew
_BELOW = 15  # lines below an exception that may still be its message
_CLAIMED = 80  # lines above a rule with `claims` that it speaks of
_ENDS = frozenset({"verdict", "root", "cause", "wrapper"})
_ORDER = ("verdict", "root", "cause", "suspect", "tolerable", "echo", "wrapper")
# What only programs of several processes write.
_SEVERAL = re.compile(
    r"ChildFailedError|torch[./]distributed[./](?:elastic|run|launch)|local_rank:|srun: error: \S+: tasks? "
    r"|mpi(?:run|exec)\b"
    r"|Killing subprocess|torch\.multiprocessing\.spawn|ray::|deepspeed\.launcher|Primary job  terminated"
)
_SEEN = 3000  # lines at the end of a log in which that is looked for


class Choice(NamedTuple):
    """What was chosen.

    Attributes:
        finding: the decisive line, or where nothing failed the worst-looking one; None where there is none.
        failed: whether the run failed of it.
        claimed: the finding of a rule that claims it, if any: that rule's label holds.
    """

    finding: Finding | None
    failed: bool
    claimed: Finding | None = None


def choose(lines: Sequence[LogLine], findings: Sequence[Finding], signs: Signs, *, survivable: bool = True) -> Choice:
    """The finding that says why the run failed.

    Args:
        lines: a log.
        findings: its, in order.
        signs: what else its lines say.
        survivable: whether a run may have survived what was found; not where it is known to have failed.
    """
    begin = _last_run(findings, signs)
    current = [finding for finding in findings if finding.at >= begin]
    if not current and findings:
        return Choice(findings[-1], failed=not survivable)
    several = _are_several(lines, current)
    left = [one for one in current if not (survivable and _overcome(one, signs, several=several))]
    chosen = _decisive_of(left, several, signs)
    if chosen:
        return Choice(_clean(chosen, left), failed=True, claimed=_claim(chosen, current))
    return Choice(min(current, key=lambda one: _ORDER.index(one.weight), default=None), failed=False)


def _decisive_of(findings: Sequence[Finding], several: bool, signs: Signs) -> Finding | None:
    by_weight = {weight: [one for one in findings if one.weight == weight] for weight in _ORDER}
    if by_weight["verdict"]:
        return max(reversed(by_weight["verdict"]), key=lambda one: one.rule.priority)
    if by_weight["root"]:
        return _telling_most(by_weight["root"])
    return _cause(findings, several, signs) or next(
        (_telling_most(by_weight[weight]) for weight in ("tolerable", "echo", "wrapper") if by_weight[weight]), None
    )


def _claim(chosen: Finding, current: Sequence[Finding]) -> Finding | None:
    below = (one for one in current if chosen.at < one.at <= chosen.at + _CLAIMED)
    return next((one for one in below if chosen.rule.label in one.rule.claims), None)


# ── several runs in one file ─────────────────────────────────────────────────────────────────────────────────


def _last_run(findings: Sequence[Finding], signs: Signs) -> int:
    """Where the last run of a log begins: at a start after an end, if something came of it."""
    begin = 0
    ends = [one.at for one in findings if one.weight in _ENDS]
    for start in signs.starts_after(ends[0]) if ends else ():
        lives = findings[-1].at > start or signs.alive_after(start)
        if any(begin <= end < start for end in ends) and (lives or signs.done_after(start)):
            begin = start
    return begin


def _overcome(one: Finding, signs: Signs, *, several: bool) -> bool:
    """Whether the run went on, or came to its end, in spite of it."""
    lived = signs.alive_after(one.at)
    if one.weight == "verdict":
        return one.rule.label in ("preempted", "node_failure") and lived >= _RESTARTED
    if one.weight != "root" and signs.done_after(one.at):
        return True
    if one.weight in ("tolerable", "suspect"):
        return lived > 0
    return lived > (_SURVIVED_BY_OTHERS if several else _SURVIVED)


# ── several causes in one run ────────────────────────────────────────────────────────────────────────────────


def _are_several(lines: Sequence[LogLine], findings: Sequence[Finding]) -> bool:
    """Whether several processes write into the log."""
    if len({one.raised.rank for one in findings if one.raised}) > 1:
        return True
    return any(_SEVERAL.search(line.text, 0, 400) for line in lines[-_SEEN:])


def _cause(findings: Sequence[Finding], several: bool, signs: Signs) -> Finding | None:
    """What went wrong: an exception that ended a process, else a line that a rule knows."""
    raised = {one.raised: one for one in findings if one.raised}
    decisive = [_of_chain([raised[link] for link in chain], findings) for chain in chains(list(raised))]
    thrown = [one for one in decisive if one]
    loose = [one for one in findings if one.weight in ("cause", "suspect") and one.raised is None]
    if not thrown:
        return _telling_most(loose) if loose else None
    if several:
        return thrown[0]
    last = thrown[-1]
    later = [one for one in loose if one.at > last.at and signs.alive_between(last.at, one.at)]
    return _telling_most(later) if later else last


def _of_chain(chain: Sequence[Finding], findings: Sequence[Finding]) -> Finding | None:
    """Of exceptions that came of one another the last that names a cause; else the last that says anything."""
    causes = [one for one in chain if one.weight in ("cause", "root")]
    known = [one for one in causes if one.rule.label != "other_exception"]
    messages = [message for one in chain if (message := _message_of(one, findings))]
    telling = [one for one in causes if one.raised and one.raised.said]
    return next((some[-1] for some in (known, messages, telling, causes) if some), None)


def _message_of(one: Finding, findings: Sequence[Finding]) -> Finding | None:
    """A line of an exception's message that says more than its first."""
    below = (other for other in findings if other.raised is None and one.at < other.at <= one.at + _BELOW)
    message = [other for other in below if other.weight in ("cause", "root")]
    return _telling_most(message) if message else None


def _telling_most(findings: Sequence[Finding]) -> Finding:
    """Of findings in a row the first, but of those with its label the one whose rule has the highest priority."""
    first = next((one for one in findings if one.rule is not UNKNOWN), findings[0])
    of_label = [one for one in findings if one.rule.label == first.rule.label]
    return max(of_label, key=lambda one: (one.rule.priority, one.raised is not None))


_MANGLED = re.compile(r"([A-Z]\w{3,60}(?:Error|Exception))\1|^\w*Error: :")


def _clean(first: Finding, findings: Sequence[Finding]) -> Finding:
    """The finding, or the same as another process told it where two processes wrote at once."""
    if not _MANGLED.search(first.signature):
        return first
    same = (one for one in findings if one.rule is first.rule and not _MANGLED.search(one.signature))
    return next(same, first)
