"""Redaction: takes secrets and this machine's identity out of text that is about to leave it.

Two tables do the work. Rules say what a secret looks like (rules.toml beside this file); each hit becomes
`[redacted:<rule>]`. Local names say who and where the person is (`LocalNames`); each becomes a pseudonym that stays
the same throughout a document: `user-1`, `host-2`, `~/run`, `<scratch>/dir-1/run`. Redacting twice changes nothing.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, cast

from journal.derive.redaction.local_identity import IdentityPass, LocalNames, identity_passes
from journal.derive.redaction.secret_shape import CHECKS, hides_secret

_BOUNDARY = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrt])|(?<=%[0-9A-Fa-f][0-9A-Fa-f])|(?<=\[[0-9][0-9]m)|(?<=\[[0-9]m))"

_QUOTE = r"""(?:\\?["']|%22|%27)"""
_SPACE = r"(?:\s|%20|\+){0,3}"
_ASSIGNS = (
    rf"(?:{_QUOTE}?(?:\]|%5D)?{_SPACE}(?:=>|:=|[=:](?![=:])|%3D|%3A){_SPACE}[rbf]?{_QUOTE}?"
    rf"|{_QUOTE}(?:,|%2C){_SPACE}{_QUOTE})"
)


_ROUNDS = 5  # more than any text has been seen to need: two, and one that finds nothing


class Rule(NamedTuple):
    """What one kind of secret looks like.

    Attributes:
        name: what a hit is called.
        keywords: in lower case; a text without any of them is not searched.
        pattern: the expression; its group `secret`, where it has one, is what is replaced.
        check: tells from a match whether it is a secret after all.
        hits, misses: examples, with `<alnum:34>` for random text.
    """

    name: str
    keywords: tuple[str, ...]
    pattern: re.Pattern[str]
    check: Callable[[re.Match[str]], bool] | None
    hits: tuple[str, ...]
    misses: tuple[str, ...]


def parse_rules(toml: str) -> tuple[Rule, ...]:
    """The rules of a rules file, in its order.

    Raises:
        ValueError: it is not TOML, or a pattern is not a regular expression.
        KeyError: a rule lacks a field, or names an unknown check.
    """
    return tuple(_rule(entry) for entry in tomllib.loads(toml)["rule"])


def _rule(entry: Mapping[str, Any]) -> Rule:
    try:
        pattern = re.compile(entry["pattern"].replace("⟨B⟩", _BOUNDARY).replace("⟨=⟩", _ASSIGNS))
    except re.error as error:
        raise ValueError(f"rule {entry['name']}: {error}") from error
    return Rule(
        name=entry["name"],
        keywords=tuple(entry["keywords"]),
        pattern=pattern,
        check=CHECKS[entry["check"]] if "check" in entry else None,
        hits=tuple(entry["hits"]),
        misses=tuple(entry["misses"]),
    )


class Redactor:
    """Redacts the texts of one document; keeps its pseudonyms and counts what it took out.

    Args:
        rules: what secrets look like.
        local_names: who and where the person is; None leaves that in and takes secrets alone out, for a reader who is
            that person.

    Attributes:
        counts: rule → how many hits so far.
    """

    def __init__(self, rules: Sequence[Rule], local_names: LocalNames | None) -> None:
        self.counts: Counter[str] = Counter()
        self._rules = rules
        self._pseudonyms: dict[tuple[str, str], str] = {}
        self._numbers: Counter[str] = Counter()
        self._identity: Iterable[IdentityPass] = () if local_names is None else identity_passes(local_names)
        for user in () if local_names is None else local_names.users:
            self._pseudonym("user", user)

    def text(self, text: str) -> str:
        """The text without secrets and without this machine's identity. Takes time linear in its length."""
        for _round in range(_ROUNDS):
            redacted = self._once(text)
            if redacted == text:
                break
            text = redacted  # a name that went may have hidden a secret beside it: look again
        return text

    def _once(self, text: str) -> str:
        lowered = text.lower()
        for rule in self._rules:
            if any(keyword in lowered for keyword in rule.keywords):
                text = rule.pattern.sub(partial(self._hide, rule), text)
        for step in self._identity:
            if step.concerns(text):
                text = step.pattern.sub(partial(self._rename, step), text)
        return text

    def value(self, value: Any) -> Any:
        """A JSON-like value with each key and each string redacted; other scalars stay as they are.

        A string under a key that promises a secret (`{"api_key": …}`) is judged as if it were written `key=value`.
        """
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return self._object(value)  # pyright: ignore[reportUnknownArgumentType]  # mypy calls a cast redundant
        if isinstance(value, list | tuple):
            return [self.value(member) for member in cast("Sequence[Any]", value)]
        return value

    def _object(self, members: Mapping[Any, Any]) -> dict[Any, Any]:
        return {self._key(key): self._member(key, member) for key, member in members.items()}

    def _key(self, key: Any) -> Any:
        return self.text(key) if isinstance(key, str) else key

    def _member(self, key: Any, member: Any) -> Any:
        if isinstance(key, str) and isinstance(member, str) and hides_secret(key, member):
            self.counts["assignment"] += 1
            return "[redacted:assignment]"
        return self.value(member)

    def _hide(self, rule: Rule, match: re.Match[str]) -> str:
        group = "secret" if match.groupdict().get("secret") is not None else 0
        if "[redacted:" in match[0] or (rule.check is not None and not rule.check(match)):
            return match[0]
        self.counts[rule.name] += 1
        before, after = match.start(group) - match.start(), match.end(group) - match.start()
        return f"{match[0][:before]}[redacted:{rule.name}]{match[0][after:]}"

    def _rename(self, step: IdentityPass, match: re.Match[str]) -> str:
        renamed = step.rename(match, self._pseudonym)
        if renamed != match[0]:
            self.counts[step.name] += 1
        return renamed

    def _pseudonym(self, kind: str, name: str) -> str:
        known = self._pseudonyms.get((kind, name))
        if known is None:
            self._numbers[kind] += 1
            known = self._pseudonyms[kind, name] = f"{kind}-{self._numbers[kind]}"
        return known
