"""`journal init`: sets a repository up, or repairs it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from journal.capture.git.state import commit_count
from journal.cli import terminal
from journal.cli.job_script_offer import offer_job_script
from journal.cli.options import Json, RepositoryPath, local_now, print_json
from journal.cli.progress import progress
from journal.derive.amounts import counted
from journal.install.setup import SetUp, plan_set_up, set_up
from journal.install.shell_line import StartFile, add_line, remove_line, wants_line
from journal.moments import from_datetime
from journal.paths import data_dir, store_file


def run(
    path: RepositoryPath = Path(),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing; say what would be changed.")] = False,
    track: Annotated[
        bool, typer.Option("--track", help="Let git see the documents, for those who want them committed.")
    ] = False,
    shell_line: Annotated[
        bool | None,
        typer.Option(
            "--shell-line/--no-shell-line",
            help="With Slurm: put the line into your shell's start file by which sbatch keeps the code of jobs, or take"
            " it out. Without either you are asked.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Set a repository up: hooks, history, sessions, documents. Again = repair."""
    if dry_run:
        for change in [*plan_set_up(path, track=track), *_planned_line(shell_line)]:
            typer.echo(f"would {terminal.line(change)}")
        return
    with progress("reading history", lambda: commit_count(path)) as advance:
        done = set_up(path, now=from_datetime(local_now()), track=track, on_progress=advance)
    if as_json:
        print_json(
            {
                "project": done.project,
                "name": done.name,
                "store": str(store_file()),
                "hooks": [{"event": hook.event, "how": hook.how} for hook in done.hooks],
                "captured": dict(done.captured.kinds),
                "skipped": dict(done.captured.skipped),
                "documents": [str(document.path) for document in done.documents],
            }
        )
    else:
        terminal.show(_told(done))
        offer_job_script(path)
    told = _settle_line(shell_line, may_ask=not as_json)
    if told and not as_json:
        typer.echo(terminal.line(told))


def _told(done: SetUp) -> str:
    kinds = done.captured.kinds
    read = [counted(kinds[kind], kind) for kind in ("commit", "session", "prompt") if kinds[kind]]
    ways = sorted({hook.how for hook in done.hooks})
    lines = [
        f"{terminal.line(done.name)} has a journal.",
        f"  captured   {', '.join(read) or 'nothing new'}",
        f"  hooks      {', '.join(hook.event for hook in done.hooks)} ({', '.join(ways)})",
    ]
    if done.documents:
        seen = "seen by git" if done.tracked else "kept out of git by .git/info/exclude"
        lines.append(f"  documents  {', '.join(document.path.name for document in done.documents)} ({seen})")
    lines += [
        f"  skipped    {count} × {terminal.line(reason)}" for reason, count in sorted(done.captured.skipped.items())
    ][:3]
    lines += [f"  note       {terminal.line(remark)}" for remark in done.remarks][:3]
    if not done.project:
        lines.append("  note       there is no commit yet: capture begins with the first one")
    lines += [
        "Work as always: commits and sessions are captured by themselves.",
        "Next: journal status · journal log · journal search WORDS · journal publish site",
    ]
    return "\n".join(lines) + "\n"


def _planned_line(choice: bool | None) -> list[str]:
    start = wants_line(data_dir())
    if start is None or choice is False:
        return []
    return [f"{'add' if choice else 'offer to add'} a line to {start.path}: {start.line}"]


def _settle_line(choice: bool | None, *, may_ask: bool) -> str:
    """Puts the shim's line into the shell's start file, or takes it out, as the person chose; says what was done."""
    if choice is False:
        files = remove_line(data_dir())
        return f"Took the journal's line out of {', '.join(map(str, files))}." if files else ""
    start = wants_line(data_dir())
    if start is None:
        return ""
    if choice is None:
        if not (may_ask and sys.stdin.isatty() and sys.stdout.isatty()):
            return f"Slurm: `journal init --shell-line` adds a line to {start.path}, and sbatch keeps the code of jobs."
        if not _agrees(start):
            return "As you like: `journal init --shell-line` adds it later."
    add_line(start, data_dir())
    return f"Added to {start.path}; open a new shell, and sbatch, srun and salloc keep the code of your jobs."


def _agrees(start: StartFile) -> bool:
    typer.echo(f"With one line in {start.path}, sbatch, srun and salloc keep the exact code of each job:")
    typer.echo(f"  {terminal.line(start.line)}")
    return typer.confirm("Add it?", default=False)
