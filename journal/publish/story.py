"""The story of a timeline by weeks, the newest first, each told forward; older weeks become one line each.

What is told in full is bounded by its size, so that the page of a long project stays light; everything is in the
timeline document.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from html import escape
from typing import Any

from journal.derive.token_cost import new_tokens
from journal.publish.calendar_words import MONTHS, WEEKDAYS, day_of, monday_of, span_of_days

_BYTES = 420_000  # of HTML for entries, about
_ENTRY_BYTES = 330  # of HTML around an entry's title
_OPEN_WEEKS = 6
_SHORT_ID = 4


def story(timeline: Mapping[str, Any]) -> dict[str, Any]:
    """Weeks for a template.

    Returns:
        weeks: newest first, those that are told in full. Each: id, label, short_label, from, summary counts, open
            (whether it starts unfolded), days (label, entries), left_out (entries that are told in the document only).
        years: newest first, weeks that are one line each. Each: year, weeks (label, commits, sessions, tokens, lines).
    """
    lanes = {lane["id"]: lane["name"] for lane in timeline["lanes"]}
    short = _short_ids(event["id"] for event in timeline["events"])
    by_week: dict[date, list[Mapping[str, Any]]] = defaultdict(list)
    for event in timeline["events"]:
        by_week[monday_of(day_of(event["at"]))].append(event)

    told = _told(by_week)
    printed = {event["id"]: short[event["id"]] for events in told.values() for event in events}
    weeks: list[dict[str, Any]] = []
    years: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for monday in sorted(by_week, reverse=True):
        summary = _summary(monday, by_week[monday])
        if monday not in told:
            years[monday.year].append(summary)
            continue
        days = _days(told[monday], lanes if len(lanes) > 1 else {}, printed)
        left_out = len(by_week[monday]) - len(told[monday])
        weeks.append({**summary, "days": days, "left_out": left_out, "open": len(weeks) < _OPEN_WEEKS})
    return {"weeks": weeks, "years": [{"year": year, "weeks": years[year]} for year in sorted(years, reverse=True)]}


def _told(by_week: Mapping[date, list[Mapping[str, Any]]]) -> dict[date, list[Mapping[str, Any]]]:
    """The events that are told in full: the newest weeks, the last of them perhaps in part."""
    told: dict[date, list[Mapping[str, Any]]] = {}
    spent = 0
    for monday in sorted(by_week, reverse=True):
        for event in by_week[monday]:
            spent += _ENTRY_BYTES + len(escape(event["title"]).encode("utf-8"))
            if spent > _BYTES:
                return told
            told.setdefault(monday, []).append(event)
    return told


def _short_ids(ids: Iterable[str]) -> dict[str, str]:
    """Each id's first four digits, or as many as tell it from all others."""
    ordered = sorted(ids)
    short: dict[str, str] = {}
    for before, this, after in zip(["", *ordered], ordered, [*ordered[1:], ""], strict=False):
        shared = max(_shared(this, before), _shared(this, after))
        short[this] = this[: max(_SHORT_ID, shared + 1)]
    return short


def _shared(one: str, other: str) -> int:
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _summary(monday: date, events: list[Mapping[str, Any]]) -> dict[str, Any]:
    commits = [event for event in events if event["kind"] == "commit"]
    sessions = [event for event in events if event["kind"] == "session"]
    sunday = date.fromordinal(min(monday.toordinal() + 6, date.max.toordinal()))
    return {
        "id": f"week-{monday.isoformat()}",
        "label": span_of_days(monday, sunday),
        "short_label": f"{monday.day} {MONTHS[monday.month - 1][:3]}",
        "from": monday.isoformat(),
        "year": monday.year,
        "commits": len(commits),
        "sessions": len(sessions),
        "tokens": sum(new_tokens(event["tokens"]) for event in sessions),
        "added": sum(event["added"] or 0 for event in commits),
        "removed": sum(event["removed"] or 0 for event in commits),
    }


def _days(
    events: Iterable[Mapping[str, Any]], lanes: Mapping[str, str], printed: Mapping[str, str]
) -> list[dict[str, Any]]:
    days: dict[str, dict[str, Any]] = {}
    for event in events:
        key = event["at"][:10]
        if key not in days:
            day = day_of(event["at"])
            label = f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}"
            days[key] = {"date": key, "label": label, "entries": []}
        days[key]["entries"].append(
            {
                **event,
                "short": printed[event["id"]],
                "time": event["at"][11:16],
                "lane_name": lanes.get(event["lane"]),
                "linked": [printed[link] for link in event["links"] if link in printed],
                "new_tokens": new_tokens(event["tokens"]) if "tokens" in event else 0,
            }
        )
    return list(days.values())
