"""Commits that took others' place, folded into what they became."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from journal.derive.diary.story import Commit, Rewrite


class Lasting(NamedTuple):
    """A commit as it is now, and how it came to be.

    Attributes:
        commit: the last of its line; branch and session are its own links' or else those of what it replaced.
        made_at: when the first of its line was made.
        history: "amend", "rebase", "squash" → how often.
    """

    commit: Commit
    made_at: str
    history: Mapping[str, int]


def lasting_commits(commits: Iterable[Commit], rewrites: Iterable[Rewrite]) -> list[Lasting]:
    """Folds commits that were amended, rebased or squashed away into what replaced them, oldest first.

    Rewriting may run in a circle (undone by the reflog): then its newest commit is the lasting one.
    """
    known = {commit.sha: commit for commit in commits}
    edges = {(rewrite.old, rewrite.new): rewrite.how for rewrite in rewrites}
    successor: dict[str, str] = {}
    for old, new in edges:
        if old in known and new in known and old != new:
            successor[old] = max(successor.get(old, new), new, key=lambda sha: (known[sha].at, sha))
    lines: dict[str, list[Commit]] = {}
    for sha, commit in known.items():
        lines.setdefault(_last(sha, successor, known), []).append(commit)
    ways: dict[str, Counter[str]] = {}
    for (old, new), how in edges.items():
        if old in known and new in known:
            ways.setdefault(_last(new, successor, known), Counter())[how] += 1
    lasting = [_fold(known[last], line, ways.get(last, {})) for last, line in lines.items()]
    return sorted(lasting, key=lambda fold: fold.made_at)


def _last(sha: str, successor: Mapping[str, str], known: Mapping[str, Commit]) -> str:
    path = {sha: 0}
    while sha in successor:
        sha = successor[sha]
        if sha in path:
            circle = list(path)[path[sha] :]
            return max(circle, key=lambda sha: (known[sha].at, sha))
        path[sha] = len(path)
    return sha


def _fold(last: Commit, line: list[Commit], history: Mapping[str, int]) -> Lasting:
    newest_first = [last, *sorted(line, key=lambda commit: commit.at, reverse=True)]
    branch = next((commit.branch for commit in newest_first if commit.branch), None)
    session = next((commit.session for commit in newest_first if commit.session), None)
    made_at = min(commit.at for commit in line)
    return Lasting(last._replace(branch=branch, session=session), made_at, dict(history))
