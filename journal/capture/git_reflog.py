"""Reflogs: git's own diary of where HEAD and the branches went. Pure: bytes in, entries and events out.

An entry is one line, `old new name <email> seconds offset TAB message`. It has no id, and the same move can be made
twice within a second, so an entry's key is its text and its count among equal ones. Counts start anew with every
second: an entry keeps its key when older ones expire, and when reading resumes at the beginning of a second.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from journal import moments
from journal.events import Event, make_event
from journal.facts import BranchFact, CheckoutFact, LinkFact, MergeFact, ResetFact, RewriteFact

SOURCE = "git"
_LONGEST_REBASE = 1000  # entries; after so many, one that was begun is taken to have been given up (`--quit`)

_LINE = re.compile(
    r"(?P<old>[0-9a-f]{40,64}) (?P<new>[0-9a-f]{40,64}) (?P<who>.*?) ?(?P<seconds>-?[0-9]+) (?P<offset>[-+][0-9]{4})"
    r"(?:\t(?P<message>.*))?",
    re.DOTALL,
)
_CHECKOUT = re.compile(r"checkout: moving from (\S+) to (.+)", re.DOTALL)
_REBASE_CHECKOUT = re.compile(r"(?:rebase|pull .*?): checkout (\S+)$")
_RENAMED = re.compile(r"Branch: renamed refs/heads/(\S+) to refs/heads/(\S+)")
_CREATED = re.compile(r"branch: Created from (.+)", re.DOTALL)
_RESET = re.compile(r"reset: moving to (.+)", re.DOTALL)
_MERGED = re.compile(r"(?P<verb>merge|pull)(?: (?P<what>[^:(]*(?::[^ ][^:(]*)*))?: (?P<how>Fast-forward|Merge made by)")
_MERGE_COMMIT = re.compile(r"commit \(merge\): (?:Merge [^']*'(?P<what>[^']+)')?(?P<rest>.*)", re.DOTALL)
_COMMIT = re.compile(r"(?:commit(?: \([a-z -]+\))?|cherry-pick|revert|am): ")
_AMEND = "commit (amend): "
_STEP = re.compile(r"(?:rebase|pull\b.*?)(?: -[^(]*)? ?\((?P<step>[a-z ]+)\): (?P<text>.*)", re.DOTALL)
_FINISH_OLD = re.compile(r"rebase finished: (?P<text>returning to .*)")
_RETURNING = re.compile(r"returning to refs/heads/(\S+)")
_BRANCH_FINISHED = re.compile(r"(?:rebase|pull\b.*?)(?: -[^(]*)? ?\(finish\): refs/heads/\S+ onto (?P<onto>[0-9a-f]+)")


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


class HeadStory(NamedTuple):
    """What a HEAD's reflog tells.

    Attributes:
        events: checkouts, merges, resets, amends, and which branch each commit was made on.
        rebases: the finished ones.
        resume_at: offset from which to read the next time: the beginning of the last second, or of a rebase that
            is still under way.
        resume_branch: the branch HEAD was on at `resume_at`; None if detached or unknown.
    """

    events: list[Event]
    rebases: list[Rebase]
    resume_at: int
    resume_branch: str | None


class BranchStory(NamedTuple):
    """What a branch's reflog tells: events (created, renamed), finished rebases, names it had before."""

    events: list[Event]
    rebases: list[Rebase]
    old_names: list[str]
    created: bool
    resume_at: int


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


def head_story(
    entries: Sequence[ReflogEntry],
    content: bytes,
    branch: str | None,
    head: str | None,
    worktree: str,
    writer: str,
    project: str,
) -> HeadStory:
    """What (a part of) a HEAD's reflog tells.

    Args:
        entries: from where the last reading resumed to the end.
        content: the bytes that the entries were parsed from.
        branch: the branch HEAD was on before the first entry; None if detached or unknown.
        head: the branch HEAD is on now; None if detached.
        worktree: "" or the linked worktree's name.
        writer: the clone.
        project: the project's id.
    """
    befores, afters = _branches(entries, branch, head)
    rebases, under_way = _rebases(entries)
    teller = _Teller(worktree, writer, project)
    events = [
        event
        for entry, before, after in zip(entries, befores, afters, strict=True)
        for event in teller.events(entry, before, after)
    ]
    at = _last_second(entries)
    if under_way is not None:
        at = min(at, under_way)
    resume = entries[at].start if at < len(entries) else content.rfind(b"\n") + 1
    return HeadStory(events, rebases, resume, befores[at] if at < len(entries) else branch)


