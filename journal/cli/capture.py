"""`journal capture`: reads everything new, once."""

import time
from pathlib import Path
from typing import Annotated

import typer

from journal.cli import terminal
from journal.cli.options import Json, local_now, print_json
from journal.config import read_config
from journal.moments import from_datetime
from journal.paths import config_file
from journal.watch import Cycle, places_for, run_cycle


def run(
    project: Annotated[
        str | None, typer.Option(metavar="all", help="'all': every clone on this machine, not just this one.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing (hooks and cron).")] = False,
    as_json: Json = False,
) -> None:
    """Read everything new, once: what hooks start and cron may run."""
    started = time.monotonic()
    places, config = places_for(Path.cwd(), project), read_config(config_file())
    cycle = run_cycle(places, config, from_datetime(local_now()), asked_for=not quiet)
    seconds = round(time.monotonic() - started, 3)
    if as_json:
        print_json(
            {"captured": dict(cycle.captured.kinds), "skipped": dict(cycle.captured.skipped), "seconds": seconds}
        )
    elif not quiet:
        typer.echo(_told(cycle))


def _told(cycle: Cycle) -> str:
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(cycle.captured.kinds.items()))
    skipped = "".join(
        f"\nskipped {count} × {terminal.line(reason)}" for reason, count in sorted(cycle.captured.skipped.items())
    )
    return f"captured {kinds or 'nothing new'}{skipped}"
