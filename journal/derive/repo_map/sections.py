"""The repo map as Markdown sections that fit a budget and say what they leave out."""

import posixpath
from collections.abc import Sequence

from journal.derive import markdown
from journal.derive.amounts import counted
from journal.derive.order_words import reads_like_orders
from journal.derive.repo_map.command_role import ROLES
from journal.derive.repo_map.commands import Command
from journal.derive.repo_map.entry_points import EntryPoint, Flag
from journal.derive.repo_map.survey import RepoMap
from journal.derive.section import Section

CHARACTERS_A_TOKEN = 3.3  # of tables with paths and commands, by the tokenisers of today's models
_ROW_LIMITS = (60, 40, 28, 20, 14, 10, 7, 5, 3)  # rows a table may have, tried in turn until the map fits


_LEFT_OUT = "(left out: its wording addresses an agent)"


def map_sections(found: RepoMap, budget: int = 2500) -> list[Section]:
    """The sections of REPO_MAP.md.

    Args:
        found: what the survey found.
        budget: about how many tokens they may take together; tables are cut until they fit, and say so.
    """
    sections: list[Section] = []
    for rows in _ROW_LIMITS:
        sections = [
            Section(name, body)
            for name, body in (
                ("identity", _identity(found)),
                ("commands", _commands(found, rows)),
                ("entry-points", _entries(found.entries, rows)),
                ("configs", _configs(found, rows)),
                ("batch-scripts", _batch(found, rows)),
                ("also", _also(found)),
            )
            if body
        ]
        if sum(len(section.body) for section in sections) <= budget * CHARACTERS_A_TOKEN:
            break
    return sections


def _identity(found: RepoMap) -> str:
    told = found.identity
    lines = [f"## {_escaped(found.name, 80)}"]
    facts: list[str] = []
    if told.title and told.title.text.lower() != found.name.lower():
        facts.append(f"“{_escaped(told.title.text, 140)}” ({_place(told.title.path, told.title.line)})")
    facts += [f"{_escaped(paper.text)} ({_place(paper.path, paper.line)})" for paper in told.papers[:3]]
    if told.frameworks:
        used = [f"{name} {count}" for name, count in told.frameworks]
        facts.append(f"{counted(found.python_files, 'Python file')}, importing: " + ", ".join(used))
    elif found.python_files:
        facts.append(counted(found.python_files, "Python file"))
    return "\n".join([*lines, " · ".join(facts)] if facts else lines)


