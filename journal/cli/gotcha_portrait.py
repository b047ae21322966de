"""One gotcha with all its evidence, as the terminal shows it."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from journal.cli import terminal
from journal.cli.options import local_now
from journal.cli.told_gotcha import cluster_here
from journal.derive.event_words import GOTCHA_ACTIONS, label_words, number_of
from journal.derive.gotcha.gotcha import Gotcha, seen_words
from journal.derive.gotcha.remedy import remedy_of
from journal.derive.gotcha.remedy_words import remedy_words
from journal.moments import to_datetime

_SHOWN_JOBS = 6
_SHOWN_FILES = 6


def gotcha_portrait(connection: sqlite3.Connection, gotcha: Gotcha, project: str | None) -> str:
    """A gotcha as `journal gotcha` and `journal show` print it; nothing in it can move a terminal's cursor."""
    colour, columns = terminal.coloured(), terminal.width()
    holds = _holds(connection, gotcha, project)
    kind = label_words(gotcha.label or "no label")
    heading = " · ".join((f"gotcha {gotcha.name}", kind, gotcha.status, holds))
    lines = [terminal.paint(terminal.line(heading), "bold", colour)]
    for label, text in _rows(connection, gotcha, project):
        told = terminal.cut(terminal.line(text), columns - 12)
        lines.append(f"  {terminal.paint(f'{label:<8}', 'dim', colour)}  {told}")
    for text in _patch_lines(gotcha):
        shown = terminal.cut(terminal.line(text), columns - 4)
        paint = {"+": "green", "-": "red", "@": "cyan"}.get(shown[:1], "bold")
        lines.append("    " + terminal.paint(shown, paint, colour))
    return "\n".join(lines) + "\n"


def _holds(connection: sqlite3.Connection, gotcha: Gotcha, project: str | None) -> str:
    if gotcha.scope == "general":
        return "everywhere"
    if gotcha.scope == "cluster":
        clusters = sorted({place.cluster for place in gotcha.places})
        return f"{', '.join(clusters) or cluster_here(connection, project) or 'this cluster'}, all repos"
    names = [_project_name(connection, place.project) for place in gotcha.places]
    return ", ".join(dict.fromkeys(names)) or "this repo"


def _project_name(connection: sqlite3.Connection, project: str | None) -> str:
    query = "SELECT name FROM clone WHERE project = ? ORDER BY seen_at DESC, writer LIMIT 1"
    row = connection.execute(query, (project,)).fetchone()
    return str(row[0]) if row else "another repo"


def _rows(connection: sqlite3.Connection, gotcha: Gotcha, project: str | None) -> Iterator[tuple[str, str]]:
    yield "what", gotcha.title
    if gotcha.signature or gotcha.error:
        yield "error", gotcha.signature or gotcha.error
    advice = [gotcha.said_advice] if gotcha.said_advice else list(gotcha.advice)
    for number, text in enumerate(advice):
        yield "try" if number == 0 else "", text
    if gotcha.seen:
        shown = ", ".join(job.job_id for job in gotcha.seen[:_SHOWN_JOBS])
        more = f" and {gotcha.jobs - _SHOWN_JOBS:,} more" if gotcha.jobs > _SHOWN_JOBS else ""
        words = seen_words(gotcha, project, cluster_here(connection, project))
        yield "seen", f"{shown}{more} · {words} · {_span(gotcha)}"
    yield from _fix_rows(gotcha)
    for who, at, words in _said(connection, gotcha):
        yield "said", f"{words} by {who}, {_local(at)}"
    if gotcha.fingerprint:
        yield "alike", gotcha.fingerprint
    yield "id", gotcha.id


def _span(gotcha: Gotcha) -> str:
    first, last = gotcha.first_seen_at, gotcha.last_seen_at
    if first is None or last is None or first == last:
        return f"{_local(last)}" if last else ""
    return f"first {_local(first)}, last {_local(last)}"


def _fix_rows(gotcha: Gotcha) -> Iterator[tuple[str, str]]:
    found, fix = remedy_of(gotcha), gotcha.fix
    if found is None or fix is None:
        return
    passed, failed = number_of(fix["passed"]), number_of(fix["failed"])
    helped = remedy_words(found) or "what was changed is not known"
    yield "overcome", f"{passed} got past what failed {failed}: {helped}"
    if fix["commands"]:
        yield "ran", " · ".join(fix["commands"])
    if fix["environment"]:
        yield "around", " · ".join(fix["environment"])
    changed: Sequence[Mapping[str, Any]] = fix["changed"]
    files = [f"{file['path']}{_signed(file)}" for file in changed[:_SHOWN_FILES]]
    left = len(changed) - len(files) + int(fix["left_out"])
    if files:
        yield "changed", ", ".join(files) + (f" and {left:,} more" if left else "")


def _signed(file: Mapping[str, Any]) -> str:
    numbers = [f"{mark}{file[side]:,}" for mark, side in (("+", "added"), ("−", "removed")) if file.get(side)]
    return f" ({' '.join(numbers)})" if numbers else ""


_SAID = """
SELECT data ->> '$.by', at, data ->> '$.action', data ->> '$.why' FROM gotcha_word WHERE gotcha = ? ORDER BY at, event
"""


def _said(connection: sqlite3.Connection, gotcha: Gotcha) -> Iterator[tuple[str, str, str]]:
    for by, at, action, why in connection.execute(_SAID, (gotcha.id,)).fetchall():
        who = "the agent" if by == "agent" else "a person"
        yield who, at, f"{GOTCHA_ACTIONS.get(action, 'edited')}" + (f" ({why})" if why else "")


def _patch_lines(gotcha: Gotcha) -> Iterator[str]:
    """The lines that are kept of what was changed, under their files' names."""
    for file in gotcha.fix["changed"] if gotcha.fix else ():
        if file.get("patch"):
            yield file["path"]
            yield from file["patch"].splitlines()


def _local(at: str) -> str:
    return f"{to_datetime(at).astimezone(local_now().tzinfo):%a %-d %b %Y %H:%M}"
