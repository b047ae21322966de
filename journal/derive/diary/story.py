"""What a diary is told from: the facts of some days, as plain values.

Times are in stored form (see `journal.moments`), event ids whole, texts as they came from outside.
"""

from collections.abc import Mapping
from typing import NamedTuple

from journal.derive.gotcha.lesson import Lesson
from journal.derive.job import Job


class Commit(NamedTuple):
    """A commit, with what links say of it alone (not of commits that it replaced).

    Attributes:
        files: paths of some files, the most changed first.
        file_count: how many it changed; None where the changes could not be read, like `added` and `removed`.
    """

    at: str
    event: str
    sha: str
    subject: str
    author: str
    branch: str | None = None
    session: str | None = None
    files: tuple[str, ...] = ()
    file_count: int | None = None
    added: int | None = None
    removed: int | None = None


class Rewrite(NamedTuple):
    """One commit took another's place: by "amend", "rebase" or "squash"."""

    old: str
    new: str
    how: str


class SessionDay(NamedTuple):
    """What an agent's session was on one local day.

    Attributes:
        at: its first sign of life that day.
        until: its last.
        event: the session's own event.
        session: its id.
        first: whether it began that day.
        prompts: what the person typed that day, oldest first.
        tokens: spent that day.
    """

    at: str
    until: str
    event: str
    session: str
    title: str | None
    branch: str | None
    first: bool
    prompts: tuple[str, ...]
    tokens: int


class BranchChange(NamedTuple):
    """A branch was "created", "deleted" or "renamed"."""

    at: str
    event: str
    action: str
    name: str
    start: str | None = None
    old_name: str | None = None


class Merge(NamedTuple):
    """A branch was merged."""

    at: str
    event: str
    merged: str
    into: str | None
    fast_forward: bool


class Note(NamedTuple):
    """What a person wrote down."""

    at: str
    event: str
    text: str
    branch: str | None = None


class Line(NamedTuple):
    """One line of a day. Other kinds of fact come as lines.

    Attributes:
        text: Markdown of one line, all text from outside in it made harmless.
        branch: under which it is told; None where that is not known.
        inner: lines under it.
        minor: may be left out on a crowded day.
    """

    at: str
    event: str
    text: str
    branch: str | None = None
    inner: tuple["Line", ...] = ()
    minor: bool = False


class SaidOfGotcha(NamedTuple):
    """A person or an agent said something of a gotcha.

    Attributes:
        name: `G7`.
        action: "add", "edit", "confirm" or "drop".
        by: "person" or "agent".
        title: what it is called.
    """

    at: str
    event: str
    name: str
    action: str
    by: str
    title: str


class OpenBranch(NamedTuple):
    """A branch that exists, and when something last happened on it."""

    name: str
    at: str


class Tally(NamedTuple):
    """Some months of a year, first and last included, in numbers."""

    year: int
    first_month: int
    last_month: int
    commits: int
    sessions: int
    tokens: int
    jobs: int = 0


class Story(NamedTuple):
    """The newest days in detail, what was before them in numbers.

    Attributes:
        since: the first moment told in detail; None where there is nothing before.
        branch: what the last checkout or commit was on: a branch, or a commit's SHA where HEAD was detached.
        open_branches: newest activity first.
        own_author: whose commits need no name beside them; None: all are named.
        commits: those in the days told, and those that took their place or whose place they took.
        jobs: those submitted in the days told.
        unfinished: those with a try that is not over, whenever they were submitted.
        own_uid: whose jobs they are, for "cancelled by you".
        lessons: a job's event → what it failed of and got past; those of which there is nothing to say are left out.
        lines: of other kinds of fact.
        earlier: what was before `since`, newest first: months, then years.
    """

    since: str | None = None
    branch: str | None = None
    open_branches: tuple[OpenBranch, ...] = ()
    own_author: str | None = None
    commits: tuple[Commit, ...] = ()
    rewrites: tuple[Rewrite, ...] = ()
    sessions: tuple[SessionDay, ...] = ()
    branch_changes: tuple[BranchChange, ...] = ()
    merges: tuple[Merge, ...] = ()
    notes: tuple[Note, ...] = ()
    jobs: tuple[Job, ...] = ()
    unfinished: tuple[Job, ...] = ()
    own_uid: int | None = None
    lessons: Mapping[str, Lesson] = {}
    said_of_gotchas: tuple[SaidOfGotcha, ...] = ()
    lines: tuple[Line, ...] = ()
    earlier: tuple[Tally, ...] = ()
