"""A person's edits inside a generated block, carried over to its next generation.

The three-way merge is by lines (merge3). Where both sides changed the same lines the person wins, but only there:
a line generated anew beside an edited one still appears.
"""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher, get_close_matches

_EVENT = re.compile(r"\[[0-9a-f]{7}\]\s*$")


def merge_lines(base: Sequence[str], mine: Sequence[str], generated: Sequence[str]) -> list[str]:
    """The block's next lines: every line that the person put in is there, in its place.

    A generated line that the person took out stays out while it is generated unchanged; one that they rewrote
    stays as they wrote it.

    Args:
        base: what was generated last.
        mine: the block as it stands, edited by the person. Its lines' ends may differ from the base's.
        generated: what is generated now.

    Returns:
        Lines with their ends: the person's as they stand in `mine`, the others as in `generated`.
    """
    from merge3 import Merge3

    base = _bare(base)
    merged: list[str] = []
    for region in Merge3(base, _bare(mine), _bare(generated)).merge_regions():
        if region[0] == "conflict":
            _, base_start, base_end, mine_start, mine_end, start, end = region
            merged += _settled(base[base_start:base_end], mine[mine_start:mine_end], generated[start:end])
        elif region[0] == "unchanged":
            merged += [_end_like(generated, line) for line in base[region[1] : region[2]]]
        else:
            side = generated if region[0] == "b" else mine
            merged += side[region[1] : region[2]]
    return merged


def _settled(base: Sequence[str], mine: Sequence[str], generated: Sequence[str]) -> list[str]:
    """Lines for a place that both sides changed.

    The person's own lines, each where the line that it followed or replaced would be, and of the generated ones
    those that are new: not one that the person took out, nor the successor of one that they rewrote.
    """
    successor = _successors(base, _bare(generated))
    gone: set[int] = set()
    own: dict[int, list[str]] = {}
    edits = SequenceMatcher(None, base, _bare(mine), autojunk=False).get_opcodes()
    for kind, start, end, mine_start, mine_end in edits:
        if kind == "equal":
            continue
        followers = [successor[at] for at in range(start, end) if at in successor]
        place = min(followers, default=max((successor[at] + 1 for at in range(start) if at in successor), default=0))
        own.setdefault(place, []).extend(mine[mine_start:mine_end])
        unchanged = {place for place in followers if generated[place].rstrip("\r\n") in base[start:end]}
        gone.update(followers if kind == "replace" else unchanged)
    merged: list[str] = []
    for place in range(len(generated) + 1):
        merged += own.get(place, [])
        merged += generated[place : place + 1] if place not in gone else []
    return merged


def _successors(base: Sequence[str], generated: Sequence[str]) -> dict[int, int]:
    """For each base line the generated line that is it, else that resembles it; lines of two events never do."""
    free = list(range(len(generated)))
    successor: dict[int, int] = {}
    for cutoff in (1.0, 0.5):
        for at, line in enumerate(base):
            if at in successor:
                continue
            alike = [generated[place] for place in free if _event(generated[place]) == _event(line)]
            if near := get_close_matches(line, alike, n=1, cutoff=cutoff):
                successor[at] = next(place for place in free if generated[place] == near[0])
                free.remove(successor[at])
    return successor


def _event(line: str) -> str | None:
    """The short event id that a line ends with, if any."""
    found = _EVENT.search(line)
    return found[0] if found else None


def _end_like(generated: Sequence[str], line: str) -> str:
    return line + ("\r\n" if generated and generated[0].endswith("\r\n") else "\n")


def _bare(lines: Sequence[str]) -> list[str]:
    return [line.rstrip("\r\n") for line in lines]
