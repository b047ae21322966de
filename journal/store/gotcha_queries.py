"""Questions about gotchas: those that apply somewhere, one by its name, those that a failure or a job meets.

A gotcha is read with its evidence: what it costs grows with the gotchas told, never with the failures stored.
"""

import json
import re
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from journal.derive.gotcha.gotcha import Gotcha, SeenIn, SeenJob
from journal.derive.gotcha.identity import gotcha_id
from journal.derive.gotcha.standing import ToldFix, standing_fixes
from journal.errors import JournalError

_MOST_SEEN = 50  # jobs that are named; all are counted

_ROW = """
SELECT gotcha.id, number, status, scope, label, gotcha.fingerprint, title, advice, jobs, first_seen_at, last_seen_at,
    fixed_at, (SELECT data FROM event WHERE id = gotcha.log), (SELECT data FROM fix WHERE event = gotcha.fix)
FROM gotcha JOIN gotcha_number USING (id)
"""
# Confirmed ones first, then what struck often, then what struck lately.
_RANKED = " ORDER BY status = 'confirmed' DESC, jobs DESC, coalesce(last_seen_at, '') DESC, number"
_SEEN = """
SELECT coalesce(job.event, failed_job.log), failed_job.job_id, failed_job.cluster, failed_job.project, failed_job.at
FROM failed_job LEFT JOIN job ON job.job_id = failed_job.job_id AND job.cluster = failed_job.cluster
    AND job.submitted_at = failed_job.submitted_at
WHERE gotcha = ? ORDER BY failed_job.at DESC, failed_job.job_id DESC LIMIT ?
"""
_PLACES = "SELECT project, cluster, count(*) FROM failed_job WHERE gotcha = ? GROUP BY 1, 2 ORDER BY 1, 2"
_FIXES = """
SELECT event, failed, failed_submitted_at, passed, passed_submitted_at, weight FROM upheld_fix WHERE gotcha = ?
"""

_HERE = """
    EXISTS (SELECT 1 FROM failed_job WHERE failed_job.gotcha = gotcha.id AND failed_job.project = :project)
    OR EXISTS (SELECT 1 FROM gotcha_word WHERE gotcha_word.gotcha = gotcha.id AND gotcha_word.project = :project)
"""
_ON_CLUSTER = """
    EXISTS (SELECT 1 FROM failed_job WHERE failed_job.gotcha = gotcha.id AND failed_job.cluster = :cluster)
    OR EXISTS (
        SELECT 1 FROM gotcha_word WHERE gotcha_word.gotcha = gotcha.id AND data ->> '$.cluster' = :cluster
    )
"""
_APPLYING = f"""
WHERE status IN ('confirmed', 'learned', 'transient')
    AND (scope = 'general' OR (scope = 'repo' AND ({_HERE})) OR (scope = 'cluster' AND ({_ON_CLUSTER})))
"""


def matching(
    connection: sqlite3.Connection,
    fingerprint: str | None,
    project: str | None,
    cluster: str | None,
    apart_from: str | None = None,
) -> list[Gotcha]:
    """What is known of a failure: the gotchas, and candidates, that it meets, wherever they were seen.

    Args:
        connection: an open store.
        fingerprint: the failure's; None where nothing failed.
        project, cluster: where it was met: what holds only elsewhere comes last.
        apart_from: the id of a job's event, which does not count: it is the job that is asked about.
    """
    if fingerprint is None:
        return []
    found = read_gotchas(connection, "WHERE gotcha.id = :id AND status <> 'dropped'", {"id": gotcha_id(fingerprint)})
    told = [gotcha for gotcha in (_without(each, apart_from) for each in found) if gotcha is not None]
    return sorted(told, key=lambda gotcha: _is_far(gotcha, project, cluster))


def _without(gotcha: Gotcha, job: str | None) -> Gotcha | None:
    """A gotcha as it was known before a job met it; None where only that job did."""
    own = next((seen for seen in gotcha.seen if seen.event == job), None)
    if own is None:
        return gotcha
    if gotcha.jobs == 1 and gotcha.status == "candidate":
        return None
    place = (own.project, own.cluster)
    places = (each._replace(jobs=each.jobs - ((each.project, each.cluster) == place)) for each in gotcha.places)
    return gotcha._replace(
        jobs=gotcha.jobs - 1,
        seen=tuple(seen for seen in gotcha.seen if seen.event != job),
        places=tuple(each for each in places if each.jobs),
    )


def _is_far(gotcha: Gotcha, project: str | None, cluster: str | None) -> bool:
    return not any(place.project == project or place.cluster == cluster for place in gotcha.places)


