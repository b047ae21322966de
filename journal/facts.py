"""The shape of each kind of event's data. Types only: the hot commands never load this file.

Times are RFC 3339; the fields named `at` and `*_at` are in stored form (UTC, milliseconds) unless noted.
"""

from typing import Literal, NotRequired, TypedDict


class ChangedFile(TypedDict):
    """One file of a commit, with lines added and removed (None: binary, or not known)."""

    path: str
    added: int | None
    removed: int | None
    old_path: NotRequired[str]


class CommitFact(TypedDict):
    """A commit object. Key: sha. `at` is the committer's time."""

    sha: str
    tree: str
    parents: list[str]
    author: str
    author_email: str
    authored_at: str  # the author's own clock, with its offset: 2026-11-12T10:14:03+01:00
    committer: str
    committer_email: str
    committed_at: str  # the committer's own clock, with its offset
    message: str
    files: list[ChangedFile] | None  # None: the changes could not be read (a damaged or partial clone)
    patch_id: str | None  # what the change is, whatever it sits on; None for merges and empty commits


class BranchFact(TypedDict):
    """A branch came, went or changed its name in one clone. Key: writer, name, action, sha, at."""

    action: Literal["created", "deleted", "renamed"]
    name: str
    sha: str
    start: NotRequired[str]  # what it was created from, as git says ("main", "HEAD", "origin/main")
    old_name: NotRequired[str]


class CheckoutFact(TypedDict):
    """HEAD of a worktree went elsewhere. Key: writer, worktree, reflog entry, count among equal entries."""

    from_name: str  # a branch, or a commit's SHA when HEAD was detached
    to_name: str
    old: str
    new: str
    worktree: str  # "" for the main one, else the linked worktree's name in .git/worktrees


class MergeFact(TypedDict):
    """A branch was merged in a clone. Key: writer, worktree, reflog entry, count among equal entries."""

    merged: str  # what was merged, as git says
    into: str | None  # the branch that HEAD was on
    old: str
    new: str
    fast_forward: bool
    worktree: str


class ResetFact(TypedDict):
    """HEAD was set back or elsewhere. Key: as for a merge."""

    target: str  # as git says: "HEAD~1"
    branch: str | None
    old: str
    new: str
    worktree: str


class RewriteFact(TypedDict):
    """One commit took another's place. Key: old, new: hook, reflog and patch-id all tell the same event."""

    old: str
    new: str
    how: Literal["amend", "rebase", "squash"]


class SessionFact(TypedDict):
    """An agent's session. Key: agent, session_id. `at` is its first dated line."""

    session_id: str
    agent: Literal["claude-code"]
    version: str | None
    cwd: str | None
    branch: str | None


class TitleFact(TypedDict):
    """A session's title. Key: session_id, by, title."""

    session_id: str
    title: str
    by: Literal["person", "agent", "summary"]


class PromptFact(TypedDict):
    """What a person typed. Key: the transcript line's uuid, which a fork repeats."""

    session_id: str
    text: str
    branch: str | None
    cwd: str | None


class UsageFact(TypedDict):
    """Tokens of one reply. Key: message_id and the counts: later lines may tell more, and the most counts."""

    session_id: str
    message_id: str
    model: str
    input: int
    output: int
    cache_write_5m: int
    cache_write_1h: int
    cache_read: int
    agent_id: str | None  # the sub-agent that spent them
    branch: str | None


class NoteFact(TypedDict):
    """What a person wrote down. Key: a random id (`journal note`) or document and text (a document's own words)."""

    text: str
    origin: str  # "command", or the document it was read in: "SCRATCH.md"
    branch: str | None


class LinkFact(TypedDict):
    """Two things belong together. Key: all fields.

    A thing is written `kind:name`: `commit:<sha>`, `session:<id>`, `branch:<name>`, `event:<id>`.
    """

    subject: str
    how: Literal["made in", "made on", "written in"]
    object: str
    proof: Literal["hook", "reflog", "trailer"]


class MachineFact(TypedDict):
    """What the machine looked like. Key: when it was looked at, and all of it. Fields: `journal.machine_facts`."""

    host: str
    facts: dict[str, object]


class CloneFact(TypedDict):
    """Where a clone lives. Key: writer, path. `name` is the project's, as its remote or directory says."""

    name: str
    path: str  # the main worktree
    git_dir: str  # the common git directory
    root_commit: str | None
    remote: str | None  # without any user name or password
