"""Untrusted text made safe to stand in a generated document: one line, inert, and never an order to an agent.

The documents are read by people, rendered by forges and loaded into agents' contexts. What comes from a repo, a log
or a commit passes through here first.
"""

import re
import unicodedata

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x1b]*(?:\x1b\\)?|[@-_])")
# An underscore inside a word (train_ae.py) is only itself in CommonMark; elsewhere it may open emphasis.
_SPECIAL = re.compile(r"[\\`*\[\]<>&|~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_MARKER = re.compile(r"journal\s*:\s*(begin|end)", re.IGNORECASE)
_ORDER = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:instruction|prompt|rule|guideline|context|above"
    r"|previous|prior|earlier|everything)"
    r"|\b(?:system|developer)\s+(?:prompt|message|instruction)"
    r"|\byou\s+(?:are\s+now|must|should|will\s+now|have\s+to)\b"
    r"|\b(?:ai|coding|language)\s+(?:agents?|assistants?|models?)\s*(?:[:,]|must|should|please)"
    r"|\b(?:claude|chatgpt|copilot|cursor|assistant)\s*[:,]"
    r"|\bdo\s+not\s+(?:tell|mention|reveal|inform|ask)\b"
    r"|</?(?:system|instructions?|assistant|human|user|important)\b",
    re.IGNORECASE | re.DOTALL,
)


def one_line(text: str, limit: int = 200) -> str:
    """Text on one line without what a terminal, a bidirectional renderer or a marker's reader would act on.

    Args:
        text: anything, surrogates included.
        limit: the most characters kept; what is cut ends in "…".
    """
    text = text[: 8 * limit]
    if text.isascii() and text.isprintable():
        kept = text
    else:
        shown = (" " if char.isspace() else char for char in _ANSI.sub("", text) if char.isspace() or _is_visible(char))
        kept = "".join(shown)
    folded = " ".join(kept.split())
    # A block's marker must never come from anywhere but the journal.
    folded = _MARKER.sub(r"journal \1", folded.replace("<!--", "< !--").replace("-->", "-- >"))
    return folded if len(folded) <= limit else folded[: limit - 1].rstrip() + "…"


def escaped(text: str, limit: int = 200) -> str:
    """Untrusted text as plain words of Markdown: nothing in it is markup, HTML, a link or a table's edge."""
    return _SPECIAL.sub(_escape, one_line(text, limit))


def code(text: str, limit: int = 200) -> str:
    """Untrusted text as a code span that also fits in a table's cell."""
    inner = one_line(text, limit).replace("`", "'").replace("|", "\\|")
    return f"`{inner}`" if inner else ""


def reads_like_orders(text: str) -> bool:
    """Whether text speaks to an agent rather than about the work: such lines are left out, not quoted."""
    return _ORDER.search(text.replace("-", " ").replace("_", " ")) is not None


def _is_visible(char: str) -> bool:
    # Cc controls, Cf formats (bidirectional overrides, zero-width, tags), Cs surrogates, Co private, Cn unassigned.
    return unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn")


def _escape(match: re.Match[str]) -> str:
    return {"<": "&lt;", ">": "&gt;", "&": "&amp;"}.get(match[0], "\\" + match[0])
