"""The screen's loop: news and keys in, lines out, drawn when something is other than before."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from journal.live.capturing import Capturing
from journal.live.errands import run_errand
from journal.live.keys import typed
from journal.live.model import Model, Outlooks, Part, Row, model_of
from journal.live.news import Broken, Done, Inbox, News, Seen, Troubled, Written
from journal.live.pager import can_page, page_files
from journal.live.painter import Painter
from journal.live.panel import Tail
from journal.live.screen import page_lines, page_room, render
from journal.live.steering import Action, Deed, Page, Steering, press, selected_row
from journal.live.tailing import Tailing, newest_first
from journal.live.tty import Tty

_TICK = 5.0  # seconds after which words that depend on the time are looked at again
_ESCAPE = 0.05  # seconds within which the rest of a key's sequence comes
_PATIENCE = 0.5  # seconds that leaving waits for the capture under way


class Screen:
    """The screen of `journal watch`, from its first line to the key that ends it.

    Args:
        tty: the terminal.
        painter: draws on it.
        inbox: where the news of the other threads come.
        capturing: the captures behind it.
        host: this machine's name.
        now: the present, in the person's time zone.
        outlook_of: what is to be expected of a job that runs.
        everywhere: it is about all projects: a note goes to that of its job.
    """

    def __init__(
        self,
        tty: Tty,
        painter: Painter,
        inbox: Inbox,
        capturing: Capturing,
        *,
        host: str,
        now: Callable[[], datetime],
        outlook_of: Outlooks,
        everywhere: bool,
    ) -> None:
        self._tty = tty
        self._painter = painter
        self._inbox = inbox
        self._capturing = capturing
        self._host = host
        self._now = now
        self._outlook_of = outlook_of
        self._everywhere = everywhere
        self._tailing = Tailing(inbox)
        self._tails: dict[str, Tail] = {}
        self._seen: Seen | None = None
        self._trouble: str | None = None
        self._model = Model(("journal",), host, now(), (), (Part("reading the journal …", 1),), begun=False)
        self._steering = Steering()
        self._unfinished = b""  # of a key
        self._is_over = False

    def run(self) -> None:
        """Shows it until a key ends it.

        Raises:
            Ended: a signal ended it.
            KeyboardInterrupt: Ctrl-C did.
        """
        with self._tty.taken():
            self._capturing.start()
            self._tailing.start()
            while not self._is_over:
                self._draw()
                self._attend()
        self._capturing.stop(_PATIENCE)

    def _draw(self) -> None:
        if self._seen is not None:
            overview, branch = self._seen
            self._model = model_of(
                overview, self._now(), host=self._host, branch=branch, trouble=self._trouble,
                outlook_of=self._outlook_of,
            )  # fmt: skip
        at = selected_row(self._model, self._steering)
        tail = None
        if at is not None:
            row = self._model.rows[at]
            tail = self._tails.get(row.key)
            if has_begun(row):
                self._tailing.look_at(row.key, files_of(row))
        size = self._tty.size()
        self._painter.paint(render(self._model, self._steering, tail, size), size.width)

    def _attend(self) -> None:
        """Waits for something to happen, and deals with all that did."""
        woken = self._tty.wait(_ESCAPE if self._unfinished else _TICK)
        if woken.redraw:
            self._painter.forget()
        for news in self._inbox.drain():
            self._hear(news)
        found = typed(self._unfinished + woken.data, more_may_come=bool(woken.data) or not self._unfinished)
        self._unfinished = found.rest
        for key in found.keys:
            self._press(key)

    def _press(self, key: str) -> None:
        size, page = self._tty.size(), self._steering.page
        lines = len(page_lines(page, size.width)) if page else 0
        self._steering, action = press(self._steering, key, self._model, page_room(size), lines)
        if action is not None:
            self._do[action.deed](self, action)

    # ── news ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _hear(self, news: News) -> None:
        match news:
            case Seen():
                self._seen, self._trouble = news, None
            case Troubled(words):
                self._trouble = words
            case Written(key, tail):
                self._tails = {key: tail}
            case Done():
                self._told(news)
            case Broken(error):
                raise error

    def _told(self, done: Done) -> None:
        """A command has ended: what it said is shown."""
        row, deed = done.action.row, done.action.deed
        self._capturing.hurry()
        if deed in ("note", "rerun") and done.status == 0:
            self._say(done.output.splitlines()[-1] if done.output else "done")
            return
        title = f"{_TITLES[deed]} {row.number} {row.name}" if row else _TITLES[deed]
        lines = tuple(done.output.split("\n"))
        if deed == "note":
            lines = (*lines, "", "You wrote:", done.action.text)
        can_rerun = deed == "plan" and done.status == 0
        page = Page(title, lines, top=len(lines) if deed == "log" else 0, rerun=row if can_rerun else None)
        self._steering = self._steering._replace(page=page, message="")

    def _say(self, message: str) -> None:
        self._steering = self._steering._replace(message=message)

    # ── deeds ────────────────────────────────────────────────────────────────────────────────────────────────

    def _quit(self, _: Action) -> None:
        self._is_over = True

    def _interrupt(self, _: Action) -> None:
        raise KeyboardInterrupt

    def _suspend(self, _: Action) -> None:
        self._tty.suspend()
        self._painter.forget()

    def _redraw(self, _: Action) -> None:
        self._painter.forget()

    def _log(self, action: Action) -> None:
        row = action.row
        assert row is not None  # noqa: S101  (its key is one of a row)
        if not has_begun(row):
            self._say(f"job {row.number} has not started, and wrote nothing yet")
            return
        paths = [path for path in newest_first(files_of(row)) if Path(path).is_file()]
        if can_page() and paths:
            shown = page_files(self._tty, paths, follow=row.group == "running")
            self._painter.forget()
            if shown:
                return
        self._errand(action, "job", row.key, "--log", "-n", "1000")

    def _diagnose(self, action: Action) -> None:
        if action.row is not None:
            self._say(f"reading the log of {action.row.number} …")
            self._errand(action, "diagnose", action.row.key)

    def _plan(self, action: Action) -> None:
        if action.row is not None:
            self._errand(action, "rerun", "--dry-run", action.row.key)

    def _rerun(self, action: Action) -> None:
        if action.row is not None:
            self._say(f"submitting {action.row.number} again …")
            self._errand(action, "rerun", "--yes", action.row.key)

    def _note(self, action: Action) -> None:
        there = clone_of(action.row) if action.row and self._everywhere else None
        run_errand(action, ["note"], self._inbox, stdin=action.text, cwd=there)

    def _errand(self, action: Action, *words: str) -> None:
        run_errand(action, words, self._inbox)

    _do: ClassVar[dict[Deed, Callable[["Screen", Action], None]]] = {
        "quit": _quit,
        "interrupt": _interrupt,
        "suspend": _suspend,
        "redraw": _redraw,
        "log": _log,
        "diagnose": _diagnose,
        "plan": _plan,
        "rerun": _rerun,
        "note": _note,
    }


_TITLES: dict[Deed, str] = {
    "log": "log of", "diagnose": "what the log tells of", "plan": "to submit again:", "rerun": "not submitted again:",
    "note": "not noted",
}  # fmt: skip


def files_of(row: Row) -> list[str]:
    """The files that a job writes to."""
    output = row.job.output
    return [path for path in (output.stdout, output.stderr) if path]


def has_begun(row: Row) -> bool:
    """Whether a job may have written something."""
    return row.group != "queued" or any(attempt.get("started_at") for attempt in row.job.job.attempts)


def clone_of(row: Row) -> Path | None:
    """The clone that a job was submitted in, if it is there."""
    root = row.job.job.submitted.get("root") or row.job.job.work_dir
    return Path(root) if root and Path(root).is_dir() else None
