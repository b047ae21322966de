"""Text from outside, made harmless for Markdown documents that people read and agents load.

Commit messages, branch names, prompts, log lines and names of files can hold anything. Here they become one line that
renders as the very characters it was, holds no control, bidirectional or invisible character, opens no comment, link,
code, HTML, table cell, block of ours or `@file` import. Between quotation marks or in a code span it cannot pass for
an instruction either; see also `journal.derive.order_words`.
"""

import re
import unicodedata

_ESCAPE_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # OSC, DCS and other strings
    r"|\x1b[ -/]*[0-~]"  # the short ones
)
_JOINERS = "\u200c\u200d"  # in words of some scripts, and in emoji: one, between two characters that are not ASCII
_BESIDE = rf"[^\x00-\x7f{_JOINERS}\s]"
_JOINER = re.compile(rf"(?<={_BESIDE})([{_JOINERS}])[{_JOINERS}]*(?={_BESIDE})|[{_JOINERS}]+")
_BLOCK_MARKER = re.compile(r"journal\s*:\s*(begin|end)", re.IGNORECASE)
_PLAIN_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.+/-]|_(?=[A-Za-z0-9]))*")

# What starts something in Markdown, and how it is written to stand for itself.
_SPECIAL = re.compile(
    r"[\\`*\[\]<>&|~]"
    r"|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])"  # snake_case stands as it is
    r"|\$(?=.*\$)"  # in pairs: mathematics
    r"|(?<!\w)@"  # in a file that an agent loads, @path imports that file
    r"|^(?:[#+=-]|\d+[.)](?!\S))"
)
_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}


def one_line(text: str, limit: int = 200) -> str:
    """Folds text to one line of visible characters, at most `limit` of them, a cut shown as "…".

    Escape sequences go whole; control characters and line ends become spaces; bidirectional, private and invisible
    characters go, surrogates too. Comments and the markers of our blocks lose their form, wherever the line is put.
    """
    head = text if len(text) <= 20 * limit else text[: 20 * limit]
    if not (head.isascii() and head.isprintable()):
        head = _JOINER.sub(r"\1", "".join(map(_shown, _ESCAPE_SEQUENCE.sub("", head))))
    folded = " ".join(head.split())
    folded = _BLOCK_MARKER.sub(r"journal \1", folded.replace("<!--", "< !--").replace("-->", "-- >"))
    if len(folded) > limit or len(text) > 20 * limit:
        folded = folded[: limit - 1].rstrip() + "…"
    return folded


def escaped(text: str, limit: int = 200) -> str:
    """Text from outside as one line of Markdown that renders as its literal characters; see `one_line`."""
    return _SPECIAL.sub(_escape, one_line(text, limit))


def quoted(text: str, limit: int = 200) -> str:
    """Text from outside between quotation marks, those inside it escaped."""
    return '"' + escaped(text, limit).replace('"', '\\"') + '"'


def code(text: str, limit: int = 200) -> str:
    """Text from outside as a code span that also fits in a table's cell; empty where nothing of it is visible.

    A backtick in it becomes an apostrophe.
    """
    inner = one_line(text, limit).replace("`", "'").replace("|", "\\|")
    return f"`{inner}`" if inner else ""


def name(text: str, limit: int = 60) -> str:
    """A file's or branch's name: as it is where it consists of ordinary characters, else as a code span."""
    return text if len(text) <= limit and _PLAIN_NAME.fullmatch(text) else code(text, limit) or "` `"


def _shown(character: str) -> str:
    if character.isascii():
        return character if " " <= character <= "~" else "" if character == "\x00" else " "
    category = unicodedata.category(character)
    if category in ("Zl", "Zp", "Cc"):
        return " "
    if character in _JOINERS:
        return character
    return "" if category in ("Cf", "Cs", "Co", "Cn") else character


def _escape(special: re.Match[str]) -> str:
    found = special[0]
    if found[0].isdigit():
        return found[:-1] + "\\" + found[-1]
    return _ENTITIES.get(found, "\\" + found)
