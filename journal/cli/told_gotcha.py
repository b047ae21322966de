"""A gotcha as the commands tell it: as JSON, and in a line."""

import os
import sqlite3
from pathlib import Path
from typing import Any

from journal.capture.place import place_at
from journal.derive.gotcha.gotcha import Gotcha, seen_words
from journal.derive.gotcha.remedy import Remedy, remedy_of
from journal.derive.gotcha.remedy_words import what_helped
from journal.errors import JournalError
from journal.store.machine_queries import cluster_of

COLOURS = {
    "confirmed": "green",
    "learned": "green",
    "transient": "yellow",
    "overcome": "yellow",
    "candidate": "yellow",
    "dropped": "dim",
}


def project_here() -> str | None:
    """The id of the project that one stands in; None elsewhere, in a repository without a journal too."""
    try:
        place = place_at(Path.cwd())
    except JournalError:
        return None
    return place.project if place else None


def cluster_here(connection: sqlite3.Connection, project: str | None) -> str | None:
    """The cluster that one works on here."""
    return cluster_of(connection, project, os.uname().nodename.split(".", 1)[0])


def gotcha_json(gotcha: Gotcha) -> dict[str, Any]:
    """A gotcha as every command's JSON shows it: the keys of COMMANDS.md and some more."""
    found = remedy_of(gotcha)
    return {
        "id": gotcha.id,
        "name": gotcha.name,
        "title": gotcha.title,
        "fingerprint": gotcha.fingerprint,
        "label": gotcha.label,
        "scope": gotcha.scope,
        "seen": [job.event for job in gotcha.seen],
        "fix": list(gotcha.fixes),
        "status": gotcha.status,
        "advice": [gotcha.said_advice] if gotcha.said_advice else list(gotcha.advice),
        "signature": gotcha.signature,
        "component": gotcha.component,
        "jobs": gotcha.jobs,
        "places": [place._asdict() for place in gotcha.places],
        "first_seen_at": gotcha.first_seen_at,
        "last_seen_at": gotcha.last_seen_at,
        "fixed_at": gotcha.fixed_at,
        "struck_again": gotcha.struck_again,
        "remedy": _remedy_json(found) if found else None,
    }


def _remedy_json(found: Remedy) -> dict[str, Any]:
    return {
        "likely": found.likely,
        "unchanged": found.unchanged,
        "pieces": [piece._asdict() for piece in found.pieces],
    }


def known_line(gotcha: Gotcha, project: str | None, cluster: str | None) -> str:
    """`G7 · 2 times here, 5 in other repos on lumi · fixed by …`: what is known of a failure. Not escaped."""
    stands = "" if gotcha.status in ("learned", "confirmed") else gotcha.status
    return " · ".join(filter(None, (gotcha.name, stands, seen_words(gotcha, project, cluster), what_helped(gotcha))))
