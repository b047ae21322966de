"""What our git hooks left in the spool, as events. Pure.

Hooks know what reflogs do not: the agent's session in which git was run. What both know is told once where it is the
same fact (a rewrite's key is old and new), and as two pieces of evidence where it is a link: its proof is "hook" or
"reflog", and each proof is an event of its own.
"""

import re
from collections import Counter
from collections.abc import Iterator

from journal import moments
from journal.capture.git.events import link_event, made_on, rewrite_event
from journal.capture.git.reflog import is_null
from journal.events import Event
from journal.facts import LinkFact
from journal.spool import Record

_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_BRANCH = "ref: refs/heads/"


def events_of(record: Record, project: str, writer: str) -> list[Event]:  # noqa: ARG001  # as all record readers
    """The events that a hook's record tells; none where it tells what the reflog says better.

    Args:
        record: fields `event`, `head` ("ref: refs/heads/x" or a SHA), `sha` (what it resolves to), `session`, `args`;
            body: the hook's standard input.
        project: the project's id.
        writer: the clone that the hook ran in.
    """
    tell = _TELLERS.get(record.fields.get("event", ""))
    return list(tell(record, moments.from_epoch(record.at), project)) if tell else []


def _post_commit(record: Record, at: str, project: str) -> Iterator[Event]:
    yield from _made(record.fields.get("sha", ""), record, at, project)


def _post_rewrite(record: Record, at: str, project: str) -> Iterator[Event]:
    """The hook is given "old new" lines; several old commits that became one were squashed.

    A rebase amends on its way (reword, fixup), always with HEAD detached, and then tells of the whole. Such an amend
    is left to the reflog, which knows it from one that a person makes.
    """
    amended = record.fields.get("args", "").split()[:1] == ["amend"]
    if amended and not record.fields.get("head", "").startswith(_BRANCH):
        return
    words = (line.split() for line in record.body.splitlines())
    pairs = [(line[0], line[1]) for line in words if len(line) >= 2 and all(_SHA.fullmatch(sha) for sha in line[:2])]
    counts = Counter(new for _, new in pairs)
    for old, new in pairs:
        if old != new:  # an amend within the same second may change nothing
            how = "amend" if amended else "squash" if counts[new] > 1 else "rebase"
            yield rewrite_event(old, new, how, at, project)
    for new in counts:
        yield from _made(new, record, at, project)


# A merge or checkout is told by the reflog alone: the hook cannot tell a fast-forward from a merge commit.
_TELLERS = {"post-commit": _post_commit, "post-rewrite": _post_rewrite}


def _made(sha: str, record: Record, at: str, project: str) -> Iterator[Event]:
    """A commit was made: in which session, and on which branch."""
    if not _SHA.fullmatch(sha) or is_null(sha):
        return
    session = record.fields.get("session", "")
    if session:
        fact: LinkFact = {
            "subject": f"commit:{sha}",
            "how": "made in",
            "object": f"session:{session}",
            "proof": "hook",
        }
        yield link_event(fact, at, project)
    head = record.fields.get("head", "")
    if head.startswith(_BRANCH):
        yield made_on(sha, head.removeprefix(_BRANCH), "hook", at, project)
