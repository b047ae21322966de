"""The entry: finds the command, loads only its module, and turns failures into exit codes."""

import os
import sys
from importlib import import_module

import click
import typer
from typer.core import TyperGroup

from journal import __version__
from journal.errors import JournalError

# Each command lives in the module of its name (or the one given here), in a function `run`; only the one asked
# for is loaded. The order is that of `journal --help`.
COMMANDS = {
    "init": "init",
    "status": "status",
    "log": "log",
    "show": "show",
    "search": "search",
    "note": "note",
    "tokens": "tokens",
    "docs": "docs",
    "publish": "publish",
    "capture": "capture",
    "watch": "watch",
    "doctor": "doctor",
    "sql": "sql",
    "rebuild": "rebuild",
    "uninstall": "uninstall",
}


class _Commands(TyperGroup):
    """A group that imports a command's module when that command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's signature)
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  (click's signature)
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"journal.cli.{COMMANDS[cmd_name]}")
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        app.command(cmd_name)(module.run)
        command = typer.main.get_command(app)
        command.name = cmd_name
        return command


def _group() -> _Commands:
    def show_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
        if wanted:
            click.echo(f"journal {__version__}")
            ctx.exit()

    version = click.Option(
        ["--version"], is_flag=True, is_eager=True, expose_value=False, callback=show_version, help="Show the version."
    )
    text = "A research journal that keeps itself: commits, agent sessions and notes, searchable and publishable."
    return _Commands(name="journal", help=text, params=[version], no_args_is_help=True, rich_markup_mode=None)


def main() -> None:
    """Runs the command line and exits: 0 done, 1 a clear error, 2 wrong usage, 130 interrupted."""
    sys.exit(_run(sys.argv[1:]))


def _run(arguments: list[str]) -> int:
    try:
        status = _group().main(arguments, prog_name="journal", standalone_mode=False)
        sys.stdout.flush()
    except JournalError as error:
        return _fail(str(error), 1)
    except click.UsageError as error:
        error.show()
        return 2
    except (KeyboardInterrupt, click.Abort):
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains once more at exit
        return 0
    except Exception as error:  # noqa: BLE001  (the one boundary: what is not a JournalError is a bug and is reported)
        from journal.cli.bug_report import write_report

        return _fail(f"this is a bug in journal ({type(error).__name__}): {write_report(error, arguments)}", 1)
    return status if isinstance(status, int) else 0


def _fail(message: str, status: int) -> int:
    from journal.cli.terminal import plain

    click.echo(f"journal: {plain(message)}", err=True)
    return status
