"""What other code writes to standard error while the screen is there: set aside, so that it does not spoil it."""

import os
import tempfile
from typing import IO

_MOST = 64 * 1024  # bytes that are told afterwards


class Stray:
    """Standard error, set aside and given back.

    Args:
        descriptor: of standard error; one that is no terminal spoils nothing and stays as it is.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._real: int | None = None
        self._kept: IO[bytes] | None = None

    def set_aside(self) -> None:
        """From now on what is written there is kept."""
        if self._real is not None or not os.isatty(self._descriptor):
            return
        self._kept = self._kept or tempfile.TemporaryFile()  # noqa: SIM115  (open as long as the screen is there)
        self._real = os.dup(self._descriptor)
        os.dup2(self._kept.fileno(), self._descriptor)

    def give_back(self) -> None:
        """From now on it is written where it was before."""
        if self._real is not None:
            os.dup2(self._real, self._descriptor)
            os.close(self._real)
            self._real = None

    def tell(self) -> None:
        """Writes what was kept, once it was given back."""
        if self._kept is not None:
            self._kept.seek(0)
            os.write(self._descriptor, self._kept.read(_MOST))
            self._kept.close()
            self._kept = None
