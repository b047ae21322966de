"""What differs around two runs of one script: arguments, resources, and the machine, in words.

The words quote arguments and names from outside: whoever shows them makes them harmless.
"""

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from journal.derive.amounts import duration, memory
from journal.derive.event_words import without_secrets
from journal.derive.gotcha.same_run import handed_over
from journal.derive.job import Job
from journal.derive.job_outcome import last_tries

_LONGEST = 160
_MOST_PACKAGES = 6


def _plain(value: Any) -> str:
    return str(value)


_RESOURCES: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    ("memory", "memory", memory),
    ("limit", "limit_s", duration),
    ("GPUs", "gpus", _plain),
    ("CPUs", "cpus", _plain),
    ("nodes", "node_count", _plain),
    ("partition", "partition", _plain),
    ("QOS", "qos", _plain),
    ("account", "account", _plain),
)


def changed_circumstances(failed: Job, passed: Job) -> list[str]:
    """Arguments and resources that differ: `memory 8 GB → 32 GB`, `arguments --batch 64 → --batch 32`."""
    return [*_arguments(failed, passed), *_resources(failed, passed)]


def _arguments(failed: Job, passed: Job) -> Iterable[str]:
    one, other = handed_over(failed), handed_over(passed)
    if not one or not other or one == other:
        return
    before: list[str] = []
    after: list[str] = []
    for kind, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if kind != "equal":
            # An option is told with its value, though only that differs.
            start = 1 if a and c and kind == "replace" and one[a - 1].startswith("-") and "=" not in one[a - 1] else 0
            before += one[a - start : b]
            after += other[c - start : d]
    told = [without_secrets(shlex.join(words)) for words in (before, after)]
    yield "arguments " + " → ".join(_cut(words) or "none" for words in told)


def _resources(failed: Job, passed: Job) -> Iterable[str]:
    one, other = (_last(job) for job in (failed, passed))
    for name, field, shown in _RESOURCES:
        before, after = one.get(field), other.get(field)
        if before is not None and after is not None and before != after:
            yield f"{name} {shown(before)} → {shown(after)}"


def _last(job: Job) -> Mapping[str, Any]:
    last = last_tries(job.attempts)
    return last[0] if last else {}


def changed_machine(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What differs between two looks at one machine: Python, frameworks, modules, drivers."""
    told: list[str] = []
    one, other = _part(before, "python"), _part(after, "python")
    for what, name in (("Python", "version"), ("Python of", "where")):
        if one.get(name) and other.get(name) and one[name] != other[name]:
            told.append(f"{what} {one[name]} → {other[name]}")
    told += _versions(_part(one, "packages"), _part(other, "packages"))
    told += _versions(_part(before, "gpu_software"), _part(after, "gpu_software"))
    loaded = [set[str](_part(facts, "modules").get("loaded", ())) for facts in (before, after)]
    told += [f"module {name} loaded" for name in sorted(loaded[1] - loaded[0])]
    told += [f"module {name} not loaded any more" for name in sorted(loaded[0] - loaded[1])]
    return [_cut(words) for words in told]


def _part(facts: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part: Mapping[str, Any] | None = facts.get(name)
    return part or {}


def _versions(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[str]:
    for name in sorted({*before, *after}):
        one, other = before.get(name), after.get(name)
        if one != other:
            yield f"{name} {one or 'none'} → {other or 'none'}"


def installed_words(packages: Sequence[tuple[str, str, str]], relevance: Callable[[str], int]) -> list[str]:
    """`einops 0.8.0 installed in .venv`, those that speak of the failure first, the rest counted.

    Args:
        packages: (name, version, where), oldest first.
        relevance: how much a text speaks of the failure.
    """
    ranked = sorted(packages, key=lambda package: -relevance(package[0]))
    told = [_cut(f"{name} {version} installed in {where}") for name, version, where in ranked[:_MOST_PACKAGES]]
    left = len(ranked) - len(told)
    return [*told, *([f"{left:,} more packages installed"] if left > 0 else [])]


def _cut(words: str) -> str:
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"
