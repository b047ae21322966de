"""ENV.md's section of gotchas, and what other documents say of one: Markdown, all text from logs made harmless.

A gotcha's line is read by agents, and half of it comes from logs. What is quoted stands in code spans; what speaks to
its reader rather than of the failure is left out.
"""

from collections.abc import Sequence

from journal.derive.amounts import counted
from journal.derive.event_words import label_words, number_of
from journal.derive.gotcha.gotcha import Gotcha
from journal.derive.gotcha.remedy import Piece, Remedy, remedy_of
from journal.derive.markdown import code, escaped, name
from journal.derive.order_words import reads_like_orders

SHOWN = 12
_ERROR = 120
_SENTENCE = 200
_PIECE = 120
_SEEN = 3


def gotchas_section(gotchas: Sequence[Gotcha], unsolved: int, cluster: str | None) -> str:
    """What applies here: one line each, at most a dozen, the rest counted.

    Args:
        gotchas: ranked; only those that are worth telling.
        unsolved: how many failures of this repo were not overcome yet.
        cluster: the one that "here" is on; None outside of any.
    """
    lines = ["## Gotchas"]
    lines += [f"- {gotcha_line(gotcha, cluster)}" for gotcha in gotchas[:SHOWN]]
    left = len(gotchas) - SHOWN
    notes = [f"{left:,} more: `journal gotchas`"] if left > 0 else []
    if unsolved:
        notes.append(f"{counted(unsolved, 'failure')} not overcome yet: `journal gotchas`")
    if not gotchas:
        lines.append("None yet: when a failure is overcome, what fixed it is kept here.")
    if notes:
        lines += ["", " · ".join(notes)] if gotchas else [" · ".join(notes)]
    return "\n".join(lines)


def gotcha_line(gotcha: Gotcha, cluster: str | None) -> str:
    """`**G7** `error`: what it means. Fixed by `…` in job.sh. Seen 8122871; gone since 8122902. *this repo*`."""
    error = harmless_code(gotcha.error, _ERROR)
    meaning = harmless(gotcha.title, _SENTENCE)
    parts = [": ".join(filter(None, (error, meaning))) or label_words(gotcha.label or "gotcha")]
    parts += [words for words in (_what_to_do(gotcha), _seen(gotcha)) if words]
    told = " ".join(part if part.endswith((".", "…")) else f"{part}." for part in parts)
    return f"**{gotcha.name}** {told} *{applies_to(gotcha, cluster)}*"


def _what_to_do(gotcha: Gotcha) -> str:
    """Somebody's word, else what fixed it, and the rule's advice where that is not known."""
    if gotcha.said_advice:
        return harmless(gotcha.said_advice, _SENTENCE) or f"Advice: `journal gotcha {gotcha.name}`"
    found = remedy_of(gotcha)
    told = remedy_words(found) if found else ""
    advice = next(filter(None, (harmless(text, _SENTENCE) for text in gotcha.advice)), "")
    if found and found.likely and told:
        return told
    if gotcha.status == "transient":
        return f"{told}: run it again" if told else ""
    return ". ".join(filter(None, (advice and f"Try: {advice.rstrip('.')}", told)))


def remedy_words(found: Remedy) -> str:
    """`Fixed by `pip install einops``, `Gone after changes in train.py`; "" where nothing is known of it."""
    if found.unchanged:
        return "Went with the same code"
    pieces = [words for piece in found.pieces if (words := _piece_words(piece))]
    if not pieces:
        return ""
    if found.likely:
        return f"Fixed by {' and '.join(pieces)}"
    what = "changes in " if found.pieces[0].kind == "file" else ""
    return f"Gone after {what}{', '.join(pieces)}"


def _piece_words(piece: Piece) -> str:
    if piece.kind == "file":
        return _harmless_name(piece.text)
    told = harmless_code(piece.text, _PIECE)
    place = _harmless_name(piece.place) if piece.place is not None else ""
    return f"{told} in {place}" if told and place else told


def _harmless_name(path: str) -> str:
    return "" if reads_like_orders(path) else name(path)


def _seen(gotcha: Gotcha) -> str:
    if not gotcha.seen:
        return ""
    numbers = ", ".join(filter(None, (harmless(job.job_id, 24) for job in gotcha.seen[:_SEEN])))
    more = f" and {gotcha.jobs - _SEEN:,} more" if gotcha.jobs > _SEEN else ""
    passed = harmless(number_of(gotcha.fix["passed"]), 24) if gotcha.fix else ""
    if not passed:
        gone = ""
    elif gotcha.struck_again:
        gone = f"; {passed} got past it"
    else:
        gone = f"; gone since {passed}"
    return f"Seen {numbers}{more}{gone}" if numbers else ""


def applies_to(gotcha: Gotcha, cluster: str | None) -> str:
    """Where it holds: `this repo`, `lumi, all repos`, `everywhere`; with a mark where a person stands for it."""
    if gotcha.scope == "cluster":
        where = f"{harmless(cluster or '', 60) or 'this cluster'}, all repos"
    else:
        where = {"repo": "this repo", "general": "everywhere"}.get(gotcha.scope, "this repo")
    return f"{where}, confirmed" if gotcha.status == "confirmed" else where


def harmless(text: str, limit: int) -> str:
    """Text from outside that stands without quotation marks; none where it speaks to who reads it."""
    return "" if reads_like_orders(text) else escaped(text, limit)


def harmless_code(text: str, limit: int) -> str:
    """Text from outside as a code span; none where it speaks to who reads it."""
    return "" if reads_like_orders(text) else code(text, limit)
