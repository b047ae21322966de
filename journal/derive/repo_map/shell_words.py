"""Shell text cut into simple commands: continuations joined, comments and here-documents gone, words kept as written.

Not a shell: enough of the grammar to find which programs a script or a README runs. Never fails.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_LONGEST_LINE = 4000
_PROMPT = re.compile(r"^\s*(?:\([\w.-]{1,64}\)\s*)?(?:[\w.-]{1,64}@[\w.-]{1,64}[^$#]{0,80})?[$%>❯]\s+")
_HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1")
_TOKEN = re.compile(
    r"""(?:<[A-Za-z][^<>\n|;&]{0,40}>          # <placeholder>
        |[^\s"'\\;&|<>()`$\#]
        |\\.
        |"(?:[^"\\]|\\.)*"
        |'[^']*'
        |\$\([^()]*\)|\$\{[^}]*\}|`[^`]*`|\$
        |(?<=\S)\#
        |(?<=\w)\|(?=\w)                    # car|chair: a choice, in a README
        )+
      |&&|\|\||[;&|()]
      |[<>]+&?
      |\#.*""",
    re.VERBOSE,
)
_REDIRECTION = re.compile(r"[<>]+&?")
_SEPARATORS = frozenset({"&&", "||", ";", "&", "|", "(", ")"})
_KEYWORDS = frozenset(
    {"do", "then", "else", "if", "while", "until", "{", "}", "!", "time", "exec", "nohup", "sudo", "command"}
)


class SimpleCommand(NamedTuple):
    """One program with its words.

    Attributes:
        line: where it begins, counted from 1.
        words: as written, quotes included; leading assignments and keywords are not among them.
        assignments: the leading `NAME=value` words.
    """

    line: int
    words: tuple[str, ...]
    assignments: tuple[str, ...]


def simple_commands(lines: Iterable[tuple[int, str]]) -> Iterator[SimpleCommand]:
    """The simple commands of numbered lines, in order."""
    for number, line in _joined(lines):
        words: list[str] = []
        cut = False
        for token in [*_tokens(line), ";"]:
            if token in _SEPARATORS:
                if words:
                    yield _command(number, words)
                words, cut = [], False
            elif _REDIRECTION.fullmatch(token):
                # A redirection: it and what follows say nothing about what runs.
                cut = True
                if words and words[-1].isdecimal():
                    words.pop()
            elif not cut:
                words.append(token)


def unquoted(word: str) -> str:
    """A word's value where that is plain: quotes and backslashes removed, variables left as they are."""
    return re.sub(r"\\(.)|[\"']", lambda match: match[1] or "", word)


def _tokens(line: str) -> Iterator[str]:
    for match in _TOKEN.finditer(line):
        if match[0].startswith("#"):
            return
        yield match[0]


def _command(number: int, words: list[str]) -> SimpleCommand:
    start = 0
    while start < len(words) and words[start] in _KEYWORDS:
        start += 1
    end = start
    while end < len(words) and re.match(r"[A-Za-z_]\w*=", words[end]):
        end += 1
    return SimpleCommand(number, tuple(words[end:]), tuple(words[start:end]))


def _joined(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    begun, parts, ending = 0, "", ""
    for number, raw in lines:
        if ending:
            ending = "" if raw.strip() == ending else ending
            continue
        line = raw if parts else _PROMPT.sub("", raw)
        begun = begun if parts else number
        line = line.rstrip()
        if line.endswith("\\") and len(parts) < _LONGEST_LINE:
            parts += line[:-1] + " "
            continue
        whole = (parts + line)[:_LONGEST_LINE]
        parts = ""
        opened = _HEREDOC.search(whole)
        ending = opened[2] if opened else ""
        yield begun, whole
    if parts:
        yield begun, parts
