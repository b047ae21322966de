"""Reading a repository the way a capture does, for the tests of git."""

import json
from pathlib import Path
from typing import Any

from journal.capture.git.repository import find_repository
from journal.capture.git.source import GitSource
from journal.events import Batch, Event

NOW = "2026-03-04T12:00:00.000Z"


class Reading:
    """A store in a dictionary: what a source told by now, and its cursors.

    Args:
        path: the repository.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.events: dict[str, Event] = {}
        self.cursors: dict[str, Any] = {}
        self.skipped: dict[str, int] = {}

    def read(self, *, stop_after: int | None = None, now: str = NOW) -> list[Event]:
        """Reads what is new and returns it; `stop_after` batches it is killed."""
        new: list[Event] = []
        source = GitSource(find_repository(self.path), "p", "w", now)
        for count, batch in enumerate(source.read(self.cursors)):
            if count == stop_after:
                break
            new += self._store(batch)
        return new

    def _store(self, batch: Batch) -> list[Event]:
        new = [event for event in batch.events if event.id not in self.events]
        for event in new:
            self.events.setdefault(event.id, event)
        changed = json.loads(json.dumps(dict(batch.cursors)))
        self.cursors = {name: value for name, value in {**self.cursors, **changed}.items() if value is not None}
        for reason, count in batch.skipped.items():
            self.skipped[reason] = self.skipped.get(reason, 0) + count
        return new

    def facts(self, kind: str) -> list[dict[str, Any]]:
        """The data of all events of a kind, in order of time."""
        chosen = sorted((event for event in self.events.values() if event.kind == kind), key=lambda event: event.at)
        return [json.loads(event.data) for event in chosen]

    def commits(self) -> dict[str, dict[str, Any]]:
        """SHA → commit."""
        return {fact["sha"]: fact for fact in self.facts("commit")}

    def rewrites(self) -> set[tuple[str, str, str]]:
        """(old, new, how) of all rewrites."""
        return {(fact["old"], fact["new"], fact["how"]) for fact in self.facts("rewrite")}

    def links(self) -> set[tuple[str, str]]:
        """(SHA, branch) of all "made on" links."""
        return {
            (fact["subject"].removeprefix("commit:"), fact["object"].removeprefix("branch:"))
            for fact in self.facts("link")
        }


def read(path: Path) -> Reading:
    """A first reading of a repository."""
    reading = Reading(path)
    reading.read()
    return reading