def branch_story(entries: Sequence[ReflogEntry], content: bytes, name: str, writer: str, project: str) -> BranchStory:
    """What (a part of) a branch's reflog tells. Arguments as for `head_story`; `name` is the branch's present one."""
    events: list[Event] = []
    rebases: list[Rebase] = []
    old_names: list[str] = []
    created = False
    for entry in reversed(entries):
        renamed = _RENAMED.match(entry.message)
        finished = _BRANCH_FINISHED.match(entry.message)
        if renamed and renamed[2] == name:
            events.append(branch_event("renamed", name, entry.new, entry.at, writer, project, old_name=renamed[1]))
            name = renamed[1]
            old_names.append(name)
        elif is_null(entry.old):
            start = _CREATED.match(entry.message)
            created = True
            events.append(
                branch_event("created", name, entry.new, entry.at, writer, project, start=start[1] if start else None)
            )
        elif finished:
            rebases.append(Rebase(entry.at, entry.old, finished["onto"], entry.new, ()))
    at = _last_second(entries)
    resume = entries[at].start if at < len(entries) else content.rfind(b"\n") + 1
    return BranchStory(events[::-1], rebases[::-1], old_names, created, resume)


def branch_event(
    action: str,
    name: str,
    sha: str,
    at: str,
    writer: str,
    project: str,
    *,
    start: str | None = None,
    old_name: str | None = None,
) -> Event:
    """A branch came, went or changed its name ("created", "deleted", "renamed")."""
    fact: BranchFact = {"action": action, "name": name, "sha": sha}  # type: ignore[typeddict-item]  # one of three
    if start is not None:
        fact["start"] = start
    if old_name is not None:
        fact["old_name"] = old_name
    return make_event("branch", at, project, SOURCE, (writer, name, action, sha, at), fact)


def rewrite_event(old: str, new: str, how: str, at: str, project: str) -> Event:
    """One commit took another's place ("amend", "rebase", "squash"); the same event whoever tells of it."""
    fact: RewriteFact = {"old": old, "new": new, "how": how}  # type: ignore[typeddict-item]  # one of three
    return make_event("rewrite", at, project, SOURCE, (old, new), fact)


def link_event(fact: LinkFact, at: str, project: str) -> Event:
    """Two things belong together. Hook and reflog each give their own proof, hence an event each."""
    return make_event("link", at, project, SOURCE, (fact["subject"], fact["how"], fact["object"], fact["proof"]), fact)


class _Teller:
    """Turns entries of one HEAD into events."""

    def __init__(self, worktree: str, writer: str, project: str) -> None:
        self._worktree = worktree
        self._writer = writer
        self._project = project

    def events(self, entry: ReflogEntry, before: str | None, after: str | None) -> list[Event]:
        """What one entry says; `before` and `after` are the branches HEAD was on."""
        moved = _CHECKOUT.match(entry.message)
        if moved:
            return self._checkout(entry, moved[1], moved[2])
        switched = _REBASE_CHECKOUT.match(entry.message)
        if switched:
            return self._checkout(entry, before or entry.old, switched[1])
        reset = _RESET.match(entry.message)
        if reset:
            return self._reset(entry, reset[1], after)
        return [*self._merge(entry, after), *self._made(entry, after)]

    def _checkout(self, entry: ReflogEntry, from_name: str, to_name: str) -> list[Event]:
        if from_name == to_name:
            return []
        fact: CheckoutFact = {
            "from_name": from_name,
            "to_name": to_name,
            "old": entry.old,
            "new": entry.new,
            "worktree": self._worktree,
        }
        return [self._event("checkout", entry, fact)]

    def _reset(self, entry: ReflogEntry, target: str, branch: str | None) -> list[Event]:
        if entry.old == entry.new:  # only files were reset; `git stash` does it too
            return []
        fact: ResetFact = {
            "target": target,
            "branch": branch,
            "old": entry.old,
            "new": entry.new,
            "worktree": self._worktree,
        }
        return [self._event("reset", entry, fact)]

    def _merge(self, entry: ReflogEntry, branch: str | None) -> list[Event]:
        merged = _MERGED.match(entry.message)
        committed = _MERGE_COMMIT.match(entry.message)
        if merged:
            what = merged["what"] or merged["verb"]
        elif committed:
            what = committed["what"] or committed["rest"]
        else:
            return []
        fact: MergeFact = {
            "merged": what,
            "into": branch,
            "old": entry.old,
            "new": entry.new,
            "fast_forward": bool(merged) and merged["how"] == "Fast-forward",
            "worktree": self._worktree,
        }
        return [self._event("merge", entry, fact)]

    def _made(self, entry: ReflogEntry, branch: str | None) -> list[Event]:
        """The commit that an entry made: on which branch, and in whose place."""
        events: list[Event] = []
        merged = _MERGED.match(entry.message)
        made = _COMMIT.match(entry.message) or (merged and merged["how"] != "Fast-forward")
        if made and branch is not None:
            events.append(made_on(entry.new, branch, "reflog", entry.at, self._project))
        if entry.message.startswith(_AMEND) and entry.old != entry.new:
            events.append(rewrite_event(entry.old, entry.new, "amend", entry.at, self._project))
        return events

    def _event(self, kind: str, entry: ReflogEntry, fact: Mapping[str, object]) -> Event:
        return make_event(kind, entry.at, self._project, SOURCE, (self._writer, self._worktree, *entry.key), fact)


