"""Opens the screen of `journal watch` on the terminal that the command was started from."""

import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from datetime import datetime

from journal.capture.place import Place
from journal.config import Config
from journal.live.capturing import Capturing
from journal.live.loop import Screen
from journal.live.news import Inbox
from journal.live.outlook import outlook_of
from journal.live.painter import Painter
from journal.live.tty import Ended, Tty

_NO_UNICODE = ("C", "POSIX")


def shows_unicode() -> bool:
    """Whether the terminal is taken to show more than ASCII: not where the locale is the C one that a person chose.

    Python itself puts LC_CTYPE=C.UTF-8 beside a LANG=C, so that one does not count there.
    """
    chosen = os.environ.get("LC_ALL") or os.environ.get("LC_CTYPE") or ""
    language = os.environ.get("LANG") or ""
    if not os.environ.get("LC_ALL") and language in _NO_UNICODE and chosen in ("", "C.UTF-8", "C.utf8", "UTF-8"):
        chosen = language
    is_utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    return is_utf8 and (chosen or language) not in _NO_UNICODE


def show(
    places: Callable[[], Sequence[Place]],
    place: Place | None,
    config: Config,
    now: Callable[[], datetime],
    *,
    every: float,
    colours: bool,
) -> None:
    """Shows the screen until it is left; leaving it stops nothing but the screen.

    Args:
        places: the clones to capture, asked again each turn.
        place: the one whose project is told of; None for all projects.
        config: the person's choices.
        now: the present, in the person's time zone.
        every: the longest wait between two captures, in seconds.
        colours: whether the person wants colour.

    Raises:
        KeyboardInterrupt: Ctrl-C ended it.
    """
    tty = Tty(sys.stdin.fileno(), sys.stdout.fileno())
    inbox = Inbox(tty.wake)
    screen = Screen(
        tty,
        Painter(tty.write, colours=colours, unicode=shows_unicode()),
        inbox,
        Capturing(places, place, config, now, every, inbox),
        host=socket.gethostname().partition(".")[0],
        now=now,
        outlook_of=outlook_of,
        everywhere=place is None,
    )
    try:
        screen.run()
    except Ended as ended:
        if ended.number == signal.SIGINT:
            raise KeyboardInterrupt from None
        signal.signal(ended.number, signal.SIG_DFL)
        os.kill(os.getpid(), ended.number)  # whoever waits for us learns what ended us
