"""What was changed between two runs: which files are worth a look, and which lines of them are worth keeping."""

import difflib
import posixpath
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from journal.derive.edits import is_beside_the_code, matters_to_a_rerun
from journal.derive.gotcha.relevance import FailureWords
from journal.derive.manifests import is_manifest
from journal.facts import FixedFile

LOOKED_AT = 8  # files whose patches are read
_LISTED = 12
_EXCERPTS = 4  # files of which lines are kept
_MOST_LINES = 12
_LONGEST_LINE = 200
_SETTINGS = re.compile(r"\.(?:ya?ml|toml|cfg|ini|def|env|json|txt|in)$|(?:^|/)(?:Dockerfile|Makefile|\.env)[\w.-]*$")
_BIG = 400  # lines: a change of more is seldom the fix, and never readable


class ChangedPath(NamedTuple):
    """A file that differs between two runs' code; `added` and `removed` are None for a binary one."""

    path: str
    is_new: bool
    added: int | None
    removed: int | None
    old_path: str | None = None


def that_may_matter(paths: Iterable[ChangedPath], script: str | None, words: FailureWords) -> list[ChangedPath]:
    """The files that a job may have run with, the likeliest first.

    Args:
        paths: all that differ.
        script: the job's script, below the worktree's top.
        words: of the failure.

    A new file that is neither code nor settings is what jobs wrote.
    """
    kept = [each for each in paths if _matters(each)]

    def rank(each: ChangedPath) -> tuple[int, int, str]:
        size = (each.added or 0) + (each.removed or 0)
        declares = each.path == script or is_manifest(each.path)
        readable = each.added is not None and size <= _BIG
        likely = words.in_text(each.path) + 2 * declares + readable
        return -likely, size, each.path

    return sorted(kept, key=rank)


def _matters(each: ChangedPath) -> bool:
    if is_beside_the_code(each.path):
        return False
    return matters_to_a_rerun(each.path, is_new=each.is_new) or bool(_SETTINGS.search(each.path))


def fixed_files(ranked: Sequence[tuple[ChangedPath, str]], words: FailureWords) -> list[FixedFile]:
    """The files of a fix, the likeliest first, with lines of those that speak most of the failure.

    Args:
        ranked: files with their patches ("" where that was not read), as `that_may_matter` orders them.
        words: of the failure.
    """
    scored = [(words.in_text(_added_lines(patch)), number) for number, (_, patch) in enumerate(ranked)]
    order = [number for _, number in sorted(scored, key=lambda one: (-one[0], one[1]))][:_LISTED]
    files: list[FixedFile] = []
    for place, number in enumerate(order):
        path, patch = ranked[number]
        file: FixedFile = {"path": path.path, "added": path.added, "removed": path.removed}
        if path.old_path is not None:
            file["old_path"] = path.old_path
        if place < _EXCERPTS and (kept := excerpt(patch, words)):
            file["patch"] = kept
        files.append(file)
    return files


def excerpt(patch: str, words: FailureWords) -> str:
    """At most a dozen lines of a patch: the hunks that speak most of the failure, in their order."""
    hunks = [hunk for hunk in re.split(r"^(?=@@ )", patch, flags=re.MULTILINE) if hunk]
    if not hunks:
        return ""
    ranked = sorted(range(len(hunks)), key=lambda number: (-words.in_text(_added_lines(hunks[number])), number))
    kept: dict[int, list[str]] = {}
    left = _MOST_LINES
    for number in ranked:
        lines = _cut(hunks[number].splitlines(), left, words)
        if left < 2 or len(lines) < 2:
            break
        kept[number] = lines
        left -= len(lines)
    return "\n".join(_shortened(line) for number in sorted(kept) for line in kept[number])


def _cut(lines: list[str], count: int, words: FailureWords) -> list[str]:
    """A hunk of at most so many lines: its head, then the part around its most telling line."""
    if len(lines) <= count or count < 2:
        return lines[:count]
    head, body = lines[0], lines[1:]
    best = max(range(len(body)), key=lambda number: (words.in_text(_added_lines(body[number])), -number))
    start = max(0, min(best - 1, len(body) - (count - 1)))
    return [head, *body[start : start + count - 1]]


def _shortened(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 1] + "…"


def _added_lines(patch: str) -> str:
    """What a patch adds; of one that only removes, what it removes."""
    lines = patch.splitlines()
    added = [line[1:] for line in lines if line.startswith("+")]
    return "\n".join(added or [line[1:] for line in lines if line.startswith("-")])


def script_change(path: str, before: str, after: str) -> tuple[ChangedPath, str]:
    """How the text of a job's script differs, as of a file: for scripts that lie in no snapshot."""
    one, other = before.splitlines(), after.splitlines()
    lines = list(difflib.unified_diff(one, other, lineterm="", n=0))[2:]
    added = sum(line.startswith("+") for line in lines)
    removed = sum(line.startswith("-") for line in lines)
    return ChangedPath(posixpath.normpath(path), False, added, removed), "".join(f"{line}\n" for line in lines)
