"""What is known of this machine from the store, without a look at it."""

import sqlite3

_CLUSTER = """
SELECT data ->> '$.facts.scheduler.cluster' FROM event
WHERE kind = 'machine' AND (:project IS NULL OR project = :project)
    AND data ->> '$.facts.scheduler.cluster' IS NOT NULL
ORDER BY data ->> '$.host' = :host DESC, at DESC LIMIT 1
"""


def cluster_of(connection: sqlite3.Connection, project: str | None, host: str) -> str | None:
    """The cluster that a project is worked on, as this host has it or else another one last had; None without any.

    Args:
        connection: an open store.
        project: the project's id; None for any.
        host: this machine's name, without its domain.
    """
    row = connection.execute(_CLUSTER, {"project": project, "host": host}).fetchone()
    return str(row[0]) if row else None
