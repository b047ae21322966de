"""`journal rebuild`: projections from events, from nothing."""

import time

import typer

from journal.cli.options import Json, print_json, reading_store
from journal.paths import store_file
from journal.store.database import explained_failures
from journal.store.rebuild import rebuild


def run(as_json: Json = False) -> None:
    """Compute everything anew from the captured events; needed only after a repair."""
    started = time.monotonic()
    connection = reading_store()
    with explained_failures(store_file()):
        events = rebuild(connection)
    seconds = round(time.monotonic() - started, 3)
    if as_json:
        print_json({"events": events, "seconds": seconds})
    else:
        typer.echo(f"rebuilt from {events:,} events in {seconds:.1f} s")
