"""One line of the diary for each kind of fact."""

from collections.abc import Sequence
from itertools import chain

from journal.derive.amounts import counted_tokens
from journal.derive.diary.lesson_words import said_line
from journal.derive.diary.rewriting import Lasting
from journal.derive.diary.story import BranchChange, Commit, Line, Merge, Note, SessionDay, Story
from journal.derive.event_words import is_sha, short_sha
from journal.derive.markdown import escaped, name, one_line, quoted

_SHOWN_FILES = 3
_TITLE_LENGTH = 90
_PROMPT_LENGTH = 160
_NOTE_LENGTH = 300
_REWRITTEN = {"amend": "amended", "rebase": "rebased", "squash": "squashed"}


def commit_line(fold: Lasting, *, own_author: str | None) -> Line:
    """`4be1f02 "Add cosine schedule" (+62 −8, train.py, sched.py)`."""
    commit = fold.commit
    told = ", ".join(filter(None, (_changes(fold), _files(fold), *map(_rewritten, *_ways(fold)))))
    text = commit_name(commit, own_author=own_author) + (f" ({told})" if told else "")
    return Line(fold.made_at, commit.event, text, commit.branch, minor=commit.session is None)


def commit_name(commit: Commit, *, own_author: str | None) -> str:
    """`4be1f02 "Add cosine schedule"`, and whose it is where that is someone else's."""
    author = f" by {person(commit.author)}" if commit.author != own_author else ""
    return f"{commit.sha[:7]} {quoted(commit.subject, _TITLE_LENGTH)}{author}"


def session_line(day: SessionDay, folds: Sequence[Lasting], *, own_author: str | None) -> Line:
    """A session's day: title, what was asked first, tokens, and the commits made in it under it.

    It is told under the branch of its commits where they share one.
    """
    branches = {fold.commit.branch for fold in folds if fold.commit.branch}
    branch = branches.pop() if len(branches) == 1 else day.branch
    inner = tuple(commit_line(fold, own_author=own_author) for fold in folds)
    parts = [f"session {session_name(day)}" + ("" if day.first else ", continued")]
    if day.prompts and (asked := _asked(day)):
        parts[0] += f": {asked}"
    if day.tokens:
        parts.append(counted_tokens(day.tokens))
    return Line(day.at, day.event, " · ".join(parts), branch, inner)


def session_name(day: SessionDay) -> str:
    """A session's title as a quoted text; without one, what was asked first."""
    title = day.title or next(iter(day.prompts), None)
    return quoted(title, _TITLE_LENGTH) if title else "without a title"


def _asked(day: SessionDay) -> str:
    others = len(day.prompts) - 1
    more = f" and {others} more" if others else ""
    first = one_line(day.prompts[0], _PROMPT_LENGTH)
    title = one_line(day.title or day.prompts[0], _TITLE_LENGTH)
    if first.startswith(title.rstrip("…")) and len(first) <= len(title) + 1:
        return f"{len(day.prompts)} prompts" if more else ""
    return quoted(first, _PROMPT_LENGTH) + more


def other_lines(story: Story) -> list[Line]:
    """Lines for branches, merges, notes, what was said of gotchas, and the kinds of fact that come as lines."""
    told = chain(map(_branch_line, story.branch_changes), map(_merge_line, story.merges), map(_note_line, story.notes))
    return [*told, *map(said_line, story.said_of_gotchas), *story.lines]


def _branch_line(change: BranchChange) -> Line:
    if change.action == "renamed":
        text = "branch renamed" + (f" from {place(change.old_name)}" if change.old_name else "")
    elif change.action == "deleted":
        text = "branch deleted"
    else:
        text = "branch opened" + (f" from {place(change.start)}" if change.start not in (None, "HEAD") else "")
    return Line(change.at, change.event, text, change.name)


def _merge_line(merge: Merge) -> Line:
    how = " (fast-forward)" if merge.fast_forward else ""
    return Line(merge.at, merge.event, f"merged {place(merge.merged)}{how}", merge.into)


def _note_line(note: Note) -> Line:
    return Line(note.at, note.event, f"note {quoted(note.text, _NOTE_LENGTH)}", note.branch)


def place(branch: str) -> str:
    """A branch's name, or a commit's SHA shortened."""
    return short_sha(branch) if is_sha(branch) else name(branch)


def person(author: str) -> str:
    """A person's name, between quotation marks where it does not look like one."""
    words = one_line(author, 40).split()
    usual = 0 < len(words) <= 4 and all(
        word[0].isupper() and word.strip(".").replace("-", "").isalpha() for word in words
    )
    return escaped(author, 40) if usual else quoted(author, 40)


def _changes(fold: Lasting) -> str:
    commit = fold.commit
    if commit.added is None or commit.removed is None or commit.file_count == 0:
        return ""
    signed = [f"+{commit.added:,}"] * (commit.added > 0) + [f"−{commit.removed:,}"] * (commit.removed > 0)
    return " ".join(signed)


def _files(fold: Lasting) -> str:
    shown = [name(path.rsplit("/", 1)[-1], 40) for path in fold.commit.files[:_SHOWN_FILES]]
    more = (fold.commit.file_count or 0) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if shown and more > 0 else "")


def _rewritten(way: str, times: int) -> str:
    return _REWRITTEN.get(way, "rewritten") + (f" {times}×" if times > 1 else "")


def _ways(fold: Lasting) -> tuple[list[str], list[int]]:
    ways = sorted(fold.history.items())
    return [way for way, _ in ways], [times for _, times in ways]
