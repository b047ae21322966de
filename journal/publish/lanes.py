"""Lanes: the lines of work of a timeline. Today each is a branch; an idea will be one too."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from journal.store.timeline_queries import BranchRow

_TRUNKS = ("main", "master", "trunk", "develop")


class Lane(NamedTuple):
    """One line of work.

    Attributes:
        id: "lane-1" is the trunk; the others count on in the order in which they begin.
        name: the branch's.
        parent: the id of the lane that it left, None for the trunk.
        begins, ends: its first and its last moment, stored form.
        status: "open", "merged", or "deleted" (gone without a merge that any clone saw).
    """

    id: str
    name: str
    parent: str | None
    begins: str
    ends: str
    status: str


class LaneTable:
    """Collects what happened on each branch; then names its lanes.

    Only branches on which something happened become lanes. What happened on no known branch is the trunk's: history
    that was there before the journal came tells of no branches.

    Args:
        branches: all branches of the project.
        made_on: the branch of each commit that has one; the most used is the trunk where none has a trunk's name.
    """

    def __init__(self, branches: Iterable[BranchRow], made_on: Iterable[str]) -> None:
        self._branches = {row.name: row for row in reversed([*branches])}  # the first of a name is the recorded one
        used = Counter(made_on)
        known = {*self._branches, *used}
        named = next((name for name in _TRUNKS if name in known), None)
        self.trunk = named or (min(used, key=lambda name: (-used[name], name)) if used else "main")
        self._spans: dict[str, tuple[str, str]] = {}
        self._merged: dict[str, tuple[str, str | None]] = {}
        self._lanes: dict[str, Lane] | None = None

    def live(self, branch: str | None, at: str, until: str | None = None) -> None:
        """Something happened on a branch (None: on no known one) at a moment, or from it until another."""
        name = self._name(branch)
        first, last = self._spans.get(name, (at, at))
        self._spans[name] = (min(first, at), max(last, until or at))

    def merge(self, merged: str, into: str | None, at: str) -> None:
        """A branch was merged into another."""
        if self._name(into) in self._spans or into is None:
            self.live(into, at)
        self._merged[_local(merged)] = (at, into)

    def id_of(self, branch: str | None) -> str:
        """The id of a branch's lane."""
        lanes = self._named()
        return lanes.get(self._name(branch), lanes[self.trunk]).id if lanes else "lane-1"

    def ordered(self) -> list[Lane]:
        """All lanes, the trunk first, then by beginning."""
        return list(self._named().values())

    def _name(self, branch: str | None) -> str:
        return _local(branch) if branch and branch != "HEAD" else self.trunk

    def _named(self) -> dict[str, Lane]:
        if self._lanes is None:
            if self._spans:
                self._spans.setdefault(self.trunk, min(self._spans.values()))
            order = sorted(self._spans, key=lambda name: (name != self.trunk, self._begin(name), name))
            ids = {name: f"lane-{number}" for number, name in enumerate(order, 1)}
            self._lanes = {name: self._lane(name, ids) for name in order}
        return self._lanes

    def _begin(self, name: str) -> str:
        first = self._spans[name][0]
        row = self._branches.get(name)
        return min(first, row.created_at) if row and row.created_at and name != self.trunk else first

    def _lane(self, name: str, ids: dict[str, str]) -> Lane:
        begins, ends = self._begin(name), self._spans[name][1]
        row = self._branches.get(name)
        merged_at, _into = self._merged.get(name, ("", None))
        status = "open"
        if name != self.trunk and merged_at >= ends:
            status, ends = "merged", merged_at
        elif row is not None and row.deleted_at is not None:
            status = "deleted"
        return Lane(ids[name], name, self._parent(name, row, ids), begins, ends, status)

    def _parent(self, name: str, row: BranchRow | None, ids: dict[str, str]) -> str | None:
        if name == self.trunk:
            return None
        start = _local(row.start) if row and row.start else self.trunk
        return ids[start] if start in ids and start != name and self._begin(start) <= self._begin(name) else "lane-1"


def _local(branch: str) -> str:
    """`origin/x` and `refs/heads/x` are the branch x."""
    return branch.removeprefix("refs/heads/").removeprefix("refs/remotes/").removeprefix("origin/")
