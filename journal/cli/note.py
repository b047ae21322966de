"""`journal note`: a person writes something down."""

import os
import subprocess
import sys
import tempfile
import uuid
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from journal.capture.git.state import head_branch
from journal.capture.place import expect_place
from journal.cli.options import Json, local_now, print_json
from journal.config import read_config
from journal.errors import JournalError
from journal.events import Batch, make_event
from journal.moments import from_datetime
from journal.paths import config_file, store_file
from journal.store.database import explained_failures, open_store
from journal.store.event_log import append_batch
from journal.watch import bring_documents_up_to_date


def run(
    text: Annotated[
        list[str] | None, typer.Argument(metavar="[TEXT]", help="The note; without it, standard input or $EDITOR.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write a note: on the command line, from standard input, or in $EDITOR."""
    place = expect_place(Path.cwd())
    with (
        explained_failures(store_file()),
        closing(open_store(store_file())) as connection,
    ):  # before words are asked for
        words = " ".join(text) if text else _from_editor() if sys.stdin.isatty() else sys.stdin.read()
        if not words.strip():
            raise JournalError("the note is empty, so nothing was kept", "write `journal note what I saw`")
        fact = {"text": words.strip(), "origin": "command", "branch": head_branch(place.repository)}
        event = make_event("note", from_datetime(local_now()), place.project, "note", (uuid.uuid4().hex,), fact)
        append_batch(connection, place.writer, "note", Batch([event], {}, {}))
        if as_json:
            print_json({"id": event.id, "at": event.at})
        else:
            typer.echo(f"noted {event.id[:7]}")
        if read_config(config_file()).automatic_documents:
            bring_documents_up_to_date(connection, place)


_EDITOR_HINT = "\n\n# Write your note above. Lines that start with # are left out.\n"


def _from_editor() -> str:
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with tempfile.TemporaryDirectory(prefix="journal-") as directory:
        path = Path(directory) / "note.md"
        path.write_text(_EDITOR_HINT, encoding="utf-8")
        try:
            subprocess.run(["sh", "-c", f'{editor} "$1"', "sh", str(path)], check=True)  # $EDITOR is a command line
        except (OSError, subprocess.CalledProcessError) as error:
            raise JournalError(
                f"the editor {editor!r} failed", "set EDITOR, or give the note on the command line"
            ) from error
        written = path.read_text(encoding="utf-8", errors="replace")
    return "\n".join(line for line in written.splitlines() if not line.startswith("#"))
