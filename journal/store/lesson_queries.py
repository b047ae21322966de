"""What jobs have to do with gotchas, for all jobs of a listing at once."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from journal.derive.event_words import number_of
from journal.derive.gotcha.gotcha import Gotcha
from journal.derive.gotcha.lesson import Lesson, Met, Overcame
from journal.derive.gotcha.relevance import FailureWords
from journal.derive.gotcha.remedy import remedy
from journal.derive.job import Job
from journal.store.gotcha_queries import read_gotchas

# The keys of jobs come as [[cluster, number, submission, event], …].
_MET = """
SELECT value ->> 3, gotcha, event.data, failed_job.at FROM json_each(:jobs)
CROSS JOIN failed_job ON job_id = value ->> 1 AND cluster = value ->> 0 AND submitted_at = value ->> 2
JOIN event ON event.id = log
WHERE gotcha IN (SELECT id FROM gotcha WHERE status <> 'dropped') ORDER BY logs DESC, failed_job.at DESC, gotcha
"""
_BEFORE = """
SELECT job_id FROM failed_job WHERE gotcha = ? AND at < ? AND NOT (job_id = ? AND cluster = ? AND submitted_at = ?)
ORDER BY at DESC, job_id DESC LIMIT 1
"""
_OVERCAME = """
SELECT value ->> 3, upheld_fix.event, upheld_fix.gotcha, upheld_fix.data FROM json_each(:jobs)
CROSS JOIN upheld_fix ON passed = 'job:' || (value ->> 0) || '/' || (value ->> 1) AND passed_submitted_at = value ->> 2
ORDER BY upheld_fix.event
"""
_OVERCOME_BY = """
SELECT value ->> 3, passed FROM json_each(:jobs)
CROSS JOIN upheld_fix ON failed = 'job:' || (value ->> 0) || '/' || (value ->> 1) AND failed_submitted_at = value ->> 2
ORDER BY passed_submitted_at DESC, upheld_fix.event
"""


def lessons_of(connection: sqlite3.Connection, jobs: Iterable[Job]) -> dict[str, Lesson]:
    """The id of a job's event → what it failed of and got past; jobs of which there is nothing to say are left out."""
    keys = {job.event: (job.cluster, job.job_id, job.submitted_at) for job in jobs}
    here = {"jobs": json.dumps([[*key, event] for event, key in keys.items()])}
    met = connection.execute(_MET, here).fetchall()
    overcame = connection.execute(_OVERCAME, here).fetchall()
    if not met and not overcame:
        return {}
    known = _gotchas(connection, {row[1] for row in met} | {row[2] for row in overcame})
    lessons: dict[str, Lesson] = {}
    for event, gotcha, data, at in met:
        before = connection.execute(_BEFORE, (gotcha, at, keys[event][1], keys[event][0], keys[event][2])).fetchone()
        found = Met(known[gotcha], json.loads(data), before[0] if before else None)
        lesson = lessons.get(event, Lesson())
        lessons[event] = lesson._replace(met=(*lesson.met, found))
    for event, fix, gotcha, data in overcame:
        if gotcha in known and fix in known[gotcha].fixes:
            lesson = lessons.get(event, Lesson())
            lessons[event] = lesson._replace(overcame=(*lesson.overcame, _overcame(known[gotcha], fix, data)))
    for event, passed in connection.execute(_OVERCOME_BY, here).fetchall():  # the first counts, which comes last
        lessons[event] = lessons.get(event, Lesson())._replace(overcome_by=number_of(passed))
    return lessons


def lesson_of(connection: sqlite3.Connection, job: Job) -> Lesson:
    """What one job failed of and got past."""
    return lessons_of(connection, [job]).get(job.event, Lesson())


def _gotchas(connection: sqlite3.Connection, ids: Iterable[str]) -> dict[str, Gotcha]:
    wanted = "WHERE status <> 'dropped' AND gotcha.id IN (SELECT value FROM json_each(:ids))"
    return {each.id: each for each in read_gotchas(connection, wanted, {"ids": json.dumps(sorted(ids))})}


def _overcame(gotcha: Gotcha, event: str, data: str) -> Overcame:
    fact: dict[str, Any] = json.loads(data)
    told: Sequence[str] = (gotcha.fingerprint or "", gotcha.signature or "")
    words = FailureWords(gotcha.label or "", told, gotcha.advice)
    return Overcame(gotcha, number_of(fact["failed"]), remedy(fact, words), gotcha.fixes[0] == event, event)
