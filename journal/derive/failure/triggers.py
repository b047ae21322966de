"""What a line must hold for any rule to look at it: the fast way through a log of millions of lines."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from journal.derive.failure.rules import Rule, Rules
from journal.derive.failure.templates import blanked
from journal.derive.failure.tracebacks import FRAME, HEADER, NAMES

# What nearly every decisive line holds: for a log too large to look for all triggers.
HEADLINES = (
    b"rror", b"xception", b"Traceback", b"CANCELLED", b"RROR", b"illed", b"FATAL", b"fault", b"denied", b"No such",
    b"TERM_", b"ailed", b"Interrupt", b"NCCL WARN", b"terminat", b"out of memory", b"not found",
)  # fmt: skip

# Parts of words that most literals hold and few lines of a healthy log. A literal without any stands for itself.
_ROOTS = (
    "rror", "RROR", "xception", "ailed", "ailure", "annot ", "No such", "nvalid", "illed", "denied", "memory", "CUDA",
    "cuda", "NCCL", "HIP", "xit", "atal", "FATAL", "nable to", "xpected", "imed out", "imeout", "signal", "SIG",
    "TERM", "CANCELLED", "DUE TO", "NaN", "nan", "uota", "o space", "MPI", "PMI", "GLIBC", "symbol", "mismatch",
    "hared", "_STATUS", "equire", "install", "nterrupt", "not ", "n't ", "roken", "efused", "already in use",
    "orrupt", "ontainer", "mount", "docker", "ssert", "compat", "nrecogn", "onnect", "emplate", "SOURCE_EXHAUSTED",
    "has no ", "orted", "erminat", "enough ", "finite", "oom-kil", "oom_kil", "ddress", "Errno ", "NotFoun",
    ".empty(", "abric", "Assoc", "egmentation",
)  # fmt: skip


class Triggers(NamedTuple):
    """Rules by what their lines must hold, digits blanked.

    Attributes:
        literals: trigger → the literals that hold it, each with its rules.
    """

    literals: Mapping[str, Sequence[tuple[str, Sequence[Rule]]]]


@lru_cache(maxsize=4)
def triggers(rules: Rules) -> tuple[bytes, ...]:
    """Byte strings of which every line holds at least one that a rule could match or that is part of a traceback."""
    literals = {literal for rule in rules.rules for literal in rule.literals}
    return tuple(trigger.encode() for trigger in dict.fromkeys(_cover([*literals, HEADER, FRAME, *NAMES]).values()))


@lru_cache(maxsize=4)
def index_of(rules: Rules) -> Triggers:
    """The rules, to be found by the triggers of a line."""
    literals: dict[str, dict[Rule, None]] = {}
    for rule in rules.rules:
        for literal in rule.literals:
            literals.setdefault(blanked(literal), {})[rule] = None
    cover = _cover([*literals, HEADER, FRAME, *NAMES])
    grouped: dict[str, list[tuple[str, Sequence[Rule]]]] = {trigger: [] for trigger in cover.values()}
    for literal, of_rules in literals.items():
        grouped[cover[literal]].append((literal, tuple(of_rules)))
    return Triggers(grouped)


def _cover(literals: Iterable[str]) -> dict[str, str]:
    """Literal → the trigger that it holds."""
    cover: dict[str, str] = {}
    without: list[str] = []
    for literal in sorted(literals, key=lambda text: (len(text), text)):
        root = next((root for root in (*_ROOTS, *without) if root in literal), None)
        if root is None:
            without.append(literal)
        cover[literal] = root or literal
    return cover


def texts_with(texts: Sequence[str], wanted: Iterable[str]) -> dict[int, list[str]]:
    """Index of a text → which of the wanted strings it holds; texts without any are left out."""
    found: dict[int, list[str]] = {}
    joined = "\n".join(texts)
    starts = [0]
    for text in texts:
        starts.append(starts[-1] + len(text) + 1)
    for literal in wanted:
        index, position = 0, joined.find(literal)
        while position >= 0:
            index = bisect_right(starts, position, index) - 1
            found.setdefault(index, []).append(literal)
            position = joined.find(literal, starts[index + 1])
    return found
