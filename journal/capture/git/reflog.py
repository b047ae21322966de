"""Reflogs: git's own diary of where HEAD and the branches went. Pure: bytes in, entries out, and where HEAD was.

An entry is one line, `old new name <email> seconds offset TAB message`. It has no id, and the same move can be made
twice within a second, so an entry's key is its text and its count among equal ones. Counts start anew with every
second: an entry keeps its key when older ones expire, and when reading resumes at the beginning of a second.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from journal import moments

_LONGEST_REBASE = 1000  # entries; after so many, one that was begun is taken to have been given up (`--quit`)

_LINE = re.compile(
    r"(?P<old>[0-9a-f]{40,64}) (?P<new>[0-9a-f]{40,64}) (?P<who>.*?) ?(?P<seconds>-?[0-9]+) (?P<offset>[-+][0-9]{4})"
    r"(?:\t(?P<message>.*))?",
    re.DOTALL,
)
CHECKOUT = re.compile(r"checkout: moving from (\S+) to (.+)", re.DOTALL)
REBASE_CHECKOUT = re.compile(r"(?:rebase|pull .*?): checkout (\S+)$")
RENAMED = re.compile(r"Branch: renamed refs/heads/(\S+) to refs/heads/(\S+)")
_STEP = re.compile(r"(?:rebase|pull\b.*?)(?: -[^(]*)? ?\((?P<step>[a-z ]+)\): (?P<text>.*)", re.DOTALL)
_FINISH_OLD = re.compile(r"rebase finished: (?P<text>returning to .*)")
_RETURNING = re.compile(r"returning to refs/heads/(\S+)")


class ReflogEntry(NamedTuple):
    """One move of HEAD or of a branch.

    Attributes:
        old: SHA before; zeros where there was none.
        new: SHA after; zeros where there is none.
        at: stored form.
        message: what git says of it.
        key: the whole line, and its count among equal lines of one second.
        start: offset in bytes of the line's first, counted from where the text parsed began.
    """

    old: str
    new: str
    at: str
    message: str
    key: tuple[str, str]
    start: int


class Step(NamedTuple):
    """What a rebase did with HEAD: "pick", "squash", "fixup", …"""

    action: str
    old: str
    new: str


class Rebase(NamedTuple):
    """A finished rebase.

    Attributes:
        at: when it was finished, stored form.
        old_tip: what was rebased.
        onto: the commit under the first new one.
        new_tip: the result.
        steps: as HEAD's reflog tells them; empty where only the branch's reflog tells of the rebase.
    """

    at: str
    old_tip: str
    onto: str
    new_tip: str
    steps: tuple[Step, ...]


def parse_reflog(content: bytes) -> tuple[list[ReflogEntry], int]:
    """The entries of a reflog, oldest first, and how many whole lines were no entries. A last line that lacks its
    newline is still being written, and is left for the next time."""
    entries: list[ReflogEntry] = []
    bad = 0
    offset = 0
    counts: dict[str, int] = {}
    second = ""
    for raw in content.split(b"\n")[:-1]:
        start, offset = offset, offset + len(raw) + 1
        line = raw.decode("utf-8", "backslashreplace")
        match = _LINE.fullmatch(line)
        if match is None:
            bad += 1
            continue
        if match["seconds"] != second:
            second = match["seconds"]
            counts.clear()
        count = counts[line] = counts.get(line, -1) + 1
        at = moments.from_epoch(int(second))
        entries.append(ReflogEntry(match["old"], match["new"], at, match["message"] or "", (line, str(count)), start))
    return entries, bad


def shas_of(entries: Iterable[ReflogEntry]) -> list[str]:
    """The commits that entries name, each once."""
    named = dict.fromkeys(sha for entry in entries for sha in (entry.old, entry.new))
    return [sha for sha in named if not is_null(sha)]


def is_null(sha: str) -> bool:
    """Whether a SHA is git's "none"."""
    return not sha.strip("0")


_UNKNOWN = ""  # no branch is called so


def branches_around(
    entries: Sequence[ReflogEntry], first: str | None, last: str | None
) -> tuple[list[str | None], list[str | None]]:
    """The branch HEAD was on before and after each entry (None: detached, or unknown).

    Backwards first, because an entry tells where HEAD came from for certain ("moving from topic": a branch, or a full
    SHA where it was detached), but where it went only as it was typed ("moving to v1.0"). Then forwards, to where
    that leaves it open.
    """
    befores: list[str | None] = []
    now: str | None = last
    returns_to: str | None = _UNKNOWN
    for entry in reversed(entries):
        step = _step(entry.message)
        if step and step[0] in ("finish", "abort"):
            returning = _RETURNING.match(step[1])
            returns_to = returning[1] if returning else now
            now = None
        elif step and step[0] == "start":
            now, returns_to = returns_to, _UNKNOWN
        else:
            now = _came_from(entry, now)
        befores.append(now)
    befores.reverse()
    return _filled(entries, befores, first, last)


def _came_from(entry: ReflogEntry, after: str | None) -> str | None:
    """The branch HEAD was on before an entry, given the one after it."""
    moved, renamed = CHECKOUT.match(entry.message), RENAMED.match(entry.message)
    if moved:
        return None if _is_sha(moved[1]) else moved[1]
    if renamed:
        return renamed[1] if after == renamed[2] else after
    if REBASE_CHECKOUT.match(entry.message) or is_null(entry.old):  # also an unborn branch (`checkout --orphan`)
        return _UNKNOWN
    return after


def _filled(
    entries: Sequence[ReflogEntry], befores: list[str | None], first: str | None, last: str | None
) -> tuple[list[str | None], list[str | None]]:
    """The branches before and after each entry, the unknown ones taken from what came before."""
    names = {branch for branch in (*befores, last) if branch}
    afters = [*befores, last][1:] if befores else []
    now = first
    for i, entry in enumerate(entries):
        if befores[i] == _UNKNOWN:
            befores[i] = now
        if afters[i] == _UNKNOWN:
            moved = CHECKOUT.match(entry.message)
            afters[i] = befores[i] if not moved else moved[2] if moved[2] in names else None
        now = afters[i]
    return befores, afters


def rebases_in(entries: Sequence[ReflogEntry]) -> tuple[list[Rebase], int | None]:
    """The finished rebases, and the index at which one begins that is not finished."""
    rebases: list[Rebase] = []
    start: int | None = None
    for i, entry in enumerate(entries):
        step = _step(entry.message)
        if step and step[0] == "start":
            start = i
        elif step and step[0] == "abort":
            start = None
        elif step and step[0] == "finish" and start is not None:
            begun = entries[start]
            steps = tuple(Step(_action(other.message), other.old, other.new) for other in entries[start + 1 : i])
            rebases.append(Rebase(entry.at, begun.old, begun.new, entry.old, steps))
            start = None
    waits = start is not None and len(entries) - start < _LONGEST_REBASE
    return rebases, start if waits else None


def _step(message: str) -> tuple[str, str] | None:
    match = _STEP.match(message)
    if match:
        return match["step"], match["text"]
    finished = _FINISH_OLD.match(message)
    return ("finish", finished["text"]) if finished else None


def _action(message: str) -> str:
    step = _step(message)
    return step[0] if step else "commit"


def last_second(entries: Sequence[ReflogEntry]) -> int:
    """The index at which the last second's entries begin."""
    at = len(entries)
    while at and entries[at - 1].at == entries[-1].at:
        at -= 1
    return at


def _is_sha(name: str) -> bool:
    return len(name) in (40, 64) and not name.strip("0123456789abcdef")
