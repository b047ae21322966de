"""`journal doctor`: what is captured, what is not and why."""

from pathlib import Path

import typer

from journal.cli import terminal
from journal.cli.options import Json, print_json
from journal.install.health import examine


def run(as_json: Json = False) -> None:
    """What is captured, what is not and why, with the command that mends it."""
    checks = examine(Path.cwd())
    if as_json:
        print_json([check._asdict() for check in checks])
        return
    colour = terminal.coloured()
    for check in checks:
        mark = terminal.paint("ok", "green", colour) if check.ok else terminal.paint("!!", "red", colour)
        mend = f"  → {terminal.line(check.fix)}" if check.fix and not check.ok else ""
        typer.echo(f"{mark}  {check.check:<12} {terminal.line(check.detail)}{mend}")