def _commands(found: RepoMap, rows: int) -> str:
    sound = [command for command in found.commands if not _is_broken(command, found)]
    if not sound and not found.missing:
        return "## Commands\nNo README or script gives any." + _refused(found)
    chosen, like = _most_telling(sound, 3 if rows > 14 else 2 if rows > 7 else 1)
    chosen.sort(key=lambda command: ROLES.index(command.role))
    shown = _share(chosen, rows)
    lines = ["## Commands", "| do | run | read in |", "|---|---|---|"]
    for command in shown:
        more = like.get(command.text, 0)
        place = _place(command.path, command.line) + (f" and {more} like it" if more else "")
        where = f" in {_code(command.directory + '/', 100)}" if command.directory else ""
        lines.append(f"| {command.role} | {_code(command.text, 180)}{where} | {place} |")
    for command, elsewhere in found.missing[: max(3, rows // 3)]:
        hint = f"; there is {', '.join(_code(path, 100) for path in elsewhere[:2])}" if elsewhere else ""
        target = _code(command.target or "", 100)
        verb = "installs from" if command.role == "install" and not target.endswith(".sh`") else "runs"
        lines.append(f"| ⚠ {verb} {target}, which does not exist{hint} | | {_place(command.path, command.line)} |")
    left = len(chosen) - len(shown) + max(0, len(found.missing) - max(3, rows // 3))
    return "\n".join(lines) + _left(left) + _refused(found)


def _is_broken(command: Command, found: RepoMap) -> bool:
    return any(command.target == other.target and command.path == other.path for other, _ in found.missing)


def _most_telling(commands: Sequence[Command], most: int) -> tuple[list[Command], dict[str, int]]:
    """At most so many commands of each role and file, those with another launcher first.

    Returns:
        The chosen, in order; and for the last of each group how many more there are.
    """
    groups: dict[tuple[str, object], list[Command]] = {}
    for command in commands:
        groups.setdefault((command.role, command.candidates or command.target), []).append(command)
    chosen: set[str] = set()
    like: dict[str, int] = {}
    for (_, target), group in groups.items():
        launchers = {command.text.split(" ", 1)[0]: command for command in reversed(group)}
        telling = dict.fromkeys(command.text for command in (group[0], *launchers.values(), *group))
        kept = list(telling)[: most if target else 6]
        chosen.update(kept)
        if len(group) > len(kept):
            like[next(command.text for command in reversed(group) if command.text in kept)] = len(group) - len(kept)
    return [command for command in commands if command.text in chosen], like


def _share(commands: list[Command], rows: int) -> list[Command]:
    """The first of each role, turn by turn, until there are enough rows; in the order given."""
    turns: dict[str, int] = {}
    ranked: list[tuple[int, int]] = []
    for index, command in enumerate(commands):
        turns[command.role] = turns.get(command.role, 0) + 1
        ranked.append((turns[command.role], index))
    return [commands[index] for index in sorted(index for _, index in sorted(ranked)[:rows])]


def _entries(entries: Sequence[EntryPoint], rows: int) -> str:
    if not entries:
        return ""
    lines = ["## Entry points", "| file | command line | key flags |", "|---|---|---|"]
    told_by: dict[str, str] = {}
    for entry in entries[:rows]:
        told = " · ".join(filter(None, (entry.framework, entry.note and _escaped(entry.note, 80))))
        flags = _flags(entry.flags, 8 if rows > 14 else 5)
        if entry.flags_path:
            first = told_by.setdefault(entry.flags_path, entry.path)
            flags = f"{flags} ({_code(entry.flags_path, 100)})" if first == entry.path else f"as {_code(first, 100)}"
        lines.append(f"| {_place(entry.path, entry.line)} | {told or '–'} | {flags or '–'} |")
    return "\n".join(lines) + _left(len(entries) - rows)


def _flags(flags: Sequence[Flag], most: int) -> str:
    shown = [_code(f"{flag.name} {flag.default}" if flag.default else flag.name, 50) for flag in flags[:most]]
    shown = [f"**{text}**" if flag.required else text for text, flag in zip(shown, flags, strict=False)]
    return " ".join(shown) + (f" +{len(flags) - most}" if len(flags) > most else "")


def _configs(found: RepoMap, rows: int) -> str:
    if not found.configs:
        return ""
    lines = ["## Configs"]
    for group in found.configs[:rows]:
        names = ", ".join(_code(name, 60) for name in group.names[:6])
        more = f", +{len(group.names) - 6}" if len(group.names) > 6 else ""
        lines.append(f"- {_code(group.directory + '/', 100)} {len(group.names)}: {names}{more}")
    return "\n".join(lines) + _left(len(found.configs) - rows)


def _batch(found: RepoMap, rows: int) -> str:
    if not found.batch:
        return ""
    lines = ["## Batch scripts", "| script | asks for |", "|---|---|"]
    for script in found.batch[:rows]:
        asked = " · ".join(f"{name} {_code(value, 60)}" for name, value in script.resources)
        lines.append(f"| {_place(script.path, script.line)} | {asked} |")
    return "\n".join(lines) + _left(len(found.batch) - rows)


def _also(found: RepoMap) -> str:
    facts: list[str] = []
    if found.tests:
        facts.append(f"{counted(len(found.tests), 'test file')} ({_directories(found.tests)})")
    if found.notebooks:
        names = ", ".join(_code(path, 80) for path in found.notebooks[:5])
        facts.append(
            f"{counted(len(found.notebooks), 'notebook')} ({names}{', …' if len(found.notebooks) > 5 else ''})"
        )
    if found.vendored:
        facts.append(f"{counted(len(found.vendored), 'vendored file')} ({_directories(found.vendored)})")
    return "## Also here\n" + " · ".join(facts) if facts else ""


def _directories(paths: Sequence[str]) -> str:
    tops = list(dict.fromkeys(posixpath.dirname(path).split("/")[0] or "." for path in paths))
    return ", ".join(_code(f"{top}/", 60) for top in tops[:4]) + (", …" if len(tops) > 4 else "")


def _place(path: str, line: int) -> str:
    return _escaped(f"{path}:{line}", 160)


def _left(number: int) -> str:
    return f"\n\n{number} more left out." if number > 0 else ""


def _refused(found: RepoMap) -> str:
    if not found.refused:
        return ""
    return f"\n\n{counted(found.refused, 'command')} left out: the wording addresses an agent."


def _code(text: str, limit: int) -> str:
    """A name of the repo as a code span, unless it is a message to an agent."""
    return _LEFT_OUT if reads_like_orders(text) else markdown.code(text, limit)


def _escaped(text: str, limit: int = 200) -> str:
    """A name of the repo as plain words, unless it is a message to an agent."""
    return _LEFT_OUT if reads_like_orders(text) else markdown.escaped(text, limit)
