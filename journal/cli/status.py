"""`journal status`: today at a glance."""

import socket
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from journal.capture.git.state import changed_files, head_branch
from journal.capture.place import Place, place_at
from journal.cli import terminal
from journal.cli.job_status import job_overview, job_rows, jobs_in_need
from journal.cli.options import Json, Project, chosen_project, local_now, print_json, reading_store
from journal.derive.amounts import ago, counted, counted_tokens, dollars, hours
from journal.derive.token_cost import new_tokens
from journal.moments import from_datetime, to_datetime
from journal.store.event_queries import Selection, read_log, titles
from journal.store.price_table import load_prices
from journal.store.status_queries import last_session, open_branches, today
from journal.store.token_queries import token_report

_SHOWN_BRANCHES = 4
_QUIET_SECONDS = 3 * 86400


def run(project: Project = None, as_json: Json = False) -> None:
    """Today at a glance: where you are, what was done, what needs you."""
    connection = reading_store()
    chosen = chosen_project(connection, project)
    place = place_at(Path.cwd()) if project is None and chosen else None
    state = _state(connection, chosen, place, local_now())
    if as_json:
        print_json(state)
    else:
        terminal.show(_glance(state, local_now()))


def _state(connection: sqlite3.Connection, project: str | None, place: Place | None, now: datetime) -> dict[str, Any]:
    midnight = from_datetime(now.replace(hour=0, minute=0, second=0, microsecond=0))
    counts = today(connection, project, midnight)
    newest = read_log(connection, Selection(project, ("commit",), limit=1))
    session = last_session(connection, project)
    name = connection.execute("SELECT name FROM clone WHERE project = ? ORDER BY seen_at DESC", (project,)).fetchone()
    spent = token_report(
        connection, by="model", project=project, since=midnight, until=None, zone=UTC, prices=load_prices()
    )["total"]
    jobs = job_overview(connection, project, now)
    return {
        "project": {"id": project, "name": name[0]} if name else None,
        "host": socket.gethostname().partition(".")[0],
        "branch": head_branch(place.repository) if place else None,
        "changed_files": changed_files(place.repository) if place else None,
        "last_commit": {"id": newest[0].id, "at": newest[0].at, "title": titles(connection, newest)[newest[0].id]}
        if newest
        else None,
        "last_session": session._asdict() if session else None,
        "today": {
            "commits": counts.commits,
            "sessions": counts.sessions,
            "prompts": counts.prompts,
            "notes": counts.notes,
            "tokens": new_tokens(spent),
            "cost_usd": spent["cost_usd"],
        },
        "jobs": jobs,
        "branches": [branch._asdict() for branch in open_branches(connection, project, 50)],
        "needs": _needs(place) + jobs_in_need(jobs),
    }


def _needs(place: Place | None) -> list[dict[str, str]]:
    """What a person should see to, with the command for it."""
    if place is None:
        return []
    from journal.install.health import checks_of_place

    return [{"what": c.detail, "do": c.fix} for c in checks_of_place(place) if not c.ok and c.fix]


def _glance(state: dict[str, Any], now: datetime) -> str:
    colour, columns = terminal.coloured(), terminal.width()
    name = state["project"]["name"] if state["project"] else "all projects"
    changed = [counted(state["changed_files"], "file") + " changed"] if state["changed_files"] else []
    where = [terminal.line(part) for part in (name, state["branch"], *changed) if part]
    head = " · ".join(where)
    gap = max(2, min(columns, 88) - len(head) - len(state["host"]))
    lines = [terminal.paint(head, "bold", colour) + " " * gap + terminal.paint(state["host"], "dim", colour)]

    def row(label: str, text: str, paint: str = "dim") -> None:
        lines.append(
            f"  {terminal.paint(f'{label:<8}', paint, colour)}  {terminal.cut(terminal.line(text), columns - 12)}"
        )

    for label, text, paint in job_rows(state["jobs"], now):
        row(label, text, paint)
    if state["last_commit"]:
        row("commit", f"{state['last_commit']['title']} · {_ago(state['last_commit']['at'], now)}")
    if state["last_session"]:
        row("session", f"{state['last_session']['title']} · {_ago(state['last_session']['at'], now)}")
    if state["branches"]:
        row("branches", " · ".join(_branch(branch, now) for branch in state["branches"][:_SHOWN_BRANCHES]))
    row("today", _today(state["today"], state["jobs"]["today"]))
    for need in state["needs"]:
        row("needs", f"{need['what']} → {need['do']}", "red")
    return "\n".join(lines) + "\n"


def _today(counts: dict[str, Any], jobs: dict[str, Any]) -> str:
    parts = [counted(counts[kind + "s"], kind) for kind in ("commit", "session", "note") if counts[kind + "s"]]
    if jobs["submitted"]:
        parts.insert(1 if counts["commits"] else 0, counted(jobs["submitted"], "job"))
    if jobs["gpu_hours"]:
        parts.append(f"{hours(jobs['gpu_hours'])} GPU h")
    if counts["tokens"]:
        parts += [counted_tokens(counts["tokens"]), dollars(counts["cost_usd"])]
    return " · ".join(parts) or "nothing yet"


def _branch(branch: dict[str, str], now: datetime) -> str:
    idle = (now - to_datetime(branch["at"])).total_seconds()
    return f"{branch['name']} (quiet for {int(idle // 86400)} days)" if idle > _QUIET_SECONDS else branch["name"]


def _ago(at: str, now: datetime) -> str:
    return ago((now - to_datetime(at)).total_seconds())
