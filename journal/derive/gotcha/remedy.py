"""What most likely fixed a failure: the few pieces of a change that speak of it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from journal.derive.gotcha.gotcha import Gotcha
from journal.derive.gotcha.relevance import LIKELY, FailureWords

_TOLD = 2
_TOLD_FILES = 3
_COMMENTS = ("#", "//", "--", '"""')


class Piece(NamedTuple):
    """One piece of a change.

    Attributes:
        kind: "command" that was run, "line" that was added to a file, "circumstance" that differs, "file" that was
            changed.
        text: it; of a file its path.
        place: of a line, the file's path.
    """

    kind: Literal["command", "line", "circumstance", "file"]
    text: str
    place: str | None = None


class Remedy(NamedTuple):
    """What was changed between a failure and the run that got past it.

    Attributes:
        likely: whether the pieces speak of the failure; else they are merely what was changed.
        pieces: the most telling first; none where nothing was changed, or nothing is known of it.
        unchanged: whether it is certain that the code was the same, and nothing else is known to have changed.
    """

    likely: bool
    pieces: tuple[Piece, ...]
    unchanged: bool = False


def remedy_of(gotcha: Gotcha) -> Remedy | None:
    """What got past a gotcha's failure; None where nothing did."""
    fix = gotcha.fix
    if fix is None:
        return None
    words = FailureWords(gotcha.label or "", (gotcha.fingerprint or "", gotcha.signature or ""), gotcha.advice)
    return remedy(fix, words)


def remedy(fix: Mapping[str, Any], words: FailureWords) -> Remedy:
    """The pieces of a FixFact that speak of a failure, else the first of what was changed."""
    scored = [(words.in_text(piece.text), number, piece) for number, piece in enumerate(_pieces(fix))]
    likely = [piece for score, _, piece in sorted(scored, key=lambda one: (-one[0], one[1])) if score >= LIKELY]
    if likely:
        return Remedy(True, tuple(_of_different_kinds(likely)))
    commands = [Piece("command", command) for command in fix["commands"]][-_TOLD:]
    files = [Piece("file", str(file["path"])) for file in fix["changed"]][:_TOLD_FILES]
    around = [Piece("circumstance", words) for words in fix["environment"]][:_TOLD]
    kept = commands or files or around
    return Remedy(False, tuple(kept), unchanged=not kept and bool(fix["compared"]))


def _pieces(fix: Mapping[str, Any]) -> Iterator[Piece]:
    for command in fix["commands"]:
        yield Piece("command", command)
    for file in fix["changed"]:
        for line in file.get("patch", "").splitlines():
            added = line[1:].strip()
            if line.startswith("+") and added and not added.startswith(_COMMENTS):
                yield Piece("line", added, str(file["path"]))
    for words in fix["environment"]:
        yield Piece("circumstance", words)


def _of_different_kinds(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """The first piece of each kind, two at most: the same change is often told by a command and by a package."""
    kinds: set[str] = set()
    for piece in pieces:
        if piece.kind not in kinds and len(kinds) < _TOLD:
            kinds.add(piece.kind)
            yield piece
