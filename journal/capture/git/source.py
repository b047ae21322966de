"""git as a source of events: what is new in one clone since it was last looked at."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from journal.capture.git.refs import Refs, branch_logs, fingerprint, log_cursor, read_log, read_refs
from journal.capture.git.repository import Repository, read_line, worktrees
from journal.events import Batch, Event

# Whatever parses is imported where it is used: with nothing new, none of it is loaded.
if TYPE_CHECKING:
    from journal.capture.git.reflog import Rebase

_BATCH_EVENTS = 1000
_BATCH_BYTES = 8 << 20  # a commit can change 100,000 files: an event of megabytes
_SEEN = "seen"
_TIPS = "tips"
_BRANCHES = "branches"
_EDGE = "shallow"
_LOG = "reflog:"
_NOT_ENTRIES = "reflog lines that could not be understood"


class _Told(NamedTuple):
    """What the reflogs told: filled while they are read."""

    events: list[Event]
    rebases: "list[Rebase]"
    shas: dict[str, None]  # commits they name, in order
    old_names: set[str]  # of branches that were renamed
    created: set[str]  # branches whose beginning they tell
    cursors: dict[str, Any]


class GitSource:
    """Everything that git knows of one clone (see `journal.events.Source`).

    Commits come first, in batches without cursors: they are what takes long, and reading them again after being
    killed adds nothing twice. The last batch brings what the reflogs tell, and all cursors.

    Args:
        repository: any worktree of the clone; all of its worktrees are read.
        project: the project's id.
        writer: the clone's.
        now: the present in stored form: when a branch was found to be gone.
    """

    name = "git"

    def __init__(self, repository: Repository, project: str, writer: str, now: str) -> None:
        self._repository = repository
        self._project = project
        self._writer = writer
        self._now = now

    def read(self, cursors: Mapping[str, Any]) -> Iterator[Batch]:
        """Yields what is new; with nothing new, nothing, without starting git.

        Raises:
            JournalError: git is missing, or refuses to read this repository.
        """
        common_dir = self._repository.common_dir
        trees = worktrees(common_dir)
        seen = fingerprint(common_dir, trees)  # before anything is read: what changes meanwhile is read again
        if cursors.get(_SEEN) == seen:
            return
        told = _Told([], [], {}, set(), set(), {})
        skipped: Counter[str] = Counter()
        refs = read_refs(common_dir, trees)
        self._read_logs(cursors, refs, told, skipped)
        edge = read_line(common_dir / "shallow") or ""
        known: list[str] = cursors.get(_TIPS, []) if cursors.get(_EDGE, "") == edge else []  # what is older came after
        tips = refs.tips()
        yield from self._read_history([*tips, *told.shas], known, skipped)
        reached = {_SEEN: seen, _TIPS: tips, _BRANCHES: refs.branches, _EDGE: edge}
        yield from self._finish(cursors, refs, told, skipped, reached)

    def _read_history(self, include: list[str], known: list[str], skipped: Counter[str]) -> Iterator[Batch]:
        seen = set(known)
        unseen = [sha for sha in dict.fromkeys(include) if sha not in seen]
        if not unseen:
            return
        from journal.capture.git.history import commit_events

        events: list[Event] = []
        size = 0
        for event in commit_events(self._repository.common_dir, self._project, unseen, known, skipped):
            events.append(event)
            size += len(event.data)
            if len(events) >= _BATCH_EVENTS or size >= _BATCH_BYTES:
                yield Batch(events, {}, {})
                events, size = [], 0
        if events:
            yield Batch(events, {}, {})

    def _finish(
        self,
        cursors: Mapping[str, Any],
        refs: Refs,
        told: _Told,
        skipped: Counter[str],
        reached: dict[str, Any],
    ) -> Iterator[Batch]:
        if told.rebases:
            from journal.capture.git.rewrites import rewrites

            told.events.extend(rewrites(self._repository.common_dir, told.rebases, self._project))
        told.events.extend(self._branches_without_log(cursors.get(_BRANCHES), refs.branches, told))
        from journal.capture.git.moves import in_order

        events = in_order(told.events)
        while len(events) > _BATCH_EVENTS:
            yield Batch(events[:_BATCH_EVENTS], {}, {})
            del events[:_BATCH_EVENTS]
        yield Batch(events, {**told.cursors, **reached}, skipped)

    def _read_logs(self, cursors: Mapping[str, Any], refs: Refs, told: _Told, skipped: Counter[str]) -> None:
        from journal.capture.git.moves import branch_story, head_story
        from journal.capture.git.reflog import parse_reflog, shas_of

        common_dir = self._repository.common_dir
        present: set[str] = set()
        for name, git_dir in worktrees(common_dir):
            cursor = f"{_LOG}{name}/HEAD"
            present.add(cursor)
            part = read_log(git_dir / "logs" / "HEAD", cursors.get(cursor))
            if part is None:
                continue
            entries, bad = parse_reflog(part.content)
            head = refs.heads[name].branch if name in refs.heads else None
            story = head_story(entries, part.content, part.branch, head, name, self._writer, self._project)
            told.events.extend(story.events)
            told.rebases.extend(story.rebases)
            told.shas.update(dict.fromkeys(shas_of(entries)))
            told.cursors[cursor] = log_cursor(part, story.resume_at, story.resume_branch)
            skipped[_NOT_ENTRIES] += bad
        for name, path in branch_logs(common_dir):
            cursor = f"{_LOG}refs/heads/{name}"
            present.add(cursor)
            part = read_log(path, cursors.get(cursor))
            if part is None:
                continue
            entries, bad = parse_reflog(part.content)
            branch = branch_story(entries, part.content, name, self._writer, self._project)
            told.events.extend(branch.events)
            told.rebases.extend(branch.rebases)
            told.shas.update(dict.fromkeys(shas_of(entries)))
            told.old_names.update(branch.old_names)
            if branch.created:
                told.created.add(name)
            told.cursors[cursor] = log_cursor(part, branch.resume_at, None)
            skipped[_NOT_ENTRIES] += bad
        told.cursors.update({name: None for name in cursors if name.startswith(_LOG) and name not in present})

    def _branches_without_log(
        self, known: dict[str, str] | None, present: dict[str, str], told: _Told
    ) -> Iterator[Event]:
        """Branches that came or went since the last reading and of which no reflog tells (a deleted branch's goes
        with it). They happened now, as far as anyone can know."""
        from journal.capture.git.events import branch_event

        if known is None:
            return
        for name, sha in known.items():
            if name not in present and name not in told.old_names:
                yield branch_event("deleted", name, sha, self._now, self._writer, self._project)
        for name, sha in present.items():
            if name not in known and name not in told.created:
                yield branch_event("created", name, sha, self._now, self._writer, self._project)
