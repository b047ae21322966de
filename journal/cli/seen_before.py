"""What is known already of a failure that a log shows, for one who stands here."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from journal.cli.told_gotcha import cluster_here, project_here
from journal.derive.gotcha.gotcha import Gotcha, seen_words
from journal.derive.gotcha.identity import gotcha_id
from journal.derive.gotcha.remedy_words import what_helped
from journal.paths import store_file
from journal.store.gotcha_queries import matching


class SeenBefore(NamedTuple):
    """The gotchas that a failure meets, and where one stands who asks; None where there is no project or cluster."""

    gotchas: Sequence[Gotcha] = ()
    project: str | None = None
    cluster: str | None = None

    def rows(self) -> Iterator[tuple[str, str]]:
        """What is known, as labelled lines: not escaped."""
        for gotcha in self.gotchas:
            seen = seen_words(gotcha, self.project, self.cluster)
            stands = "" if gotcha.status in ("learned", "confirmed") else f" ({gotcha.status})"
            yield "seen", " · ".join(filter(None, (seen, f"{gotcha.name}{stands} → journal gotcha {gotcha.name}")))
            if gotcha.said_advice or gotcha.fix:
                yield "", what_helped(gotcha)


def seen_before(fingerprint: str | None, path: Path | None = None, job: str | None = None) -> SeenBefore:
    """Looks a failure up in the store, if there is one.

    Args:
        fingerprint: the failure's; None where nothing failed.
        path: the log that shows it: the job that wrote it does not count.
        job: the id of the event of the job that is asked about, which does not count either.
    """
    if fingerprint is None or not store_file().exists():
        return SeenBefore()
    from journal.store.database import open_store

    with closing(open_store(store_file())) as connection:
        project = project_here()
        cluster = cluster_here(connection, project)
        own = job or (_job_of_log(connection, fingerprint, path) if path else None)
        return SeenBefore(matching(connection, fingerprint, project, cluster, own), project, cluster)


_JOB_OF_LOG = """
SELECT job.event FROM failed_job JOIN event ON event.id = log
JOIN job ON job.job_id = failed_job.job_id AND job.cluster = failed_job.cluster
    AND job.submitted_at = failed_job.submitted_at
WHERE gotcha = ? AND event.data ->> '$.path' = ? LIMIT 1
"""


def _job_of_log(connection: sqlite3.Connection, fingerprint: str, path: Path) -> str | None:
    row = connection.execute(_JOB_OF_LOG, (gotcha_id(fingerprint), str(path.absolute()))).fetchone()
    return str(row[0]) if row else None
