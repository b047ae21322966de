"""`journal watch`: the capture loop in a pane, one line for each thing that happens."""

from pathlib import Path
from typing import Annotated

import typer

from journal.cli import terminal
from journal.cli.options import local_now
from journal.config import read_config
from journal.derive.event_words import title_of
from journal.events import SUPPORTING_KINDS
from journal.moments import from_datetime, to_datetime
from journal.paths import config_file
from journal.store.stored_event import StoredEvent
from journal.watch import places_for, watch


def run(
    project: Annotated[
        str | None, typer.Option(metavar="all", help="'all': every clone on this machine, not just this one.")
    ] = None,
    every: Annotated[
        float, typer.Option(metavar="SECONDS", min=0.5, help="How long to wait where the filesystem tells nothing.")
    ] = 10.0,
    plain: Annotated[bool, typer.Option("--plain", help="Plain lines, also on a terminal.")] = False,
) -> None:
    """Capture in a loop and print what happens, until interrupted; leaving it stops nothing."""
    colour = terminal.coloured() and not plain
    for cycle in watch(lambda: places_for(Path.cwd(), project), read_config(config_file()), _now, every):
        for event in cycle.events:
            if event.kind not in SUPPORTING_KINDS:
                typer.echo(_line(event, colour))
        for reason, count in sorted(cycle.captured.skipped.items()):
            typer.echo(f"skipped {count} × {terminal.line(reason)}", err=True)


def _now() -> str:
    return from_datetime(local_now())


def _line(event: StoredEvent, colour: bool) -> str:
    moment = to_datetime(event.at).astimezone(local_now().tzinfo)
    title = terminal.cut(terminal.line(title_of(event.kind, event.data)), terminal.width() - 36)
    return f"{moment:%Y-%m-%d %H:%M}  {terminal.paint(event.id[:7], 'dim', colour)}  {event.kind:<8}  {title}"
