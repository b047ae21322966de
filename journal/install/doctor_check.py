"""What `journal doctor` says of one thing that it looked at."""

from typing import NamedTuple


class Check(NamedTuple):
    """One thing looked at.

    Attributes:
        check: its name.
        ok: nothing needs to be done.
        detail: what was found.
        fix: the command or deed that mends it; "" where nothing can or need be done.
    """

    check: str
    ok: bool
    detail: str
    fix: str
