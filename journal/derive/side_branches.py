"""Which branch a commit of old history was made on, as far as merge commits tell.

Git keeps no branch names in commits, and clones made before the journal came have no record of them. A merge commit
does tell: its message names the branch, and the commits that it brought in are that branch's.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

_MERGED = re.compile(
    r"Merge (?:remote-tracking )?branch '(?:origin/)?(?P<branch>[^']{1,200})'(?! of )"
    r"|Merge pull request #[0-9]+ from [^/\s]+/(?P<pull>\S{1,200})"
    r"|Merged? in (?P<bitbucket>\S{1,200}) \(pull request"
)
_TRUNKS = frozenset({"main", "master", "trunk", "develop"})


class Ancestry(NamedTuple):
    """A commit with its parents, first parent first."""

    sha: str
    parents: tuple[str, ...]
    subject: str


class SideBranch(NamedTuple):
    """A branch that a merge commit tells of.

    Attributes:
        name: as the merge's message has it; the second of that name is "name (2)".
        merge: the SHA of the merge commit.
        commits: what it brought in, newest first.
        into: the name of the side branch that it went into, None where that is no side branch.
    """

    name: str
    merge: str
    commits: tuple[str, ...]
    into: str | None


def side_branches(history: Iterable[Ancestry]) -> list[SideBranch]:
    """The branches that the merges of a history tell of.

    Args:
        history: commits, oldest first; parents may be missing from it. The last commit's line of first parents is the
            trunk.
    """
    known = {commit.sha: commit for commit in history}
    if not known:
        return []
    found: list[SideBranch] = []
    uses: dict[str, int] = {}
    taken: set[str] = set()
    trunk = _line(next(reversed(known)), known, taken)
    pending: list[tuple[list[str], str | None]] = [(trunk, None)]
    for line, line_name in pending:  # grows while it is read
        for merge in reversed(line):  # a commit belongs to the first merge that brought it in
            name = _merged_name(known[merge])
            for parent in known[merge].parents[1:]:
                side = _line(parent, known, taken)
                if not side:
                    continue
                if name is None or name in _TRUNKS or name == line_name:
                    pending.append((side, line_name))
                    continue
                uses[name] = uses.get(name, 0) + 1
                unique = name if uses[name] == 1 else f"{name} ({uses[name]})"
                found.append(SideBranch(unique, merge, tuple(side), line_name))
                pending.append((side, unique))
    return found


def _line(start: str, known: dict[str, Ancestry], taken: set[str]) -> list[str]:
    """A commit and its first parents, up to what belongs to a line already; newest first."""
    line: list[str] = []
    step: str | None = start
    while step is not None and step in known and step not in taken:
        taken.add(step)
        line.append(step)
        step = next(iter(known[step].parents), None)
    return line


def _merged_name(commit: Ancestry) -> str | None:
    told = _MERGED.match(commit.subject)
    return next(name for name in told.groups() if name) if told else None
