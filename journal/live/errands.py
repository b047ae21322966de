"""The journal's own commands, run for a key: each in a process, so that it can take its time, or be left behind."""

import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from journal.derive.terminal_text import plain
from journal.live.news import Broken, Done, Inbox
from journal.live.steering import Action

_MOST = 1 << 20  # characters


def run_errand(action: Action, words: Sequence[str], inbox: Inbox, *, stdin: str = "", cwd: Path | None = None) -> None:
    """Runs `journal WORDS` and tells of its end; returns at once.

    It is not ended with the screen: what a person said yes to is done.

    Args:
        action: what it is for.
        words: of the command line.
        inbox: where the news of its end go.
        stdin: what it reads.
        cwd: where it runs; None is here.
    """
    command = [sys.executable, "-P", "-m", "journal", *words]  # -P: a journal.py of the person's is not ours
    threading.Thread(target=_run, args=(action, command, inbox, stdin, cwd), name="errand", daemon=True).start()


def _run(action: Action, command: Sequence[str], inbox: Inbox, stdin: str, cwd: Path | None) -> None:
    try:
        done = subprocess.run(
            command, input=stdin.encode(), capture_output=True, cwd=cwd, check=False,
            start_new_session=True,
        )  # fmt: skip
        said = (done.stdout[:_MOST] + done.stderr[-_MOST:]).decode("utf-8", "replace")
        inbox.put(Done(action, done.returncode, plain(said).strip("\n")))
    except OSError as error:
        inbox.put(Done(action, 1, f"journal cannot be started ({error.strerror})"))
    except BaseException as error:  # noqa: BLE001  (the screen's thread raises it)
        inbox.put(Broken(error))