def applying(connection: sqlite3.Connection, project: str | None, cluster: str | None) -> list[Gotcha]:
    """The gotchas that hold in a project on a cluster and are worth telling unasked, ranked."""
    found = read_gotchas(connection, _APPLYING + _RANKED, {"project": project, "cluster": cluster})
    return [gotcha for gotcha in found if gotcha.is_worth_telling]


def unsolved(connection: sqlite3.Connection, project: str) -> int:
    """How many failures of a project were not overcome yet."""
    query = f"SELECT count(*) FROM gotcha WHERE status = 'candidate' AND ({_HERE})"  # noqa: S608  (our own text)
    return int(connection.execute(query, {"project": project}).fetchone()[0])


def search_gotchas(
    connection: sqlite3.Connection, words: Sequence[str], project: str | None, *, dropped: bool = False
) -> list[Gotcha]:
    """The gotchas in which all of some words occur, ranked: those with a fix before candidates.

    Args:
        connection: an open store.
        words: each may stand anywhere in what is told of a gotcha, in any case.
        project: only what was seen, or said, in that project; None for all.
        dropped: those that were dropped too.
    """
    conditions = ["status <> 'dropped'"] * (not dropped) + [f"({_HERE})"] * (project is not None)
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    found = read_gotchas(connection, f"{where}{_RANKED}", {"project": project})
    wanted = [word.lower() for word in words]
    kept = [gotcha for gotcha in found if all(word in _all_words(gotcha) for word in wanted)]
    return sorted(kept, key=lambda gotcha: (gotcha.status == "dropped", gotcha.status == "candidate"))


def _all_words(gotcha: Gotcha) -> str:
    texts = (gotcha.name, gotcha.title, gotcha.label, gotcha.fingerprint, gotcha.signature, gotcha.component)
    fix = json.dumps(gotcha.fix, ensure_ascii=False) if gotcha.fix else ""
    said = (gotcha.said_advice or "", *gotcha.advice, *(seen.job_id for seen in gotcha.seen))
    return " ".join([*filter(None, texts), *said, fix]).lower()


_NUMBER = re.compile(r"[gG](\d{1,9})")


def find_gotcha(connection: sqlite3.Connection, name: str) -> Gotcha | None:
    """The gotcha that a person means: `G7`, or its id, shortened.

    Raises:
        JournalError: several ids begin so.
    """
    if named := _NUMBER.fullmatch(name):
        found = read_gotchas(connection, "WHERE number = :number", {"number": int(named[1])})
    elif re.fullmatch("[0-9a-fA-F]{4,32}", name):
        span = {"first": name.lower(), "last": name.lower() + "g"}
        found = read_gotchas(connection, "WHERE gotcha.id >= :first AND gotcha.id < :last LIMIT 6", span)
    else:
        found = []
    if len(found) > 1:
        choices = "; ".join(f"{gotcha.name} {gotcha.title}" for gotcha in found)
        raise JournalError(f"{name!r} could be {len(found)} gotchas", f"write its number: {choices}")
    return found[0] if found else None


def read_gotchas(connection: sqlite3.Connection, where: str, parameters: Mapping[str, Any]) -> list[Gotcha]:
    """Gotchas with their evidence; `where` is what follows the tables' names."""
    rows = connection.execute(f"{_ROW} {where}", parameters).fetchall()
    return [_gotcha(connection, row) for row in rows]


def _gotcha(connection: sqlite3.Connection, row: Sequence[Any]) -> Gotcha:
    log: Mapping[str, Any] = json.loads(row[12]) if row[12] else {}
    told = (ToldFix(found[0], found[1:3], found[3:5], found[5]) for found in connection.execute(_FIXES, (row[0],)))
    return Gotcha(
        id=row[0],
        number=row[1],
        status=row[2],
        scope=row[3],
        label=row[4],
        fingerprint=row[5],
        said_title=row[6],
        said_advice=row[7],
        explanation=log.get("explanation") or "",
        advice=tuple(log.get("advice") or ()),
        signature=log.get("signature"),
        component=log.get("component"),
        jobs=row[8],
        first_seen_at=row[9],
        last_seen_at=row[10],
        seen=tuple(SeenJob(*found) for found in connection.execute(_SEEN, (row[0], _MOST_SEEN)).fetchall()),
        places=tuple(SeenIn(*found) for found in connection.execute(_PLACES, (row[0],)).fetchall()),
        fixes=tuple(fix.event for fix in standing_fixes(told)),
        fix=json.loads(row[13]) if row[13] else None,
        fixed_at=row[11],
    )
