"""`journal rerun`: submits a job again, with the code, the script and the arguments that it had."""

import shlex
import sys
from contextlib import closing
from typing import Annotated

import typer

from journal.cli import terminal
from journal.cli.job import JobName, job_named
from journal.cli.options import Json, Project, local_now, print_json, reading_store
from journal.derive.job import submitted_late
from journal.errors import JournalError
from journal.events import Batch
from journal.install.slurm_shim import real_command
from journal.moments import from_datetime, to_datetime
from journal.paths import store_file
from journal.rerun.code_directory import write_code
from journal.rerun.plan import Plan, make_plan
from journal.rerun.submission import Submitted, submit, told
from journal.store.database import explained_failures
from journal.store.event_log import append_batch

_SHOWN = 8


def run(
    name: JobName,
    yes: Annotated[bool, typer.Option("--yes", help="Submit without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    project: Project = None,
    as_json: Json = False,
) -> None:
    """Submit a job again: the same code, script and arguments, whatever the work tree holds now."""
    with closing(reading_store()) as connection:
        named = job_named(connection, name, project)
        plan = make_plan(connection, named.job, named.task)
        if not as_json or not yes:
            typer.echo(_told(plan, named.task), err=as_json)
        if dry_run:
            return
        _ask(plan, yes=yes)
        new = _submitted(plan)
        _say(plan, new, as_json=as_json)
        with explained_failures(store_file()):
            events = told(plan, new, from_datetime(local_now()))
            (writer,) = connection.execute("SELECT writer FROM event WHERE id = ?", (plan.job.event,)).fetchone()
            append_batch(connection, writer, "rerun", Batch(events, {}, {}))


def _ask(plan: Plan, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty() or not sys.stdout.isatty():
        raise JournalError("nothing was submitted, as nobody can be asked", "add --yes")
    if not typer.confirm("Submit?", default=False):
        raise JournalError("nothing was submitted", f"`journal job {plan.job.job_id} --code DIR` writes its code")


def _submitted(plan: Plan) -> Submitted:
    sbatch = real_command("sbatch")
    if sbatch is None:
        raise JournalError("sbatch is not on PATH", "run this where jobs are submitted")
    if plan.directory is not None:
        for path in write_code(plan.code, plan.directory):
            typer.echo(f"missing: submodule {terminal.line(path)}, whose repository is not there", err=True)
    if not plan.cwd.is_dir():
        raise JournalError(f"the directory {plan.cwd} is gone", "make it, and run this again")
    return submit(plan, sbatch)


def _say(plan: Plan, new: Submitted, *, as_json: bool) -> None:
    """The number comes first of all, before anything else can fail."""
    if as_json:
        directory = str(plan.directory.path if plan.directory else plan.code.root)
        print_json({"job_id": new.job_id, "cluster": new.cluster, "reruns": plan.job.job_id, "directory": directory})
    else:
        typer.echo(f"Submitted batch job {new.job_id}" + (f" on cluster {new.cluster}" if new.cluster else ""))
    sys.stdout.flush()


def _told(plan: Plan, task: str | None) -> str:
    """What will be done, line by line."""
    job = plan.job
    base = f" on {plan.code.base[:12]}" if plan.code.base and plan.code.base != plan.code.commit else ""
    submitted_at = to_datetime(job.submitted_at).astimezone(local_now().tzinfo)
    rows = [
        ("job", f"{job.job_id}{f' task {task}' if task else ''} {job.name}, submitted {submitted_at:%Y-%m-%d %H:%M}"),
        ("code", f"{plan.code.commit[:12]}{base}; {_today(plan)}"),
        ("directory", _directory(plan)),
        ("command", f"sbatch {shlex.join(plan.words)}" + (" < its script" if plan.stdin is not None else "")),
    ]
    if plan.linked:
        rows.append(("links", f"{_listed(plan.linked)} (as they are today)"))
    rows += [("note", note) for note in plan.notes]
    if submitted_late(job):
        rows.append(("note", "this code was kept only after the job was submitted: it may differ from what ran"))
    return "\n".join(f"  {label:<10} {terminal.line(text)}" for label, text in rows)


def _directory(plan: Plan) -> str:
    if plan.directory is None:
        return f"{plan.cwd}, whose code is the same today"
    return f"{plan.cwd}{'' if plan.directory.is_written else ' (to be written)'}"


def _today(plan: Plan) -> str:
    if plan.differing is None:
        return "the work tree is gone or cannot be read"
    return f"today {_listed(plan.differing)} differ{'s' * (len(plan.differing) == 1)}" if plan.differing else "as today"


def _listed(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
