"""An event as the store keeps it."""

from typing import Any, NamedTuple


class StoredEvent(NamedTuple):
    """An event with its place in the store.

    Attributes:
        seq: order of arrival on this machine.
        id, kind, at, project, source: as in `journal.events.Event`.
        writer: the clone that told it first.
        data: the fact, decoded; its shape by kind is in `journal.facts`.
    """

    seq: int
    id: str
    kind: str
    at: str
    project: str | None
    writer: str
    source: str
    data: dict[str, Any]
