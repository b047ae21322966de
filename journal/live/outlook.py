"""What is to be expected of a job that runs."""

from datetime import datetime

from journal.derive.progress.outlook import Timing, outlook
from journal.derive.progress.progress import Outlook
from journal.live.overview import JobNow
from journal.moments import to_datetime


def outlook_of(job: JobNow, now: datetime) -> Outlook:
    """When a job that runs will be done, whether its limit comes first, and what is wrong with it.

    Args:
        job: nothing is expected of one whose log was not read yet.
        now: the present.
    """
    if job.progress is None:
        return Outlook()
    started = job.last.get("started_at")
    timing = Timing(
        now=now.timestamp(),
        started_at=to_datetime(started).timestamp() if started else None,
        limit_s=job.last.get("limit_s"),
        written_at=job.written_at,
    )
    return outlook(job.progress, timing)
