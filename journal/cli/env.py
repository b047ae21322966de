"""`journal env`: what this machine offers and what a directory needs of it."""

from pathlib import Path
from typing import Annotated, Any

import typer

from journal.cli import terminal
from journal.cli.options import Json, print_json
from journal.documents.environment import Environment, look_around


def run(
    path: Annotated[Path, typer.Argument(metavar="[PATH]", help="A directory; by default where you stand.")] = Path(),
    job_script: Annotated[
        bool, typer.Option("--job-script", help="Print a job script to begin with, for this cluster and repo.")
    ] = False,
    as_json: Json = False,
) -> None:
    """What this machine or cluster offers and what a directory needs; no set-up is wanted."""
    environment = look_around(path)
    if job_script:
        from journal.documents.job_script import job_script_of

        typer.echo(terminal.plain(job_script_of(environment)), nl=False)
    elif as_json:
        print_json(_document(environment))
    else:
        terminal.show("\n\n".join(_coloured(section.body) for section in environment.sections()) + "\n")


def _coloured(markdown: str) -> str:
    """Markdown with its headings set off where the terminal shows it."""
    colour = terminal.coloured()
    lines = terminal.plain(markdown).split("\n")
    return "\n".join(terminal.paint(line, "bold", colour) if line.startswith("## ") else line for line in lines)


def _document(environment: Environment) -> dict[str, Any]:
    from journal.install.site_health import checks_of_site

    scheduler = environment.here["scheduler"]
    manifests = environment.manifests
    return {
        "cluster": scheduler["cluster"] if scheduler else None,
        "profile": _plain(environment.profile),
        "machine": environment.here,
        "jobs": environment.jobs,
        "needs": {
            "python": [{"limits": limits, "path": path, "line": line} for limits, path, line in manifests.python],
            "packages": [_plain(requirement) for requirement in manifests.requirements],
            "manifests": list(manifests.paths),
            "unreadable": list(manifests.unreadable),
        },
        "advice": [check._asdict() for check in checks_of_site(environment) if not check.ok],
    }


def _plain(value: Any) -> Any:
    """A named tuple as a dictionary, with all that is in it; what is not told is None."""
    if hasattr(value, "_asdict"):
        return {name: _plain(inner) for name, inner in value._asdict().items()}
    if isinstance(value, tuple):
        return [_plain(inner) for inner in value]  # pyright: ignore[reportUnknownVariableType] (of any kind)
    return None if value == "" else value
