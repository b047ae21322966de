"""`journal gotcha`: one gotcha, and what a person or an agent says of it."""

import os
import sqlite3
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from journal.capture.place import expect_place
from journal.cli import terminal
from journal.cli.gotcha_portrait import gotcha_portrait
from journal.cli.options import Json, local_now, print_json, reading_store
from journal.cli.told_gotcha import cluster_here, gotcha_json, project_here
from journal.config import read_config
from journal.derive.event_words import GOTCHA_ACTIONS
from journal.derive.failure.rules import LABELS
from journal.derive.gotcha.gotcha import Gotcha
from journal.derive.gotcha.identity import gotcha_id
from journal.errors import JournalError
from journal.events import Batch, make_event
from journal.moments import from_datetime
from journal.paths import config_file, store_file
from journal.store.database import explained_failures, open_store
from journal.store.event_log import append_batch
from journal.store.gotcha_queries import find_gotcha
from journal.store.secret_rules import secrets_redactor
from journal.watch import bring_documents_up_to_date


class Scope(StrEnum):
    """How far a gotcha holds."""

    repo = "repo"
    cluster = "cluster"
    general = "general"


Said = dict[str, Any]
_WORDS = ("title", "advice", "why")
_TEXTS = ("title", "advice", "label", "fingerprint", "scope")


def run(
    words: Annotated[
        list[str],
        typer.Argument(metavar="G7 | add TITLE | edit G7 | confirm G7 | drop G7", help="What to show, or to do."),
    ],
    title: Annotated[str | None, typer.Option(help="What it is, in a sentence (add, edit).")] = None,
    advice: Annotated[str | None, typer.Option(help="What to do about it (add, edit).")] = None,
    scope: Annotated[Scope | None, typer.Option(help="How far it holds; by default where it was seen.")] = None,
    label: Annotated[str | None, typer.Option(help="What kind of failure: gpu_oom, missing_module, …")] = None,
    fingerprint: Annotated[
        str | None, typer.Option(help="The error that it is about, as `journal diagnose --json` gives it (add).")
    ] = None,
    job: Annotated[str | None, typer.Option(metavar="ID", help="The job that failed so (add).")] = None,
    why: Annotated[str | None, typer.Option(help="Why it is confirmed or dropped.")] = None,
    as_json: Json = False,
) -> None:
    """One gotcha with its evidence; or add, edit, confirm or drop one."""
    said: Said = {
        "title": title,
        "advice": advice,
        "scope": scope.value if scope else None,
        "label": label,
        "fingerprint": fingerprint,
        "job": job,
        "why": why,
    }
    given = {name: value for name, value in said.items() if value is not None}
    if label is not None and label not in LABELS:
        raise JournalError(f"there is no label called {label!r}", f"use one of {', '.join(sorted(LABELS))}")
    if words[0] in _ACTIONS:
        _act(words[0], words[1:], given, as_json=as_json)
        return
    if len(words) > 1 or given:
        known = ", ".join(_ACTIONS)
        raise JournalError(
            f"{' '.join(words)!r} is no gotcha", f"write `journal gotcha G7`, or one of {known} before it"
        )
    connection = reading_store()
    gotcha = _named(connection, words[0])
    if as_json:
        print_json(gotcha_json(gotcha))
    else:
        terminal.show(gotcha_portrait(connection, gotcha, project_here()))


def _named(connection: sqlite3.Connection, name: str) -> Gotcha:
    gotcha = find_gotcha(connection, name)
    if gotcha is None:
        raise JournalError(f"no gotcha is called {name!r}", "`journal gotchas` lists them")
    return gotcha


def _act(action: str, words: Sequence[str], given: Mapping[str, Any], *, as_json: bool) -> None:
    """Keeps what was said, and brings the documents up to date."""
    place = expect_place(Path.cwd())
    with explained_failures(store_file()), closing(open_store(store_file())) as connection:
        fact = _ACTIONS[action](connection, words, given)
        by = "agent" if os.environ.get("CLAUDE_CODE_SESSION_ID") or os.environ.get("CLAUDECODE") else "person"
        redactor = secrets_redactor()
        said = {name: redactor.text(value) if name in _WORDS else value for name, value in fact.items()}
        whole = {**said, "action": action, "by": by, "cluster": cluster_here(connection, place.project)}
        at = from_datetime(local_now())
        event = make_event("gotcha", at, place.project, "gotcha", (uuid.uuid4().hex,), whole)
        append_batch(connection, place.writer, "gotcha", Batch([event], {}, {}))
        gotcha = _named(connection, str(fact["gotcha"]))
        if as_json:
            print_json(gotcha_json(gotcha))
        else:
            typer.echo(f"{gotcha.name} {GOTCHA_ACTIONS[action]}")
        if read_config(config_file()).automatic_documents:
            bring_documents_up_to_date(connection, place)


def _added(connection: sqlite3.Connection, words: Sequence[str], given: Mapping[str, Any]) -> Said:
    fact = {name: given[name] for name in _TEXTS if name in given}
    if words:
        fact["title"] = " ".join(words)
    if "job" in given:
        fact = {**_failure_of(connection, given["job"]), **fact}
    if not fact.get("title", "").strip() and "fingerprint" not in fact:
        raise JournalError("a gotcha needs a title", 'write `journal gotcha add "bind /dev/shm" --advice "…"`')
    known = gotcha_id(fact["fingerprint"]) if fact.get("fingerprint") else uuid.uuid4().hex
    return {**fact, "gotcha": known}


def _failure_of(connection: sqlite3.Connection, name: str) -> Said:
    """What a job failed of, as its log tells it."""
    from journal.cli.job import job_named

    found = job_named(connection, name)
    row = connection.execute(
        "SELECT event.data ->> '$.fingerprint', event.data ->> '$.label' FROM failed_job JOIN event ON event.id = log"
        " WHERE job_id = ? AND cluster = ? AND submitted_at = ? ORDER BY failed_job.at DESC, log LIMIT 1",
        (found.job.job_id, found.job.cluster, found.job.submitted_at),
    ).fetchone()
    if row is None:
        raise JournalError(
            f"no log of job {found.job.job_id} was read that shows a failure", "`journal diagnose` reads any log"
        )
    return {"fingerprint": row[0], "label": row[1]}


def _edited(connection: sqlite3.Connection, words: Sequence[str], given: Mapping[str, Any]) -> Said:
    fact = {name: given[name] for name in ("title", "advice", "label", "scope") if name in given}
    if not fact:
        raise JournalError("nothing was said to be changed", "give --title, --advice, --label or --scope")
    return {**fact, **_one(connection, words)}


def _judged(connection: sqlite3.Connection, words: Sequence[str], given: Mapping[str, Any]) -> Said:
    return {**{name: given[name] for name in ("why", "scope") if name in given}, **_one(connection, words)}


def _one(connection: sqlite3.Connection, words: Sequence[str]) -> Said:
    if len(words) != 1:
        raise JournalError("one gotcha must be named", "write its number: `journal gotchas` lists them")
    return {"gotcha": _named(connection, words[0]).id}


_ACTIONS: Mapping[str, Callable[[sqlite3.Connection, Sequence[str], Mapping[str, Any]], Said]] = {
    "add": _added,
    "edit": _edited,
    "confirm": _judged,
    "drop": _judged,
}
