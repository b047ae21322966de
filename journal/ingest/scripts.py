"""Keeping the scripts of jobs while the controller still has them: what was really run, wherever it came from."""

import sqlite3
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from journal.capture.slurm import commands
from journal.capture.slurm.budget import Purse, spent
from journal.capture.slurm.inquiry import INSTALLED, PURSE
from journal.capture.slurm.situation import Owner, Told
from journal.capture.slurm.source import NAME
from journal.events import Batch, Event, make_event
from journal.facts import ScriptFact
from journal.moments import from_epoch
from journal.store.event_log import POLLER as POLLER
from journal.store.event_log import append_batch, cursors

if TYPE_CHECKING:
    from journal.derive.job import Job

_MOST_AT_ONCE = 16
_LEFT_FOR_OTHERS = 5  # calls that stay in the purse
_LONGEST_SCRIPT = 256 * 1024
_REFUSED = "refused scripts"  # the cursor: jobs of which the controller gave none
_MOST_REFUSED = 500
_KEPT_SECONDS = 300.0  # MinJobAge where nobody set it

# From the few tries that are not over, or have not been for long: not through all jobs of a month.
_WITHOUT_SCRIPT = """
WITH recent AS (
    SELECT cluster, job_id, first_submitted_at AS submitted_at FROM attempt
    WHERE project IN (SELECT project FROM clone) AND ended_at IS NULL
    UNION
    SELECT cluster, job_id, first_submitted_at FROM attempt
    WHERE project IN (SELECT project FROM clone) AND ended_at > :ended
)
SELECT job.cluster, job.job_id, job.submitted_at, job.project, event.writer
FROM recent CROSS JOIN job USING (job_id, cluster, submitted_at) JOIN event ON event.id = job.event
WHERE job.submitted_at > :long_ago AND job.project IS NOT NULL AND coalesce(job.command, 'sbatch') = 'sbatch'
    AND NOT EXISTS (SELECT 1 FROM job_script AS kept
        WHERE (kept.job_id, kept.cluster, kept.submitted_at) = (job.job_id, job.cluster, job.submitted_at))
ORDER BY job.submitted_at DESC LIMIT :count
"""
_LONGEST_WAIT_SECONDS = 30 * 86400.0


def read_scripts(connection: sqlite3.Connection, now: float) -> Iterator[Told]:
    """The scripts of jobs that are not over, or have been for some minutes; a few at a time, within the purse."""
    known = cursors(connection, POLLER, NAME)
    purse = Purse(**known.get(PURSE, {}))
    local = known.get(INSTALLED, {}).get("cluster")
    refused: list[str] = known.get(_REFUSED, [])
    asked = 0
    here = {
        "long_ago": from_epoch(now - _LONGEST_WAIT_SECONDS),
        "ended": from_epoch(now - _KEPT_SECONDS),
        "count": _MOST_AT_ONCE,
    }
    for cluster, job_id, submitted_at, project, writer in connection.execute(_WITHOUT_SCRIPT, here).fetchall():
        name = f"{cluster}/{job_id}@{submitted_at}"
        if name in refused:
            continue
        if purse.calls - asked < _LEFT_FOR_OTHERS:
            break
        answer = commands.batch_script(job_id, cluster if cluster != local else None)
        asked += 1
        text = answer.output[:_LONGEST_SCRIPT].decode("utf-8", "replace")
        if not text:
            refused = [*refused, name][-_MOST_REFUSED:]
        else:
            event = _script_event((cluster, job_id, submitted_at), project, text, "slurmctld")
            yield Told(Owner(project, writer), Batch([event], {}, {}))
    if asked:
        after = spent(purse, asked, from_epoch(now)[:10])
        yield Told(None, Batch([], {PURSE: after._asdict(), _REFUSED: refused}, {}))


def script_from_accounting(connection: sqlite3.Connection, job: "Job") -> str | None:
    """The script of one job that a person asks for, from accounting, where the site keeps scripts; it is kept then.

    One call of sacct.
    """
    if job.cluster is None or not commands.has_accounting():
        return None
    local = cursors(connection, POLLER, NAME).get(INSTALLED, {}).get("cluster")
    answer = commands.kept_script(job.job_id, job.cluster if job.cluster != local else None)
    text = script_below_heading(answer.output[:_LONGEST_SCRIPT].decode("utf-8", "replace"))
    if text is None:
        return None
    (writer,) = connection.execute("SELECT writer FROM event WHERE id = ?", (job.event,)).fetchone()
    event = _script_event((job.cluster, job.job_id, job.submitted_at), job.project, text, "accounting")
    append_batch(connection, writer, NAME, Batch([event], {}, {}))
    return text


def script_below_heading(said: str) -> str | None:
    """The script in what `sacct --batch-script` prints: a title, a line of dashes, the script; None without one."""
    title, _, rest = said.partition("\n")
    dashes, _, script = rest.partition("\n")
    if not title.startswith("Batch Script for ") or not dashes or dashes.strip("-"):
        return None
    return script.removesuffix("\n") if script.startswith("#!") else None


def _script_event(
    key: tuple[str, str, str], project: str | None, text: str, told_by: Literal["slurmctld", "accounting"]
) -> Event:
    cluster, job_id, submitted_at = key
    fact: ScriptFact = {
        "cluster": cluster,
        "job_id": job_id,
        "submitted_at": submitted_at,
        "text": text,
        "told_by": told_by,
    }
    return make_event("script", submitted_at, project, NAME, key, fact)
