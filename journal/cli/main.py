"""The entry: finds the command, loads only its module, and turns failures into exit codes."""

import gc
import sys
from collections.abc import Iterable
from importlib import import_module
from typing import Annotated

import typer

from journal import __version__
from journal.cli import terminal
from journal.cli.streams import abandon_output, flush_output, prepare_streams
from journal.errors import JournalError

# Each command is the function `run` of the module of its name. The order is that of `journal --help`.
COMMANDS = (
    "init",
    "status",
    "log",
    "show",
    "search",
    "jobs",
    "job",
    "rerun",
    "diagnose",
    "gotchas",
    "gotcha",
    "note",
    "tokens",
    "docs",
    "env",
    "publish",
    "capture",
    "watch",
    "doctor",
    "sql",
    "rebuild",
    "uninstall",
)


# Between two searches for garbage: imports and a backfill make very many objects, hardly any of them in cycles.
_NEW_OBJECTS = 200_000


def _application(names: Iterable[str]) -> typer.Typer:
    """The command line with these commands."""
    application = typer.Typer(
        name="journal",
        help="A research journal that keeps itself: commits, agent sessions and notes, searchable and publishable.",
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    application.callback()(_group_options)
    for name in names:
        application.command(name)(import_module(f"journal.cli.{name}").run)
    return application


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"journal {__version__}")
        raise typer.Exit


def _group_options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Runs the command line and exits: 0 done, 1 a clear error, 2 wrong usage, 130 interrupted."""
    gc.set_threshold(_NEW_OBJECTS)
    prepare_streams()
    sys.exit(_run(sys.argv[1:]))


def _run(arguments: list[str]) -> int | str | None:
    """Runs one command and turns its failure into words and an exit status."""
    try:
        return _finish(arguments)
    except BrokenPipeError:
        abandon_output()
        return 0
    except JournalError as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001  (the one boundary: what nobody foresaw is a bug and is reported)
        from journal.cli.failures import in_words

        return _fail(in_words(error, arguments))


def _finish(arguments: list[str]) -> int | str | None:
    """Runs one command to the last byte of its output; only its module is loaded, or all where help is asked for."""
    asked = [arguments[0]] if arguments and arguments[0] in COMMANDS else COMMANDS
    status: int | str | None = 0
    try:
        _application(asked)(arguments, prog_name="journal")
    except SystemExit as finished:
        if isinstance(finished.__context__, BrokenPipeError):  # typer's answer to it is a failure
            raise finished.__context__ from None
        status = finished.code
    flush_output()
    return status


def _fail(message: str) -> int:
    abandon_output()
    typer.echo(f"journal: {terminal.line(message)}", err=True)
    return 1
