"""What the batch system says of a try, weighed together with what its log says.

The batch system knows that a job ended and how; the log knows why. Where they differ:

- Preempted, a node failed, out of memory: the batch system is right, whatever the log ends with.
- At the time limit, or cancelled: that is the cause, unless the log ends with a failure and no sign of life after it:
  then the program had died of that, and the job stood still until it was ended.
- Failed: what the log shows is the cause even where it seemed to have been survived; where it shows none, the exit code
  tells what can be told.
- Succeeded: a failure that the log ends with is still one (`python train.py || true`); a mere warning is none.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from journal.derive.failure.findings import Finding
from journal.derive.failure.weighing import Choice


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


class Verdict(NamedTuple):
    """What was the cause, all in all.

    Attributes:
        label: one of `journal.derive.failure.rules.LABELS`.
        finding: the decisive line; None where the log has none.
        claimed: the finding of a rule that claims it, if any.
        hung: what the job stood still until, after it had failed; "" where it did not.
        said: what the batch system says, where no line of the log explains it.
    """

    label: str
    finding: Finding | None
    claimed: Finding | None = None
    hung: str = ""
    said: str = ""


_SURE = {"preempted": "preempted", "node failure": "node_failure", "out of memory": "host_oom"}
_ENDED = {
    "timeout": ("time_limit", "its time limit"),
    "deadline": ("time_limit", "its deadline"),
    "cancelled": ("cancelled", "it was cancelled"),
}
_TELLING = ("root", "cause")
# What a program does when it is told to end is no cause of its own.
_TOLD_TO_END = frozenset({"cancelled", "keyboard_interrupt", "time_limit", "preempted"})
_BY_SIGNAL = {
    2: "keyboard_interrupt", 4: "gpu_arch_unsupported", 7: "segfault", 8: "segfault", 9: "host_oom", 11: "segfault",
    15: "cancelled",
}  # fmt: skip
_BY_EXIT_CODE = {126: "permission", 127: "missing_module"}
_SIGNAL = re.compile(r"\bsignal (\d{1,3})\b")


def weigh(choice: Choice, strict: Choice, findings: Sequence[Finding], word: SchedulerWord | None) -> Verdict:
    """The cause, by the log and the batch system together.

    Args:
        choice: what the log says.
        strict: what it says where nothing counts as survived.
        findings: all of the log's.
        word: what the batch system says; None where it is not asked.
    """
    if word and word.outcome in _SURE:
        return _of_label(_SURE[word.outcome], choice, findings, word)
    if word and word.outcome in _ENDED:
        label, until = _ENDED[word.outcome]
        if _died_before(choice):
            return _verdict(choice)._replace(hung=until)
        return _of_label(label, choice, findings, word)
    if word and word.outcome == "failed" and not choice.failed:
        return _verdict(strict) if strict.failed else Verdict(_label_of(word), None, said=word.cause or "")
    if word and word.outcome == "succeeded" and choice.finding and choice.finding.weight not in _TELLING:
        return Verdict("ok", choice.finding)
    return _verdict(choice)


def _verdict(choice: Choice) -> Verdict:
    if not choice.failed or choice.finding is None:
        return Verdict("ok", choice.finding)
    return Verdict((choice.claimed or choice.finding).rule.label, choice.finding, choice.claimed)


def _died_before(choice: Choice) -> bool:
    finding = choice.finding
    return bool(choice.failed and finding and finding.weight in _TELLING and finding.rule.label not in _TOLD_TO_END)


def _of_label(label: str, choice: Choice, findings: Sequence[Finding], word: SchedulerWord) -> Verdict:
    """A cause that the batch system is sure of, with the log's line about it, if there is one."""
    if choice.failed and choice.finding and choice.finding.rule.label == label:
        return Verdict(label, choice.finding)
    about = [one for one in findings if one.rule.label == label]
    line = max(about, key=lambda one: one.rule.priority) if about else None
    return Verdict(label, line, said=word.cause or "")


def _label_of(word: SchedulerWord) -> str:
    """What an exit code tells, where the log says nothing."""
    said = _SIGNAL.search(word.cause or "")
    code = word.exit_code or 0
    signal = int(said[1]) if said else code - 128 if code > 128 else 0
    return _BY_SIGNAL.get(signal) or _BY_EXIT_CODE.get(code, "other_exception")
