"""What got past a failure, in words. They hold text from outside: whoever shows them makes them harmless."""

from journal.derive.gotcha.gotcha import Gotcha
from journal.derive.gotcha.remedy import Piece, Remedy, remedy_of


def what_helped(gotcha: Gotcha) -> str:
    """`fixed by pip install einops`, in a line; what the rule advises where that is not known."""
    if gotcha.said_advice:
        return gotcha.said_advice
    found = remedy_of(gotcha)
    told = remedy_words(found) if found else ""
    if (found and found.likely) or not gotcha.advice:
        return told
    return " · ".join(filter(None, (f"try: {gotcha.advice[0]}", told)))


def remedy_words(found: Remedy) -> str:
    """`fixed by pip install einops`, `gone after changes in a.py`; "" where nothing is known of it."""
    if found.unchanged:
        return "went with the same code"
    pieces = ", ".join(map(_piece_words, found.pieces))
    if not pieces:
        return ""
    if found.likely:
        return f"fixed by {pieces}"
    return f"gone after {'changes in ' if found.pieces[0].kind == 'file' else ''}{pieces}"


def _piece_words(piece: Piece) -> str:
    return f"{piece.text} in {piece.place}" if piece.place is not None else piece.text
