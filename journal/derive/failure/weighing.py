"""Which of many findings is the cause.

In this order: the last run of the file counts. In it the batch system's word outranks all; then what explains the rest
wherever it stands; then what went wrong: of one process the last exception, of several the first that is no echo of
another's death, and where nothing was raised the first line that a rule knows; then echoes and wrappers. A run that
went on after it, or came to its end, did not fail of it.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from journal.derive.failure.findings import UNKNOWN, Finding
from journal.derive.failure.signs import Signs
from journal.derive.failure.tracebacks import chains
from journal.derive.log.lines import LogLine

_SURVIVED = 30  # lines of progress after which an exception has not ended the run
_RESTARTED = 2  # and after which a run that the batch system ended has begun anew
_BELOW = 15  # lines below an exception that may still be its message
# What only programs of several processes write.
_SEVERAL = re.compile(
    r"ChildFailedError|torch[./]distributed[./](?:elastic|run|launch)|local_rank:|srun: error: \S+: tasks? "
    r"|mpi(?:run|exec)\b"
    r"|Killing subprocess|torch\.multiprocessing\.spawn|ray::|deepspeed\.launcher|Primary job  terminated"
)


class Choice(NamedTuple):
    """What was chosen.

    Attributes:
        finding: the decisive line, or where nothing failed the worst-looking one; None where there is none.
        failed: whether the run failed of it.
    """

    finding: Finding | None
    failed: bool


def choose(lines: Sequence[LogLine], findings: Sequence[Finding], signs: Signs) -> Choice:
    """The finding that says why the run failed."""
    begin = _last_run(lines, findings, signs)
    current = [finding for finding in findings if finding.at >= begin]
    if not current and findings:
        return Choice(findings[-1], failed=False)
    several = _are_several(lines, current)
    for weight in ("verdict", "root", "cause", "tolerable", "echo", "wrapper"):
        left = [one for one in current if one.weight == weight and not _overcome(one, lines, signs)]
        if weight == "cause":
            left = _causes(left, current, several=several)
        if left:
            return Choice(left[0] if weight != "verdict" else left[-1], failed=True)
    return Choice(_scariest(current), failed=False)


def _scariest(findings: Sequence[Finding]) -> Finding | None:
    order = ("verdict", "root", "cause", "tolerable", "echo", "wrapper")
    return min(findings, key=lambda one: order.index(one.weight), default=None)


# ── several runs in one file ─────────────────────────────────────────────────────────────────────────────────


def _last_run(lines: Sequence[LogLine], findings: Sequence[Finding], signs: Signs) -> int:
    """Where the last run of a log begins: a start after an end, and not the start of another rank."""
    begin = 0
    ends = [one.at for one in findings if one.weight in ("verdict", "cause", "root", "wrapper")]
    if not ends:
        return begin
    for start in signs.starts_between(ends[0] + 1, len(lines)):
        lives = any(one.at > start for one in findings) or signs.alive_between(start, len(lines))
        if any(begin <= end < start for end in ends) and (lives or signs.done_after(start)):
            begin = start
    return begin


def _overcome(one: Finding, lines: Sequence[LogLine], signs: Signs) -> bool:
    """Whether the run went on, or came to its end, in spite of it."""
    if one.weight == "verdict":
        comes_back = one.rule.label in ("preempted", "node_failure")
        return comes_back and signs.alive_between(one.at + 1, len(lines)) >= _RESTARTED
    if one.weight != "root" and signs.done_after(one.at):
        return True
    return signs.alive_between(one.at + 1, len(lines)) > (0 if one.weight == "tolerable" else _SURVIVED)


# ── several exceptions in one run ────────────────────────────────────────────────────────────────────────────


def _are_several(lines: Sequence[LogLine], findings: Sequence[Finding]) -> bool:
    """Whether several processes write into the log."""
    if len({one.raised.rank for one in findings if one.raised}) > 1:
        return True
    return any(_SEVERAL.search(line.text) for line in lines[-_SEEN_LINES:])


_SEEN_LINES = 3000


def _causes(causes: Sequence[Finding], current: Sequence[Finding], *, several: bool) -> list[Finding]:
    """What went wrong, the decisive one first."""
    raised = {one.raised: one for one in current if one.raised}
    decisive = [_decisive([raised[link] for link in chain], current) for chain in chains(list(raised))]
    thrown = [one for one in decisive if one and (one in causes or one.raised is None)]
    if not thrown:
        return _clean_first(causes)
    return _clean_first(thrown) if several else thrown[-1:]


def _decisive(chain: Sequence[Finding], current: Sequence[Finding]) -> Finding | None:
    """Of exceptions that came of one another the last that names a cause; else the last that says anything."""
    named: list[Finding] = []
    for one in chain:
        below = [other for other in current if _is_message_of(other, one)]
        vague = one.weight == "wrapper" or one.rule is UNKNOWN
        named.append(below[0] if vague and below else one)
    causes = [one for one in named if one.weight in ("cause", "root")]
    known = [one for one in causes if one.rule is not UNKNOWN]
    telling = [one for one in causes if one.raised is None or one.raised.said]
    return next((some[-1] for some in (known, telling, causes) if some), None)


def _is_message_of(below: Finding, one: Finding) -> bool:
    return below.raised is None and one.at < below.at <= one.at + _BELOW and below.weight in ("cause", "root")


def _clean_first(findings: Sequence[Finding]) -> list[Finding]:
    """The first finding, but of the same finding told cleanly and mangled by two processes the clean one."""
    if not findings:
        return []
    first = findings[0]
    return [next((one for one in findings if one.rule is first.rule and not _is_mangled(one)), first)]


_TWICE = re.compile(r"([A-Z]\w{3,60}(?:Error|Exception))\1|^(?:(\w*Error)): :")


def _is_mangled(one: Finding) -> bool:
    return _TWICE.search(one.signature) is not None
