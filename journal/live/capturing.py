"""The loop of captures behind the screen, in a thread of its own: however long one takes, keys are answered."""

import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING

from journal.capture.git.state import head_branch
from journal.capture.place import Place
from journal.config import Config
from journal.errors import JournalError
from journal.live.news import Broken, Inbox, Seen, Troubled
from journal.live.overview import read_overview, with_logs
from journal.moments import from_datetime
from journal.paths import store_file
from journal.store.database import explained_failures, open_store
from journal.watch import watch

if TYPE_CHECKING:
    from journal.live.alarm import Alarm

_PAUSE = 10.0  # seconds after a failure


class _Over(Exception):  # noqa: N818  (no error: nothing more is to be done)
    """The screen was left."""


class Capturing:
    """Captures again and again, and tells what the store knows after each time.

    Args:
        places: the clones, asked again each turn.
        place: the clone whose project is told of; None for all projects.
        config: the person's choices.
        now: the present, in the person's time zone.
        every: the longest wait between two captures, in seconds.
        inbox: where news go.
    """

    def __init__(
        self,
        places: Callable[[], Sequence[Place]],
        place: Place | None,
        config: Config,
        now: Callable[[], datetime],
        every: float,
        inbox: Inbox,
    ) -> None:
        self._places = places
        self._place = place
        self._config = config
        self._now = now
        self._every = every
        self._inbox = inbox
        self._alarm: Alarm | None = None
        self._seen: Seen | None = None
        self._is_over = threading.Event()
        self._rests = threading.Event()  # set while it waits for something to happen
        self._thread = threading.Thread(target=self._run, name="captures", daemon=True)

    def start(self) -> None:
        """Begins; returns at once."""
        self._thread.start()

    def hurry(self) -> None:
        """Something has just been done that a capture will see."""
        if self._alarm is not None:
            self._alarm.ring()

    def stop(self, patience: float) -> None:
        """Waits so many seconds at most for the capture that is under way; no other one begins.

        A capture that is cut short by the end of the process loses nothing: the next one, of whoever, does it again.
        """
        self._is_over.set()
        self._rests.wait(patience)

    def _run(self) -> None:
        try:
            while not self._is_over.is_set():
                try:
                    self._turn()
                except (JournalError, OSError) as error:
                    self._inbox.put(Troubled(str(error)))
                    self._rests.set()
                    self._is_over.wait(max(_PAUSE, self._every))
                    self._rests.clear()
        except _Over:
            self._rests.set()
        except BaseException as error:  # noqa: BLE001  (the screen's thread raises it)
            self._inbox.put(Broken(error))

    def _turn(self) -> None:
        """Captures until something fails, or it is over."""
        from journal.live.alarm import Alarm

        with Alarm(self._growing, self._follow) as alarm:
            self._alarm = alarm
            try:
                self._look()  # what is known already, before a capture that may take its time
                for _ in watch(self._places, self._config, self._stored_now, self._every, alarm):
                    self._look()
                    self._rests.set()
            finally:
                self._alarm = None

    def _stored_now(self) -> str:
        """The present, as a capture begins."""
        self._rests.clear()
        if self._is_over.is_set():
            raise _Over
        return from_datetime(self._now())

    def _look(self) -> None:
        """Reads all that the screen tells of."""
        with explained_failures(store_file()), closing(open_store(store_file())) as connection:
            project = self._place.project if self._place else None
            before = self._seen.overview if self._seen is not None else None
            per_minute = float(self._config.slurm_calls_per_minute)
            overview = read_overview(connection, project, self._now(), per_minute, before)
        self._tell(Seen(overview, head_branch(self._place.repository) if self._place else None))

    def _growing(self) -> list[str]:
        """The logs of the jobs that run."""
        running = self._seen.overview.running if self._seen is not None else ()
        return [path for job in running for path in (job.output.stdout, job.output.stderr) if path]

    def _follow(self) -> None:
        """Reads what the logs of the jobs that run have new, and nothing else."""
        if self._seen is None:
            return
        from journal.ingest.running_logs import follow_running

        with explained_failures(store_file()), closing(open_store(store_file())) as connection:
            follow_running(connection, self._now().timestamp())
            overview = with_logs(connection, self._seen.overview)
        self._tell(self._seen._replace(overview=overview))

    def _tell(self, seen: Seen) -> None:
        if seen != self._seen:
            self._seen = seen
            self._inbox.put(seen)
