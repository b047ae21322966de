"""A log in the person's pager, which follows it as it is written."""

import os
import shutil
import subprocess
from collections.abc import Sequence

from journal.live.tty import Ended, Tty


def can_page() -> bool:
    """Whether there is a less; compute nodes may have none."""
    return shutil.which("less") is not None


def page_files(tty: Tty, paths: Sequence[str], *, follow: bool) -> bool:
    """Shows files in less until the person leaves it; whether it could be shown there.

    Args:
        tty: lent to less meanwhile.
        paths: absolute ones, the first is shown first.
        follow: go on reading at the end, as `tail -f` does.
    """
    # -L: no filter of $LESSOPEN, which would read another file than the one that grows.
    command = ["less", "-L", "+F" if follow else "+G", *paths]
    with tty.lent():
        process = subprocess.Popen(command, env={"LESS": "-S", **os.environ})
        try:
            return process.wait() == 0
        except Ended:
            process.terminate()
            process.wait()
            raise
