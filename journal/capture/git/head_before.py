"""Where HEAD was at a moment of the past, by the worktree's reflog."""

from bisect import bisect_right
from datetime import datetime, timedelta
from typing import NamedTuple

from journal.capture.git.reflog import is_null, parse_reflog
from journal.capture.git.repository import Repository
from journal.moments import to_datetime

_SKEW = timedelta(seconds=2)  # between the clock of this host and that of who tells the moment


class HeadMoves(NamedTuple):
    """When HEAD of a worktree moved, in order, and to which commit each time."""

    moments: list[datetime]
    commits: list[str]


def head_moves(repository: Repository) -> HeadMoves:
    """What the reflog tells; nothing where there is none, or a clock that was set back has put it out of order."""
    try:
        content = (repository.git_dir / "logs/HEAD").read_bytes()
    except OSError:
        return HeadMoves([], [])
    entries, _ = parse_reflog(content)
    moments = [to_datetime(entry.at) for entry in entries]
    return HeadMoves(moments, [entry.new for entry in entries]) if moments == sorted(moments) else HeadMoves([], [])


def head_before(moves: HeadMoves, moment: str) -> str | None:
    """The commit that HEAD was on.

    Args:
        moves: of the worktree.
        moment: in stored form.

    Returns:
        None where that is not certain: the reflog does not go back so far, or HEAD moved within two seconds of that
        moment.
    """
    at = to_datetime(moment)
    count = bisect_right(moves.moments, at + _SKEW)
    if count == 0 or moves.moments[count - 1] > at - _SKEW or is_null(moves.commits[count - 1]):
        return None
    return moves.commits[count - 1]
