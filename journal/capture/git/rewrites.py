"""Which new commit took the place of which old one in a rebase.

Told apart in this order: the same change (patch-id); the same author, time and subject; the same author and time
where only one old and one new commit have them. A commit that was folded into another (squash, fixup) is known by
the change that HEAD's reflog shows for that step.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from journal.capture.git.events import rewrite_event
from journal.capture.git.history import read_commits
from journal.capture.git.process import DIFF_OPTIONS, PATCH_OPTIONS, GitError, run_git
from journal.capture.git.reflog import Rebase, Step
from journal.events import Event


class Candidate(NamedTuple):
    """What is compared of a commit."""

    sha: str
    patch_id: str | None
    author: tuple[str, str, str]
    subject: str


class Fold(NamedTuple):
    """A change that a rebase made part of a commit: its patch-id, the commit it was (if it stayed as it was before
    the others were added), and the new commit that it ended up in."""

    patch_id: str | None
    sha: str
    new: str


def rewrites(common_dir: Path, rebases: Sequence[Rebase], project: str) -> Iterator[Event]:
    """A rewrite event for every commit that the rebases replaced, as far as its objects are still there."""
    for rebase in joined(rebases):
        olds = _candidates(common_dir, rebase.old_tip, [rebase.new_tip, rebase.onto])
        news = _candidates(common_dir, rebase.new_tip, [rebase.old_tip, rebase.onto])
        pairs = match(olds, news, _folds(common_dir, rebase.steps))
        counts = Counter(new for _, new in pairs)
        for old, new in pairs:
            yield rewrite_event(old, new, "squash" if counts[new] > 1 else "rebase", rebase.at, project)


def joined(rebases: Sequence[Rebase]) -> list[Rebase]:
    """One rebase for each that HEAD's and the branch's reflog both tell of: HEAD knows the steps, and the branch
    knows what was rebased (`git rebase main topic` starts from anywhere)."""
    by_result: dict[tuple[str, str], Rebase] = {}
    for rebase in rebases:
        key = (rebase.at, rebase.new_tip)
        known = by_result.get(key)
        if known is None:
            by_result[key] = rebase
        elif rebase.steps:
            by_result[key] = rebase._replace(old_tip=known.old_tip, onto=known.onto)
        elif known.steps:
            by_result[key] = known._replace(old_tip=rebase.old_tip, onto=rebase.onto)
    return [rebase for rebase in by_result.values() if rebase.old_tip != rebase.new_tip]


def match(olds: Sequence[Candidate], news: Sequence[Candidate], folds: Sequence[Fold]) -> list[tuple[str, str]]:
    """Pairs of (old, new) SHAs; the commits may come in any order, the folds as the rebase made them."""
    left_old, left_new = {old.sha: old for old in olds}, {new.sha: new for new in news}
    pairs: list[tuple[str, str]] = []
    for fold in folds:
        same = (old for old in left_old.values() if fold.patch_id is not None and old.patch_id == fold.patch_id)
        old = left_old.get(fold.sha) or next(same, None)
        if old and fold.new in {new.sha for new in news}:
            pairs.append((left_old.pop(old.sha).sha, fold.new))
            left_new.pop(fold.new, None)
    for key in (_by_patch, _by_author_and_subject, _by_author):
        old_by, new_by = _unique(left_old.values(), key), _unique(left_new.values(), key)
        for value in old_by.keys() & new_by.keys():
            old_sha, new_sha = old_by[value], new_by[value]
            pairs.append((old_sha, new_sha))
            del left_old[old_sha], left_new[new_sha]
    return sorted(pairs)


def _by_patch(commit: Candidate) -> Hashable:
    return commit.patch_id


def _by_author_and_subject(commit: Candidate) -> Hashable:
    return commit.author, commit.subject


def _by_author(commit: Candidate) -> Hashable:
    return commit.author


def _unique(commits: Iterable[Candidate], key: Callable[[Candidate], Hashable]) -> dict[Hashable, str]:
    """key → SHA of the commits that no other shares it with."""
    grouped: dict[Hashable, list[str]] = {}
    for commit in commits:
        grouped.setdefault(key(commit), []).append(commit.sha)
    return {value: shas[0] for value, shas in grouped.items() if value is not None and len(shas) == 1}


def _candidates(common_dir: Path, tip: str, exclude: Sequence[str]) -> list[Candidate]:
    found: list[Candidate] = []
    for commit, patch_id in read_commits(common_dir, [tip], exclude, Counter()):
        if len(commit.parents) < 2:
            author = (commit.author, commit.author_email, commit.authored)
            found.append(Candidate(commit.sha, patch_id, author, commit.message.partition("\n")[0]))
    return found


def _folds(common_dir: Path, steps: Sequence[Step]) -> list[Fold]:
    """What squash and fixup steps put together: the commit they began with, then one change a step."""
    folds: list[Fold] = []
    chain: list[tuple[str | None, str]] = []
    for step, following in zip_longest(steps, steps[1:]):
        if step.action not in ("squash", "fixup"):
            continue
        if not chain:
            chain.append((_patch_id(common_dir, f"{step.old}^", step.old), step.old))
        chain.append((_patch_id(common_dir, step.old, step.new), ""))
        if following is None or following.action not in ("squash", "fixup"):
            folds += [Fold(patch_id, sha, step.new) for patch_id, sha in chain]
            chain = []
    return folds


def _patch_id(common_dir: Path, before: str, after: str) -> str | None:
    """The patch-id of what lies between two commits; None where nothing does, or they are gone."""
    try:
        patch = run_git(common_dir, "diff-tree", *DIFF_OPTIONS, *PATCH_OPTIONS, before, after)
        answer = run_git(common_dir, "patch-id", "--stable", stdin=b"commit %s\n%s" % (after.encode(), patch))
    except GitError:
        return None
    return answer.decode().partition(" ")[0] or None
