"""What is to be expected of a job that runs."""

from datetime import datetime

from journal.derive.progress.progress import Outlook
from journal.live.overview import JobNow


def outlook_of(job: JobNow, now: datetime) -> Outlook:
    """PENDING"""
    return Outlook()
