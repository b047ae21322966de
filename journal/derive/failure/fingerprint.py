"""What of an error stays the same between runs: the text without what belongs to one run, one machine or one person."""

import re
from collections.abc import Callable

from journal.derive.log.lines import without_rank

_LONGEST = 160
_ROUNDS = 6  # more than any text has been seen to need: two, and one that changes nothing

_PATH = re.compile(
    r"(?<![\w<>])(?:\.{0,3}|~[\w.-]{0,40})(?:/[^\s/'\"`:;,()<>\[\]{}‘’]{1,255}){1,60}/?"  # /a/b, ~/a, ../a, .../a
    r"|(?<![\w.<>/-])(?:[\w.-]{1,255}/){2,60}[\w.-]{0,255}"  # a/b/c
)
_LIBRARY = re.compile(r"[\w+.-]{1,100}\.so(?:\.\d+)*\Z")
_DIGITS = re.compile(r"\d+")
# In this order, over and over until nothing changes.
_STEPS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (r"\x1b\[[0-9;]{0,20}m", ""),
        (r"\b[a-zA-Z][a-zA-Z0-9+.-]{1,20}://[^\s'\"<>()]+", "<url>"),
        (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?", "<time>"),
        (r"\b\d{1,2}:\d\d:\d\d(?:[.,]\d+)?\b", "<time>"),
        (r"\bslurmstepd-[\w.-]{1,80}:", "slurmstepd:"),
        (r"\b(ON|on node|on host|on|host) [A-Za-z][\w.-]{0,80}\d[\w.-]{0,40}(?=[\s,;:)]|$)", r"\1 <host>"),
        (r"\berror: [A-Za-z][\w.-]{0,80}: (?=tasks? )", "error: <host>: "),
        (r"\btasks? [\d,-]+:", "task <n>:"),
        (r"\[[A-Za-z][\w.-]{0,80}:\d+(?::\d+){0,3}\]", "[<host>]"),
        (r"^[A-Za-z][\w.-]{0,80}:\d+:\d+ \[\d+\] ", ""),
        (r"\bnid\d+\b", "<host>"),
        (r"\[?\b(?:\d{1,3}\.){3}\d{1,3}\b\]?(?::\d+|<\d+>)?", "<address>"),
        (r"(?<![\w:])(?:[0-9a-fA-F]{1,4}:){3,7}[0-9a-fA-F]{1,4}(?![\w:])", "<address>"),
        (r"(?<!\w)0[xX][0-9a-fA-F]+(?!\w)", "<hex>"),
        (r"(?<!\w)(?=[a-fA-F]{0,64}\d)(?=\d{0,64}[a-fA-F])[0-9a-fA-F]{8,64}(?!\w)", "<hash>"),
        (r"(?<![\w.])[+-]?\d+(?:\.\d+)? ?(?:[KMGTP]i?B|[kKMGT]?[bB]ytes|B)\b", "<size>"),
        (r"(?<!\w)\d+(?:x\d+)+(?!\w)", "<shape>"),
        (r"(?<![\w<.])[+-]?\d+(?:[._]\d+)*(?:[eE][+-]?\d+)?(?:ms|us|s)?(?![\w>])", "<n>"),
        (r"(?:<n>[, -]{1,2}){1,400}<n>,?|<n>,(?=[)\]])", "<n>"),
        (r"(?:torch\.Size)?\(?[\[(]<n>[\])]\)?", "<shape>"),
        (r"<shape>(?:,? ?<shape>){1,100}", "<shape>"),
        (r"\s+", " "),
        (r"\A(?:[A-Za-z_]\w{0,80}\.){1,10}(?=[A-Z]\w{0,80}(?::|\Z))", ""),
    )
)


def fingerprint(label: str, signature: str) -> str:
    """The error as it will be told again: in another run, in another repository, by another person.

    Paths, addresses, hosts, ranks, job ids, times, sizes, shapes and other numbers are gone; names of modules, symbols,
    keys and libraries stay, and of a missing file its name. Readable; giving it once more changes nothing.

    Args:
        label: of the diagnosis.
        signature: the decisive line.
    """
    text = signature.removeprefix(f"{label}: ")
    name_of = _file_name if label == "data_missing" else _library_name
    for _round in range(_ROUNDS):
        reduced = _reduced(text, name_of)
        if reduced == text:
            break
        text = reduced
    return f"{label}: {text}"


def _reduced(text: str, name_of: Callable[[re.Match[str]], str]) -> str:
    text = without_rank(text[: 20 * _LONGEST])[1].strip()
    for pattern, instead in _STEPS[:2]:
        text = pattern.sub(instead, text)
    text = _PATH.sub(name_of, text)
    for pattern, instead in _STEPS[2:]:
        text = pattern.sub(instead, text)
    return text[:_LONGEST].strip()


def _library_name(found: re.Match[str]) -> str:
    name = found[0].rstrip("/").rpartition("/")[2]
    return name if _LIBRARY.match(name) else "<path>"


def _file_name(found: re.Match[str]) -> str:
    return _DIGITS.sub("<n>", found[0].rstrip("/").rpartition("/")[2]) or "<path>"
