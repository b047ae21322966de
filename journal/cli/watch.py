"""`journal watch`: the capture loop in a pane: a screen of the jobs, or a line for each thing that happens."""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from journal.capture.place import Place, place_around
from journal.cli import terminal
from journal.cli.options import local_now
from journal.config import read_config
from journal.derive.event_words import title_of
from journal.events import SUPPORTING_KINDS
from journal.moments import from_datetime, to_datetime
from journal.paths import config_file
from journal.store.stored_event import StoredEvent
from journal.watch import Cycle, places_for, watch


def run(
    project: Annotated[
        str | None, typer.Option(metavar="all", help="'all': every clone on this machine, not just this one.")
    ] = None,
    every: Annotated[
        float, typer.Option(metavar="SECONDS", min=0.5, help="How long to wait where the filesystem tells nothing.")
    ] = 10.0,
    plain: Annotated[bool, typer.Option("--plain", help="Plain lines in place of the screen.")] = False,
) -> None:
    """Capture in a loop and show jobs as they go; in a pipe, print what happens. Leaving it stops nothing."""
    config = read_config(config_file())

    def places() -> Sequence[Place]:
        return places_for(Path.cwd(), project)

    if not plain and _has_screen():
        from journal.live.show import show

        places()  # says what is amiss before the screen is there
        place = place_around(Path.cwd()) if project is None else None
        show(places, place, config, local_now, every=every, colours=terminal.coloured())
        return
    from journal.capture.change_alarm import ChangeAlarm

    with ChangeAlarm() as alarm:
        for cycle in watch(places, config, _now, every, alarm):
            _print(cycle, terminal.coloured() and not plain)


def _has_screen() -> bool:
    """Whether there is a terminal for the screen: one that keys come from, and that can move its cursor."""
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def _print(cycle: Cycle, colour: bool) -> None:
    for event, title in _told(cycle.events):
        typer.echo(_line(event, title, colour))
    for reason, count in sorted(cycle.captured.skipped.items()):
        typer.echo(f"skipped {count} × {terminal.line(reason)}", err=True)


def _now() -> str:
    return from_datetime(local_now())


def _told(events: Sequence[StoredEvent]) -> Iterator[tuple[StoredEvent, str]]:
    """The events worth a line, each with its title; what became of a job or of an array's tasks is one."""
    tries: dict[tuple[str, str], list[StoredEvent]] = {}
    for event in events:
        if event.kind == "attempt":
            tries.setdefault((event.data["cluster"], event.data["job_id"]), []).append(event)
    for event in events:
        job = (event.data.get("cluster"), event.data.get("job_id"))
        if event.kind not in SUPPORTING_KINDS and not (event.kind == "job" and job in tries):
            yield event, title_of(event.kind, event.data)
    for group in tries.values():
        yield group[-1], _job_title([event.data for event in group])
    failures = {(e.data["cluster"], e.data["job_id"], e.data["fingerprint"]): e for e in events if _shows_failure(e)}
    for event in failures.values():
        yield event, " · ".join((title_of("log", event.data), *_known(event)))


def _shows_failure(event: StoredEvent) -> bool:
    return event.kind == "log" and event.data["label"] != "ok" and event.data["fingerprint"] is not None


def _known(log: StoredEvent) -> Iterator[str]:
    """What was known of a failure before this job met it."""
    from journal.cli.seen_before import seen_before
    from journal.derive.gotcha.remedy_words import what_helped

    for gotcha in seen_before(log.data["fingerprint"], Path(log.data["path"]) if log.data["path"] else None).gotchas:
        if gotcha.jobs:
            yield ": ".join(filter(None, (f"known: {gotcha.name}", what_helped(gotcha))))


def _job_title(tries: Sequence[dict[str, Any]]) -> str:
    from journal.derive.job_outcome import job_outcome
    from journal.derive.job_words import beside_outcome, counts_in_words, sign

    found = job_outcome(tries, os.getuid())
    told = (
        counts_in_words(found) if found.tasks > 1 else " · ".join(filter(None, (found.outcome, beside_outcome(found))))
    )
    return f"{tries[-1]['job_id']} {tries[-1].get('name', '')} {sign(found.outcome)} {told}"


def _line(event: StoredEvent, title: str, colour: bool) -> str:
    moment = to_datetime(event.at).astimezone(local_now().tzinfo)
    shown = terminal.cut(terminal.line(title), terminal.width() - 36)
    kind = "job" if event.kind == "attempt" else event.kind
    return f"{moment:%Y-%m-%d %H:%M}  {terminal.paint(event.id[:7], 'dim', colour)}  {kind:<8}  {shown}"
