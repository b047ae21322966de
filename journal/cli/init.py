"""`journal init`: sets a repository up, or repairs it."""

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
from journal.moments import from_datetime
from journal.paths import store_file


def run(
    path: RepositoryPath = Path(),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing; say what would be changed.")] = False,
    track: Annotated[
        bool, typer.Option("--track", help="Let git see the documents, for those who want them committed.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Set a repository up: hooks, history, sessions, documents. Again = repair."""
    if dry_run:
        for change in plan_set_up(path, track=track):
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
