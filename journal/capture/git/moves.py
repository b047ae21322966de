"""What reflogs tell, as events: checkouts, merges, resets, amends, rebases, branches made and renamed. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from journal.capture.git.events import SOURCE, branch_event, made_on, rewrite_event
from journal.capture.git.reflog import (
    CHECKOUT,
    REBASE_CHECKOUT,
    RENAMED,
    Rebase,
    ReflogEntry,
    branches_around,
    is_null,
    last_second,
    rebases_in,
)
from journal.events import Event, make_event
from journal.facts import CheckoutFact, MergeFact, ResetFact

_BRANCH_FINISHED = re.compile(r"(?:rebase|pull\b.*?)(?: -[^(]*)? ?\(finish\): refs/heads/\S+ onto (?P<onto>[0-9a-f]+)")

_CREATED = re.compile(r"branch: Created from (.+)", re.DOTALL)
_RESET = re.compile(r"reset: moving to (.+)", re.DOTALL)
_MERGED = re.compile(r"(?P<verb>merge|pull)(?: (?P<what>[^:(]*(?::[^ ][^:(]*)*))?: (?P<how>Fast-forward|Merge made by)")
_MERGE_COMMIT = re.compile(r"commit \(merge\): (?:Merge [^']*'(?P<what>[^']+)')?(?P<rest>.*)", re.DOTALL)
_COMMIT = re.compile(r"(?:commit(?: \([a-z -]+\))?|cherry-pick|revert|am): ")
_AMEND = "commit (amend): "


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
    befores, afters = branches_around(entries, branch, head)
    rebases, under_way = rebases_in(entries)
    teller = _Teller(worktree, writer, project)
    events = [
        event
        for entry, before, after in zip(entries, befores, afters, strict=True)
        for event in teller.events(entry, before, after)
    ]
    at = last_second(entries)
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
        renamed = RENAMED.match(entry.message)
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
    at = last_second(entries)
    resume = entries[at].start if at < len(entries) else content.rfind(b"\n") + 1
    return BranchStory(events[::-1], rebases[::-1], old_names, created, resume)


def in_order(events: Sequence[Event]) -> list[Event]:
    """What the reflogs told, by time; of one second branches come first, as they were made before HEAD went there."""
    return sorted(events, key=lambda event: (event.at, event.kind != "branch"))


class _Teller:
    """Turns entries of one HEAD into events."""

    def __init__(self, worktree: str, writer: str, project: str) -> None:
        self._worktree = worktree
        self._writer = writer
        self._project = project

    def events(self, entry: ReflogEntry, before: str | None, after: str | None) -> list[Event]:
        """What one entry says; `before` and `after` are the branches HEAD was on."""
        moved = CHECKOUT.match(entry.message)
        if moved:
            return self._checkout(entry, moved[1], moved[2])
        switched = REBASE_CHECKOUT.match(entry.message)
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
            words = (merged["what"] or "").split()
            what = " ".join(word for word in words if not word.startswith("-")) or merged["verb"]
        elif committed:
            what = committed["what"] or committed["rest"]
        else:
            return []
        fact: MergeFact = {
            "merged": what,
            "into": branch,
            "old": entry.old,
            "new": entry.new,
            "fast_forward": merged is not None and merged["how"] == "Fast-forward",
            "worktree": self._worktree,
        }
        return [self._event("merge", entry, fact)]

    def _made(self, entry: ReflogEntry, branch: str | None) -> list[Event]:
        """The commit that an entry made: on which branch, and in whose place."""
        events: list[Event] = []
        merged = _MERGED.match(entry.message)
        if branch is not None and (_COMMIT.match(entry.message) or (merged and merged["how"] != "Fast-forward")):
            events.append(made_on(entry.new, branch, "reflog", entry.at, self._project))
        if entry.message.startswith(_AMEND) and entry.old != entry.new:
            events.append(rewrite_event(entry.old, entry.new, "amend", entry.at, self._project))
        return events

    def _event(self, kind: str, entry: ReflogEntry, fact: Mapping[str, object]) -> Event:
        return make_event(kind, entry.at, self._project, SOURCE, (self._writer, self._worktree, *entry.key), fact)
