"""Publishing a project: its timeline is built, redacted and handed to the exporters."""

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from journal.capture.local_names import machine_names
from journal.publish.exporters import find_exporters, publish
from journal.publish.redactor import redactor_for
from journal.publish.timeline import Scope, build_timeline
from journal.store.timeline_queries import people


class Publication(NamedTuple):
    """What was published: where, how many events, and how often each rule redacted something."""

    path: Path
    events: int
    redactions: Mapping[str, int]


def publish_project(
    connection: sqlite3.Connection, project: str, target: Path, formats: Sequence[str], scope: Scope
) -> Publication:
    """Publishes the timeline of a project into a directory.

    Args:
        connection: an open store.
        project: the project's id.
        target: the directory; missing, empty, or one that was published into before.
        formats: names of exporters; none means all that there are.
        scope: which part of the story.

    Raises:
        JournalError: as `journal.publish.exporters.publish`.
    """
    known = list(people(connection, project))
    names = machine_names(people=[name for name, _ in known], emails=[email for _, email in known])
    timeline = build_timeline(connection, project, redactor_for(names), scope=scope)
    published = publish(timeline, target, tuple(formats) or tuple(find_exporters()))
    return Publication(published.path, len(timeline["events"]), timeline["redactions"])
