"""Judges whether a text that stands where a secret could stand is one: a random string, a password, or just a word.

Rules of rules.toml name these checks. All look at one match and cost time linear in its length.
"""

import re
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from math import log2

_PLACEHOLDER = re.compile(
    r"(?i)^(?:[$%{<*]|x{3,}|\.{3}|-+$)|your[_-]|example|placeholder|changeme|redacted|dummy|insert|_here$|\*{3}|\.{3}"
)
_UUID = re.compile(r"(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_HEX = re.compile(r"(?i)[0-9a-f]+")
_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
_PREFIXED_DIGEST = re.compile(r"(?i)(?:sha(?:1|256|384|512)|md5|swh|blake2b?)[:-]")
_NUMBER = re.compile(r"[-+]?[0-9][0-9_,.]*(?:[eE][-+]?[0-9]+)?[a-zA-Z%]{0,3}")
_CODE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_PATH = re.compile(
    r"(?:~|\.{1,2})?/[\w.~-]+(?:/|$)|[a-z_.-]+(?:/[a-z_.-]+)+$|[\w-]+(?:/[\w.-]+)*\.(?:py|json|ya?ml|toml|txt|sh|pem|env|cfg|md)$"
)
_RANDOM_RUN = re.compile(r"(?=[A-Za-z]{0,30}[0-9])(?=[A-Z0-9]{0,30}[a-z])(?=[a-z0-9]{0,30}[A-Z])[A-Za-z0-9]{10}")
_RUN = re.compile(r"[A-Za-z0-9]+")
_ENCODED_QUOTE = re.compile(r"%2[27C].*", re.DOTALL)
_SECRET_NAME = re.compile(
    r"(?i)(?:^|[_.\-])(?:api[_-]?key|api[_-]?token|(?:access|secret|private|auth|account|signing|client|refresh|session)"
    r"[_-]?(?:key|token|secret)|secret|token|pass(?:word|wd|phrase)?|pwd|credentials?)[0-9]?$|apikey$|accesskey$|"
    r"[a-z](?:Key|Token|Secret|Password)$"
)
_SURE_NAME = re.compile(r"(?i)api|secret|access|auth|client|private|signing|refresh|account")
_PUBLIC_KEYS = ("cache_", "primary_", "foreign_", "sort_", "public_", "group_", "partition_", "dict_", "state_")
_NO_PASSWORD = frozenset(
    {
        "true", "false", "none", "null", "required", "optional", "string", "str", "text", "bool", "int", "password",
        "passwd", "secret", "hidden", "prompt", "input", "value", "field", "default", "empty", "unset", "incorrect",
        "invalid", "wrong", "missing", "correct", "accepted", "rejected", "failed",
    }
)  # fmt: skip


def is_random(text: str) -> bool:
    """Whether a text looks made by a machine: long enough, letters and digits, not words joined by dashes."""
    if len(text) < 12 or _is_ordinary(text):
        return False
    if not any(c.isdigit() for c in text) or not any(c.isalpha() for c in text):
        return len(text) >= 20 and _mixes_case(text) and entropy(text) >= 3.8
    longest = max((run[0] for run in _RUN.finditer(text)), key=len, default="")
    return entropy(text) >= 3.0 and (len(longest) >= 12 or entropy(text) >= 4.0) and not _is_wordy(text)


def entropy(text: str) -> float:
    """Bits a character, from the text's own letter frequencies."""
    return -sum(n / len(text) * log2(n / len(text)) for n in Counter(text).values())


def _is_ordinary(text: str) -> bool:
    return bool(
        _PLACEHOLDER.search(text)
        or _NUMBER.fullmatch(text)
        or _CODE.fullmatch(text)
        or (_PATH.match(text) and not _RANDOM_RUN.search(text))
        or _PREFIXED_DIGEST.match(text)
    )


def _is_wordy(text: str) -> bool:
    """`bert-base-uncased-2018`: pieces that are each a word or a number."""
    pieces = re.split(r"[-_./:]", text)
    return len(pieces) > 2 and all(len(p) <= 14 and (p.isalpha() or p.isdigit() or len(p) <= 4) for p in pieces)


def _mixes_case(text: str) -> bool:
    changes = sum(a.islower() and b.isupper() for a, b in pairwise(text))
    return changes >= 4


def _is_identifier(text: str) -> bool:
    """A SHA, UUID or ULID: random, and public."""
    return bool(
        _UUID.fullmatch(text) or _ULID.fullmatch(text) or (_HEX.fullmatch(text) and len(text) in (32, 40, 64, 128))
    )


def _is_password(text: str) -> bool:
    if len(text) < 5 or text.lower() in _NO_PASSWORD or _is_ordinary(text):
        return False
    kinds = sum((any(c.islower() for c in text), any(c.isupper() for c in text), any(c.isdigit() for c in text))) + any(
        not c.isalnum() and c not in "._" for c in text
    )
    return kinds >= 2 and not (text[:1].isupper() and text[1:].isalpha() and text[1:].islower())


def _random(match: re.Match[str]) -> bool:
    return is_random(match.groupdict().get("secret") or match[0])


def _password(match: re.Match[str]) -> bool:
    start = match.start()
    inside_word = start > 0 and match.string[start - 1].isalpha() and match[0][0].islower()
    return not inside_word and not _is_call(match) and _is_password(match["secret"].rstrip(".:"))


def _password_argument(match: re.Match[str]) -> bool:
    text = match["secret"]
    return _is_password(text) and any(c.isdigit() for c in text)


def _assignment(match: re.Match[str]) -> bool:
    before = match.string[max(0, match.start() - 12) : match.start()].lower()
    return (
        not before.endswith(_PUBLIC_KEYS)
        and not _is_call(match)
        and _assigned(match["name"], match["secret"].rstrip(".:"))
    )


def _is_call(match: re.Match[str]) -> bool:
    return match.string[match.end() : match.end() + 1] in ("(", "[", "{")


def _assigned(name: str, text: str) -> bool:
    text = _ENCODED_QUOTE.sub("", text)
    if _is_identifier(text):
        return bool(_SURE_NAME.search(name))
    return is_random(text)


def _wandb(match: re.Match[str]) -> bool:
    between = match[0][: match.start("secret") - match.start()].lower()
    return any(word in between for word in ("key", "login", "password", "token"))


def _url(match: re.Match[str]) -> bool:
    return not _PLACEHOLDER.search(match["secret"]) and not match["secret"].isdigit()


def hides_secret(name: str, text: str) -> bool:
    """Whether a value under this name is a secret, as in the JSON member `"api_key": "…"`."""
    if not _SECRET_NAME.search(name) or "[redacted:" in text:
        return False
    return _is_password(text) if re.search("(?i)pass|pwd", name) else _assigned(name, text)


CHECKS: dict[str, Callable[[re.Match[str]], bool]] = {
    "random": _random,
    "password": _password,
    "password-argument": _password_argument,
    "assignment": _assignment,
    "wandb": _wandb,
    "url": _url,
}
