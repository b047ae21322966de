"""Where HEAD was at a moment of the past, by the worktree's reflog."""

from datetime import timedelta

from journal.capture.git.reflog import is_null, parse_reflog
from journal.capture.git.repository import Repository
from journal.moments import to_datetime

_SKEW = timedelta(seconds=2)  # between the clock of this host and that of who tells the moment


def head_before(repository: Repository, moment: str) -> str | None:
    """The commit that HEAD of a worktree was on.

    Args:
        repository: seen from the worktree.
        moment: in stored form.

    Returns:
        None where that is not certain: the reflog does not go back so far, is not kept, or HEAD moved within two
        seconds of that moment.
    """
    try:
        content = (repository.git_dir / "logs/HEAD").read_bytes()
    except OSError:
        return None
    entries, _ = parse_reflog(content)
    at = to_datetime(moment)
    before = [entry for entry in entries if to_datetime(entry.at) <= at + _SKEW]
    if not before or to_datetime(before[-1].at) > at - _SKEW or is_null(before[-1].new):
        return None
    return before[-1].new
