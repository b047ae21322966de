"""The event: one immutable fact, and the batches in which sources hand events over.

This file is the vocabulary that every floor shares. It imports nothing but the standard library and stays
small, because the hot commands load it on every run.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Protocol

# Kinds of event. The word is the same in the table, in `journal log --kind` and in the documents.
KINDS = {
    "commit": "a git commit exists",
    "branch": "a branch was created, deleted or renamed in a clone",
    "checkout": "a worktree went from one branch or commit to another",
    "merge": "a branch was merged in a clone (fast-forwards included)",
    "reset": "a branch or HEAD was set back or elsewhere",
    "rewrite": "one commit took the place of another (amend, rebase, squash)",
    "session": "an agent's session began",
    "title": "a session got a title",
    "prompt": "a person typed something to an agent",
    "usage": "a model's reply cost tokens",
    "note": "a person wrote something down",
    "job": "a job was submitted to a batch system",
    "submission": "a job was handed over, and with which code",
    "attempt": "what the batch system tells of one try of a job or of an array's task",
    "script": "the text of a job's script",
    "drift": "how the code differed from a job's snapshot when it started or ended",
    "log": "what the log of one try of a job said when it had ended",
    "fix": "what was changed between a failure and the run that got past it",
    "gotcha": "a person or an agent added, edited, confirmed or dropped a gotcha",
    "link": "two things belong together, and why we know",
    "machine": "what the machine looked like",
    "clone": "where a clone of the project lives",
}

# Facts that support others rather than tell the story: kept out of `journal log` unless asked for by kind.
SUPPORTING_KINDS = frozenset(
    {"title", "usage", "link", "machine", "clone", "submission", "attempt", "script", "drift", "log"}
)


class Event(NamedTuple):
    """One immutable fact, as a source states it.

    Attributes:
        id: 32 hex digits, derived from source, kind, project and natural key (see `make_event`).
        kind: one of `KINDS`.
        at: when it happened, RFC 3339 in UTC with milliseconds (see `journal.moments`).
        project: the project's id, or None where none can be known.
        source: what yielded it: "git", "slurm", "claude-code", "note", "machine", "log", "gotcha".
        data: the fact itself, canonical JSON.
    """

    id: str
    kind: str
    at: str
    project: str | None
    source: str
    data: str


class Batch(NamedTuple):
    """Events with the cursors reached by reading them: stored together or not at all.

    Attributes:
        events: in the order in which the source tells them.
        cursors: name → JSON-able value; None deletes that cursor.
        skipped: reason → how many records were passed over.
    """

    events: list[Event]
    cursors: Mapping[str, Any]
    skipped: Mapping[str, int]


class Source(Protocol):
    """Something that yields events and remembers how far it was read.

    `name` is the namespace of its cursors. `read` yields batches small enough to hold in memory (about a
    thousand events); each is stored in one transaction with its cursors, so being killed between two loses
    nothing and repeats nothing. With nothing new it yields nothing, at the cost of a few `stat` calls.
    """

    name: str

    def read(self, cursors: Mapping[str, Any]) -> Iterator[Batch]: ...


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def canonical_json(value: Any) -> str:
    """The one JSON text of a value: sorted keys, no spaces; what UTF-8 cannot hold becomes "?"."""
    text = _ENCODER.encode(value)
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def make_event(
    kind: str, at: str, project: str | None, source: str, key: tuple[str, ...], data: Mapping[str, Any]
) -> Event:
    """Builds an event whose id depends only on where the fact comes from and what makes it unique.

    Args:
        kind: one of `KINDS`.
        at: RFC 3339 time in UTC, milliseconds, trailing Z.
        project: the project's id or None.
        source: the source's name.
        key: the natural key within source, kind and project: a commit's SHA, a message's id, … The same fact
            met twice, or on two machines, has the same key and so is one event.
        data: JSON-able facts; must be a function of the fact alone, never of when or how it was read.
    """
    return Event(_identity(source, kind, project, key), kind, at, project, source, canonical_json(data))


def make_telling(kind: str, at: str, project: str | None, source: str, data: Mapping[str, Any]) -> Event:
    """Builds an event whose natural key is all that it says, as `make_event` does."""
    text = canonical_json(data)
    return Event(_identity(source, kind, project, (text,)), kind, at, project, source, text)


def _identity(source: str, kind: str, project: str | None, key: tuple[str, ...]) -> str:
    from hashlib import blake2b  # loads OpenSSL, which commands that only read need not wait for

    identity = "\x1f".join((source, kind, project or "", *key))
    return blake2b(identity.encode("utf-8", "replace"), digest_size=16).hexdigest()
