"""The abstract of a timeline: a few sentences that its facts make by themselves."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from journal.derive.amounts import counted, hours
from journal.publish.calendar_words import day_of, span_of_days


def abstract(timeline: Mapping[str, Any]) -> list[str]:
    """Sentences, each true by counting; none where nothing happened."""
    if not timeline["events"]:
        return ["Nothing has been recorded yet."]
    return [_extent(timeline), *_where(timeline), *_branches(timeline)]


def _extent(timeline: Mapping[str, Any]) -> str:
    totals = timeline["totals"]
    days = span_of_days(day_of(timeline["span"]["from"]), day_of(timeline["span"]["to"]))
    people = len({event["author"] for event in timeline["events"] if event["kind"] == "commit"})
    parts = [counted(totals["commits"], "commit") + (f" by {counted(people, 'researcher')}" if people else "")]
    if totals["sessions"]:
        parts.append(counted(totals["sessions"], "session") + " with an AI agent")
    if totals["jobs"]:
        used = f" of {hours(totals['gpu_hours'])} GPU hours" if totals["gpu_hours"] else ""
        parts.append(counted(totals["jobs"], "batch job") + used)
    if totals["notes"]:
        parts.append(counted(totals["notes"], "note"))
    return f"The recorded work on {timeline['project']['name']}, {days}: {_listed(parts)}."


def _where(timeline: Mapping[str, Any]) -> list[str]:
    if len(timeline["lanes"]) < 2:
        return []
    commits = Counter(event["lane"] for event in timeline["events"] if event["kind"] == "commit")
    if not commits:
        return []
    lane, most = min(commits.items(), key=lambda item: (-item[1], item[0]))
    name = next(entry["name"] for entry in timeline["lanes"] if entry["id"] == lane)
    total = sum(commits.values())
    opening = "Most of it happened on" if most * 2 > total else "Its busiest line of work was"
    return [f"{opening} {name}, with {most:,} of {counted(total, 'commit')}."]


def _branches(timeline: Mapping[str, Any]) -> list[str]:
    states = Counter(lane["status"] for lane in timeline["lanes"] if lane["parent"] is not None)
    if not states:
        return []
    total = sum(states.values())
    told = [f"{states[status]:,} {word}" for status, word in _STATES if states[status]]
    if total == 1:
        return [f"One line of work left the trunk and {told[0].removeprefix('1 ')}."]
    if len(told) == 1:
        return [f"All {total:,} lines of work that left the trunk {told[0].partition(' ')[2]}."]
    return [f"Of {total:,} lines of work that left the trunk, {_listed(told)}."]


_STATES = (("merged", "came back into it"), ("deleted", "ended without a merge"), ("open", "stayed open"))


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