def made_on(sha: str, branch: str, proof: str, at: str, project: str) -> Event:
    """A commit was made on a branch; `proof` is "reflog" or "hook"."""
    fact: LinkFact = {
        "subject": f"commit:{sha}",
        "how": "made on",
        "object": f"branch:{branch}",
        "proof": proof,  # type: ignore[typeddict-item]  # one of LinkFact's
    }
    return link_event(fact, at, project)


_UNKNOWN = ""  # no branch is called so


def _branches(
    entries: Sequence[ReflogEntry], first: str | None, last: str | None
) -> tuple[list[str | None], list[str | None]]:
    """The branch HEAD was on before and after each entry (None: detached, or unknown).

    Backwards first, because an entry tells where HEAD came from for certain ("moving from topic": a branch, or a full
    SHA where it was detached), but where it went only as it was typed ("moving to v1.0"). Then forwards, to where
    that leaves it open.
    """
    befores: list[str | None] = []
    now, returns_to = last, _UNKNOWN
    for entry in reversed(entries):
        step = _step(entry.message)
        if step and step[0] in ("finish", "abort"):
            returning = _RETURNING.match(step[1])
            now, returns_to = None, returning[1] if returning else now
        elif step and step[0] == "start":
            now, returns_to = returns_to, _UNKNOWN
        else:
            now = _came_from(entry, now)
        befores.append(now)
    befores.reverse()
    return _filled(entries, befores, first, last)


def _came_from(entry: ReflogEntry, after: str | None) -> str | None:
    """The branch HEAD was on before an entry, given the one after it."""
    moved, renamed = _CHECKOUT.match(entry.message), _RENAMED.match(entry.message)
    if moved:
        return None if _is_sha(moved[1]) else moved[1]
    if renamed:
        return renamed[1] if after == renamed[2] else after
    if _REBASE_CHECKOUT.match(entry.message) or is_null(entry.old):  # also an unborn branch (`checkout --orphan`)
        return _UNKNOWN
    return after


def _filled(
    entries: Sequence[ReflogEntry], befores: list[str | None], first: str | None, last: str | None
) -> tuple[list[str | None], list[str | None]]:
    """The branches before and after each entry, the unknown ones taken from what came before."""
    names = {branch for branch in (*befores, last) if branch}
    afters = [*befores[1:], last]
    now = first
    for i, entry in enumerate(entries):
        if befores[i] == _UNKNOWN:
            befores[i] = now
        if afters[i] == _UNKNOWN:
            moved = _CHECKOUT.match(entry.message)
            afters[i] = befores[i] if not moved else moved[2] if moved[2] in names else None
        now = afters[i]
    return befores, afters


def _rebases(entries: Sequence[ReflogEntry]) -> tuple[list[Rebase], int | None]:
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


def _last_second(entries: Sequence[ReflogEntry]) -> int:
    """The index at which the last second's entries begin."""
    at = len(entries)
    while at and entries[at - 1].at == entries[-1].at:
        at -= 1
    return at


def _is_sha(name: str) -> bool:
    return len(name) in (40, 64) and not name.strip("0123456789abcdef")
