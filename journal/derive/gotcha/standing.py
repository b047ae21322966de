"""How a gotcha stands, from all that was told of it: pure, and the same in whatever order it was told."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from journal.derive.gotcha.lessons import is_lesson, is_passing, scope_of

# What was learned has a fix as evidence; a transient failure went by itself; of one that was overcome it is not known
# what was changed; a candidate was not overcome yet.
STATUSES = ("confirmed", "learned", "transient", "overcome", "candidate", "dropped")


class Sightings(NamedTuple):
    """Where the failure of a gotcha was seen.

    Attributes:
        jobs, projects, clusters: in how many different ones.
        first_at, last_at: the ends of the first and the last try that failed so, in stored form; None where none did.
        log: the id of the last one's event.
        label, fingerprint: as told there.
    """

    jobs: int
    projects: int
    clusters: int
    first_at: str | None
    last_at: str | None
    log: str | None
    label: str | None
    fingerprint: str | None


class ToldFix(NamedTuple):
    """A fix: which job failed, which got past it, each with its submission, and how much is known of the change."""

    event: str
    failed: tuple[str, str]
    passed: tuple[str, str]
    weight: int  # see `weight_of`


class Word(NamedTuple):
    """What a person or an agent said: a GotchaFact with its event's id and moment."""

    event: str
    at: str
    fact: Mapping[str, Any]


class Standing(NamedTuple):
    """What follows from it all. Texts are None where nobody said them."""

    status: str
    scope: str
    title: str | None
    advice: str | None
    label: str | None
    fingerprint: str | None
    fix: str | None  # the event of the fix that tells most
    fixed_at: str | None  # the submission of the first run that got past


_CHANGED, _UNCHANGED, _UNKNOWN = 2, 1, 0


def weight_of(fix: Mapping[str, Any]) -> int:
    """How much a FixFact tells: 2 what was changed, 1 that nothing was, 0 nothing."""
    if fix["changed"] or fix["commands"] or fix["environment"]:
        return _CHANGED
    return _UNCHANGED if fix["compared"] else _UNKNOWN


def standing_fixes(fixes: Iterable[ToldFix]) -> list[ToldFix]:
    """The fixes between a last failure and the first run that got past it, oldest first.

    What was told before all was known may name an earlier failure, or a later run, than is known now.
    """
    told = list(fixes)
    first_past: dict[tuple[str, str], tuple[str, str]] = {}
    last_failed: dict[tuple[str, str], tuple[str, str]] = {}
    for fix in told:
        known = first_past.setdefault(fix.failed, fix.passed)
        first_past[fix.failed] = min(known, fix.passed, key=_submission)
        known = last_failed.setdefault(fix.passed, fix.failed)
        last_failed[fix.passed] = max(known, fix.failed, key=_submission)
    kept = (fix for fix in told if first_past[fix.failed] == fix.passed and last_failed[fix.passed] == fix.failed)
    return sorted(kept, key=lambda fix: (*_submission(fix.passed), fix.event))


def _submission(job: tuple[str, str]) -> tuple[str, str]:
    return job[1], job[0]


def standing(sightings: Sightings, fixes: Sequence[ToldFix], words: Sequence[Word]) -> Standing | None:
    """How a gotcha stands; None where there is none: nobody said so, and its failures teach nothing.

    Of what persons and agents said the last counts, field by field.
    """
    said: dict[str, Any] = {}
    decision: str | None = None
    for word in sorted(words, key=lambda word: (word.at, word.event)):
        said |= word.fact
        decision = decision if word.fact["action"] == "edit" else word.fact["action"]
    label = said.get("label") or sightings.label
    if not words and (label is None or not is_lesson(label)):
        return None
    kept = standing_fixes(fixes)
    best = max(kept, key=lambda fix: (fix.weight, *_submission(fix.passed), fix.event), default=None)
    return Standing(
        status=_status(decision, best, label),
        scope=said.get("scope") or scope_of(label, sightings.projects, sightings.clusters),
        title=said.get("title"),
        advice=said.get("advice"),
        label=label,
        fingerprint=sightings.fingerprint or said.get("fingerprint"),
        fix=best.event if best else None,
        fixed_at=kept[0].passed[1] if kept else None,
    )


def _status(decision: str | None, best: ToldFix | None, label: str | None) -> str:
    if decision is not None:
        return "dropped" if decision == "drop" else "confirmed"
    if best is None:
        return "candidate"
    if best.weight == _CHANGED:
        return "learned"
    return "transient" if best.weight == _UNCHANGED and is_passing(label) else "overcome"
