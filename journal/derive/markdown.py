"""Text from outside, made harmless for Markdown documents that people read and agents load.

Commit messages, branch names, prompts and log lines can hold anything. Here they become one line that renders as
the very characters it was, holds no control, bidirectional or invisible character, opens no comment, link, code,
HTML or `@file` import, and stands between quotation marks or in a code span, so that it cannot pass for an
instruction.
"""

import re
import unicodedata

_ESCAPE_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # OSC, DCS and other strings
    r"|\x1b[ -/]*[0-~]"  # the short ones
)
_JOINERS = "\u200c\u200d"  # in words of some scripts, and in emoji
_PLAIN_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.+/-]|_(?=[A-Za-z0-9]))*")

# What starts something in Markdown, and how it is written to stand for itself.
_SPECIAL = re.compile(
    r"[\\`*\[\]|]"
    r"|(?<![^\W_])_|_(?![^\W_])"  # snake_case stands as it is
    r"|[~$](?=.*[~$])"  # in pairs: struck out, mathematics
    r"|<(?=[A-Za-z/!?])|--+>"
    r"|&(?=#|[A-Za-z][A-Za-z0-9]*;)"
    r"|(?<!\w)@"  # in a file that an agent loads, @path imports that file
    r"|^(?:[#>+=-]|\d+[.)])"
)


def one_line(text: str, limit: int = 120) -> str:
    """Folds text to one line of visible characters, at most `limit` of them, a cut shown as "…".

    Escape sequences go whole; control characters and line ends become spaces; bidirectional and invisible
    characters go.
    """
    head = text if len(text) <= 20 * limit else text[: 20 * limit]
    visible = "".join(map(_shown, _ESCAPE_SEQUENCE.sub("", head)))
    folded = " ".join(visible.split())
    if len(folded) > limit or len(head) < len(text):
        folded = folded[: limit - 1].rstrip() + "…"
    return folded


def neutral(text: str, limit: int = 120) -> str:
    """Text from outside as one line of Markdown that renders as its literal characters; see `one_line`."""
    return _SPECIAL.sub(_escaped, one_line(text, limit))


def quoted(text: str, limit: int = 120) -> str:
    """Text from outside between quotation marks, those inside it escaped."""
    return '"' + neutral(text, limit).replace('"', '\\"') + '"'


def code(text: str, limit: int = 120) -> str:
    """Text from outside as a code span; a backtick in it becomes an apostrophe, a comment loses its form."""
    line = one_line(text, limit).replace("`", "'").replace("<!--", "<!- -").replace("-->", "- ->")
    return f"`{line or ' '}`"


def name(text: str, limit: int = 60) -> str:
    """A file's or branch's name: as it is where it consists of ordinary characters, else as a code span."""
    return text if len(text) <= limit and _PLAIN_NAME.fullmatch(text) else code(text, limit)


def _shown(character: str) -> str:
    if character.isascii():
        return character if " " <= character <= "~" else "" if character == "\x00" else " "
    category = unicodedata.category(character)
    if category in ("Zl", "Zp", "Cc"):
        return " "
    if character in _JOINERS:
        return character
    return "" if category in ("Cf", "Cs", "Cn") else character


def _escaped(special: re.Match[str]) -> str:
    found = special[0]
    if found == "<":
        return "&lt;"
    if found == "&":
        return "&amp;"
    if found.startswith("--"):
        return found[:-1] + "&gt;"
    if found[0].isdigit():
        return found[:-1] + "\\" + found[-1]
    return "\\" + found
