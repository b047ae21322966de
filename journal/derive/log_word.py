"""What the log of a try adds to what the batch system says of its end.

The batch system knows an exit code; the log has the line that says why. Where the batch system ended a try by itself (a
time limit, a node that failed), its word stands, and what the log shows before that stands beside it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from journal.derive.log.lines import without_rank

WENT_ON = "the script went on and exited 0"

# What the log of a try that was ended from outside says of just that.
_ECHOES = frozenset({"time_limit", "cancelled", "preempted", "node_failure", "keyboard_interrupt"})
_ENDED_FROM_OUTSIDE = ("timeout", "node failure", "deadline", "preempted", "cancelled")
_LONGEST = 160


def weighed(outcome: str, cause: str | None, log: Mapping[str, Any] | None) -> tuple[str, str | None, str | None]:
    """The outcome and the cause of a try with its log known, and the line of the log that says why.

    Args:
        outcome, cause: as the batch system's facts have them.
        log: a LogFact; None where the log was not read.
    """
    if log is None or log["label"] == "ok":
        return outcome, cause, None
    said = _said(log)
    if said is None:  # then its label is what the batch system's word alone gave
        return outcome, cause, None
    if outcome == "failed":
        if log["label"] == "host_oom":
            return "out of memory", f"out of memory, as its log says ({cause})", None
        return outcome, cause, said
    if outcome == "succeeded":
        if log["label"] == "host_oom":
            return "out of memory", f"out of memory, as its log says; {WENT_ON}", None
        if log["label"] in _ECHOES:  # it was asked to end, and ended as it should
            return outcome, cause, None
        return "failed", WENT_ON, said
    if outcome in _ENDED_FROM_OUTSIDE and log["label"] not in _ECHOES:
        return outcome, cause, said
    return outcome, cause, None


def _said(log: Mapping[str, Any]) -> str | None:
    """The decisive line, without the rank that wrote it; None where the log has none."""
    if not log["signature"]:
        return None
    line = " ".join(without_rank(log["signature"])[1].split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def with_said(outcome: str, cause: str | None, said: str | None, quote: Callable[[str], str] = str) -> str:
    """A cause in words: `ModuleNotFoundError: …`, `reached its limit of 2 h; before that …`.

    Args:
        outcome, cause, said: of an ending.
        quote: makes what a log said harmless, and shows that it is a quotation.
    """
    if said is None:
        return cause or ""
    if outcome != "failed":
        return f"{cause}; before that {quote(said)}" if cause else quote(said)
    return f"{quote(said)}; {WENT_ON}" if (cause or "").endswith(WENT_ON) else quote(said)
