"""What a line must hold for any rule to look at it: the fast way through a log of millions of lines."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from journal.derive.failure.rules import Rule, Rules
from journal.derive.failure.tracebacks import FRAME, HEADER, NAMES

# Most literals hold one of these. What is rare in a healthy log comes first.
_ROOTS = (
    "CANCELLED", "rror", "RROR", "xception", "ailed", "AILED", "annot ", "illed", "atal", "FATAL", "NCCL", "CUDA",
    "hip", "memory", "No such", "not found", "denied", "Traceback", "nterrupt", "egmentation", "nan", "NaN", "imeout",
    "refused", "nvalid", "TERM_", "PBS", "mpi", "MPI", "Node ", "shape", "xpected",
)  # fmt: skip


class Triggers(NamedTuple):
    """Rules by what their lines must hold.

    Attributes:
        literals: trigger → the literals that hold it, each with its rules.
    """

    literals: Mapping[str, Sequence[tuple[str, Sequence[Rule]]]]


def triggers(rules: Rules) -> tuple[bytes, ...]:
    """Few byte strings of which every line holds at least one that a rule could match or that begins a traceback."""
    return tuple(trigger.encode() for trigger in _cover([*_literals(rules), HEADER, FRAME, *NAMES]))


@lru_cache(maxsize=4)
def index_of(rules: Rules) -> Triggers:
    """The rules, to be found by the triggers of a line."""
    literals = _literals(rules)
    cover = _cover(literals)
    grouped: dict[str, list[tuple[str, Sequence[Rule]]]] = {}
    for literal, of_rules in literals.items():
        trigger = next(trigger for trigger in cover if trigger in literal)
        grouped.setdefault(trigger, []).append((literal, of_rules))
    return Triggers(grouped)


def _literals(rules: Rules) -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = {}
    for rule in rules.rules:
        for literal in rule.literals:
            found.setdefault(literal, []).append(rule)
    return found


def _cover(literals: Iterable[str]) -> list[str]:
    """The fewest strings found such that each literal holds one of them."""
    cover: dict[str, None] = {}
    for literal in sorted(literals, key=len):
        root = next((root for root in _ROOTS if root in literal), None)
        if root:
            cover[root] = None
        elif not any(known in literal for known in cover):
            cover[literal] = None
    return [known for known in cover if not any(other != known and other in known for other in cover)]
