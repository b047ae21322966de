"""The diary: a head that says where things stand, and a part for each day, newest first.

Pure: nothing is relative to a clock, only to the last day with events, so an unchanged store gives unchanged
text. Its size is bounded: a crowded day is cut, what lies before the days told becomes a line a month, then a line
a year.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta, tzinfo
from typing import NamedTuple

from journal.derive.amounts import counted
from journal.derive.diary.job_lines import (
    DiaryJob,
    diary_job,
    gpu_hours_words,
    job_lines,
    jobs_tally,
    needing_lines,
    running_lines,
)
from journal.derive.diary.lines import commit_line, commit_name, other_lines, place, session_line, session_name
from journal.derive.diary.rewriting import Lasting, lasting_commits
from journal.derive.diary.story import Line, SessionDay, Story
from journal.derive.diary.words import clock, day_words, months_words, short_id, tally
from journal.derive.gotcha.lesson import NO_LESSON
from journal.derive.markdown import name, quoted
from journal.moments import local_day

_SHOWN_BRANCHES = 6
_CROWD = 12  # more minor lines than this on a branch and day are cut
_SHOWN_OF_CROWD = 5


class Part(NamedTuple):
    """A part of the diary: `head`, `day=2026-11-12` or `earlier`, and its Markdown."""

    name: str
    markdown: str


class _Day(NamedTuple):
    commits: list[Lasting]
    sessions: list[SessionDay]
    others: list[Line]
    jobs: list[DiaryJob]

    def tally(self) -> list[str]:
        tokens = sum(session.tokens for session in self.sessions)
        return tally(len(self.commits), jobs_tally(self.jobs), len(self.sessions), tokens)


def diary(story: Story, zone: tzinfo) -> list[Part]:
    """Tells a story: the head, its days newest first, what was before them.

    Args:
        story: the facts.
        zone: where its days begin.
    """
    days = _days(story, zone)
    parts = [Part("head", _head(story, days, zone))]
    parts += [Part(f"day={day}", _day(day, days[day], story, zone)) for day in sorted(days, reverse=True)]
    if story.earlier:
        parts.append(Part("earlier", _earlier(story)))
    return parts


def _days(story: Story, zone: tzinfo) -> dict[str, _Day]:
    """Local day → what happened on it."""
    days: dict[str, _Day] = {}

    def on(stored: str) -> _Day:
        return days.setdefault(local_day(stored, zone), _Day([], [], [], []))

    for fold in lasting_commits(story.commits, story.rewrites):
        if story.since is None or fold.made_at >= story.since:
            on(fold.made_at).commits.append(fold)
    for session in story.sessions:
        on(session.at).sessions.append(session)
    for job in story.jobs:
        on(job.submitted_at).jobs.append(diary_job(job, story.own_uid, story.lessons.get(job.event, NO_LESSON)))
    for line in other_lines(story):
        on(line.at).others.append(line)
    return days


def _day(day: str, facts: _Day, story: Story, zone: tzinfo) -> str:
    heading = " · ".join([f"## {day_words(day, year=True)}", *facts.tally()])
    groups = _by_branch(_lines(facts, zone, own_author=story.own_author))
    paragraphs = [_title(branch, alone=len(groups) == 1) + "".join(_list(lines, zone)) for branch, lines in groups]
    return heading + "\n" + "\n".join(paragraphs)  # without the blank line a title would join the list before it


def _title(branch: str | None, *, alone: bool) -> str:
    if branch is None:
        return "" if alone else "**elsewhere**\n"
    return f"**{name(branch)}**\n"


def _lines(facts: _Day, zone: tzinfo, *, own_author: str | None) -> list[Line]:
    """A day's lines by time, in the same second what came first: a commit before the job that ran it.

    Commits made in a session of that day are told under it.
    """
    inner: dict[str, list[Lasting]] = {session.session: [] for session in facts.sessions}
    lines = list(facts.others)
    for fold in facts.commits:
        if fold.commit.session in inner:
            inner[fold.commit.session].append(fold)
        else:
            lines.append(commit_line(fold, own_author=own_author))
    lines += [session_line(day, inner[day.session], own_author=own_author) for day in facts.sessions]
    lines += job_lines(facts.jobs, zone)
    return sorted(lines, key=lambda line: line.at)


def _by_branch(lines: Sequence[Line]) -> list[tuple[str | None, list[Line]]]:
    """Lines by branch, in the order in which branches were first met; those of no known branch come last."""
    groups: dict[str | None, list[Line]] = {}
    for line in lines:
        groups.setdefault(line.branch, []).append(line)
    return sorted(groups.items(), key=lambda group: group[0] is None)


def _list(lines: Sequence[Line], zone: tzinfo) -> Iterator[str]:
    minor = [line for line in lines if line.minor]
    cut = minor[_SHOWN_OF_CROWD:] if len(minor) > _CROWD else []
    left_out = {line.event for line in cut}
    for line in lines:
        if line.event in left_out:
            continue
        yield f"- {clock(line.at, zone)} {line.text} {short_id(line.event)}\n"
        for inner in line.inner:
            yield f"  - {clock(inner.at, zone)} {inner.text} {short_id(inner.event)}\n"
    if cut:
        yield f"- and {len(cut):,} more commits\n"


def _head(story: Story, days: Mapping[str, _Day], zone: tzinfo) -> str:
    lines = [
        *_where(story, days, zone),
        *_jobs_now(story, days, zone),
        *_last_session(days, zone),
        *_open_branches(story, zone),
        *_week(days),
    ]
    body = "\n".join(f"- {line}" for line in lines)
    return f"## Where things stand\n{body}\n" if body else "## Where things stand\nNothing has been captured yet.\n"


def _where(story: Story, days: Mapping[str, _Day], zone: tzinfo) -> Iterator[str]:
    """The branch, and the last commit that was seen being made here, else the last of all."""
    folds = [fold for day in days.values() for fold in day.commits]
    own = [fold for fold in folds if fold.commit.branch or fold.commit.session]
    last = max(reversed(own or folds), key=lambda fold: fold.commit.at, default=None)
    where = f"**On** {place(story.branch)}" if story.branch else ""
    if last is None:
        if where:
            yield where
        return
    commit = last.commit
    told = commit_name(commit, own_author=story.own_author)
    if commit.branch is not None and commit.branch != story.branch:
        told += f" on {name(commit.branch)}"
    told += f", {_when(commit.at, zone)} {short_id(commit.event)}"
    yield f"{where} · last commit {told}" if where else f"**Last commit** {told}"


def _jobs_now(story: Story, days: Mapping[str, _Day], zone: tzinfo) -> Iterator[str]:
    """What runs and waits, and of what failed on the last two days told what did not succeed since."""
    unfinished = [diary_job(job, story.own_uid) for job in story.unfinished]
    yield from running_lines(unfinished, zone)
    if days:
        jobs = [job for day in days.values() for job in day.jobs]
        yield from needing_lines(jobs, unfinished, min(sorted(days)[-2:]))


def _last_session(days: Mapping[str, _Day], zone: tzinfo) -> Iterator[str]:
    sessions = [session for day in days.values() for session in day.sessions]
    last = max(sessions, key=lambda session: (session.until, session.event), default=None)
    if last is None:
        return
    asked = f" · asked last {quoted(last.prompts[-1], 200)}" if last.prompts and last.title else ""
    yield f"**Last session** {session_name(last)}, {_when(last.until, zone)}{asked} {short_id(last.event)}"


def _open_branches(story: Story, zone: tzinfo) -> Iterator[str]:
    others = [branch for branch in story.open_branches if branch.name != story.branch]
    shown = [f"{name(branch.name)} ({day_words(local_day(branch.at, zone))})" for branch in others[:_SHOWN_BRANCHES]]
    if len(others) > len(shown):
        shown.append(f"{len(others) - len(shown)} more")
    if shown:
        yield f"**Other open branches** {' · '.join(shown)}"


def _week(days: Mapping[str, _Day]) -> Iterator[str]:
    if not days:
        return
    last = max(days)
    first = date.fromisoformat(last).toordinal() - timedelta(days=6).days
    week = [facts for day, facts in days.items() if date.fromisoformat(day).toordinal() >= first]
    sessions = {session.session for facts in week for session in facts.sessions}
    tokens = sum(session.tokens for facts in week for session in facts.sessions)
    jobs = [job for facts in week for job in facts.jobs]
    counts = [*jobs_tally(jobs), *gpu_hours_words(jobs)]
    numbers = tally(sum(len(facts.commits) for facts in week), counts, len(sessions), tokens)
    if numbers:
        yield f"**Week to {day_words(last)}** {' · '.join(numbers)}"


def _when(stored: str, zone: tzinfo) -> str:
    return f"{day_words(local_day(stored, zone))} {clock(stored, zone)}"


def _earlier(story: Story) -> str:
    lines = (
        f"- **{months_words(span.year, span.first_month, span.last_month)}** "
        + " · ".join(tally(span.commits, [counted(span.jobs, "job")] * bool(span.jobs), span.sessions, span.tokens))
        for span in story.earlier
    )
    return "## Earlier\n" + "\n".join(lines) + "\n"
