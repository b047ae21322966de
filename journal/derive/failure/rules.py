"""Rules: what failures look like, as data.

One TOML file a label; the shipped ones in `failure_rules/` show the form:

```toml
label = "port_in_use"
explanation = "one sentence, for every rule that has none of its own"
advice = ["what to try first", "what to try then"]

[[rule]]
name = "bind"                     # with the label it names the rule
component = "torch-elastic"       # the tool or library that speaks
literals = ["already in use"]     # a line without any of these is not looked at; every match holds one
pattern = 'bind to .* in use'     # optional: a Python regular expression, searched in the line; linear time
weight = "cause"                  # optional: see WEIGHTS
priority = 0                      # optional: the higher wins, of two rules for a line and of two lines for a failure
code = 'cfg\\['                    # optional: the last line of code of the traceback must match
file = 'site-packages'            # optional: the last file of the traceback must match
near = 'gfx\\d'                    # optional: some line around it must match
claims = ["missing_module"]       # optional: what stands above it with such a label gets this rule's
explanation = "…"                 # optional
advice = ["…"]                    # optional
examples = ["…"]                  # texts, of one line or more, that must be diagnosed so
counter_examples = ["…"]          # texts that must not
```

The group `signature` of a pattern, where it has one, narrows what of the line is the decisive text.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, NamedTuple, cast

from journal.errors import JournalError

# How a finding is weighed against others, the heaviest first.
WEIGHTS = {
    "verdict": "the batch system's word: outranks all others",
    "root": "explains the failures that come with it, wherever it stands: a full disk, a killed process",
    "cause": "what went wrong",
    "suspect": "a warning that explains what comes after it: a cause, where no sign of life follows",
    "tolerable": "a cause that a run may survive: none where signs of life follow",
    "echo": "what a failure elsewhere leads to: a cause only where nothing else is",
    "wrapper": "says that something failed, not why",
    "harmless": "looks bad and means nothing: no other rule sees the line",
}

# What a cause is called, and how a person reads it.
LABELS = {
    "gpu_oom": "GPU memory",
    "host_oom": "memory of the node",
    "time_limit": "time limit",
    "node_failure": "broken node",
    "preempted": "preempted",
    "cancelled": "cancelled",
    "nccl_comm": "communication between ranks",
    "cuda_driver_mismatch": "GPU driver",
    "rocm_hip": "GPU library",
    "gpu_arch_unsupported": "built for other hardware",
    "missing_module": "missing module",
    "import_symbol": "library that does not fit",
    "version_conflict": "versions that do not fit",
    "build_failure": "build",
    "data_missing": "missing file",
    "data_shape": "shapes that do not fit",
    "numeric": "numbers",
    "hub_network": "network",
    "disk_quota": "full disk or quota",
    "permission": "permission",
    "slurm_submit": "submission",
    "container": "container",
    "shm_dataloader": "data loading workers",
    "port_in_use": "port in use",
    "config_error": "configuration",
    "segfault": "crash",
    "keyboard_interrupt": "interrupted",
    "other_exception": "exception",
    "ok": "no failure",
}


SIGN_KINDS = ("done", "start", "alive")


class Sign(NamedTuple):
    """A line that says how a run goes.

    Attributes:
        kind: one of SIGN_KINDS: the work is done, a run begins here, or it makes progress.
        pattern: a regular expression, searched in the line with each of its digits as 0.
    """

    kind: str
    pattern: str


class Rule:
    """One way in which a failure shows.

    Attributes:
        label, name, component, weight, priority, literals, claims, examples, counter_examples: as in its file.
        explanation, advice: the file's, where it has none of its own.
        own: whether it is the person's.
    """

    def __init__(self, label: str, table: Mapping[str, Any], where: str, *, own: bool) -> None:
        self.label = label
        self.name: str = table["name"]
        self.component: str | None = table.get("component")
        self.weight: str = table.get("weight", "cause")
        self.priority: int = table.get("priority", 0)
        self.claims: tuple[str, ...] = tuple(table.get("claims", ()))
        self.literals: tuple[str, ...] = tuple(table["literals"])
        self.explanation: str = table.get("explanation", "")
        self.advice: tuple[str, ...] = tuple(table.get("advice", ()))
        self.examples: tuple[str, ...] = tuple(table.get("examples", ()))
        self.counter_examples: tuple[str, ...] = tuple(table.get("counter_examples", ()))
        self.own = own
        self._table = table
        self._where = where

    @property
    def id(self) -> str:
        """What it is called in a diagnosis."""
        return f"{self.label}/{self.name}"

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The expression that the line must match; where there is none, its literals."""
        return self._compiled("pattern") or re.compile("|".join(re.escape(literal) for literal in self.literals))

    @cached_property
    def code(self) -> re.Pattern[str] | None:
        """What the traceback's last line of code must match."""
        return self._compiled("code")

    @cached_property
    def file(self) -> re.Pattern[str] | None:
        """What the path of the traceback's last file must match."""
        return self._compiled("file")

    @cached_property
    def near(self) -> re.Pattern[str] | None:
        """What some line around must match."""
        return self._compiled("near")

    @cached_property
    def rank(self) -> tuple[bool, int, int]:
        """How it compares to another rule that matches the same line: the greater is the line's."""
        return self.own, self.priority, -_PLACE[self.weight]

    def compile_all(self) -> None:
        """Finds out whether all its expressions are regular ones.

        Raises:
            JournalError: one is not.
        """
        for key in ("pattern", "code", "file", "near"):
            self._compiled(key)

    def _compiled(self, key: str) -> re.Pattern[str] | None:
        # Compiled when first wanted: of hundreds of rules a log needs a handful, and each costs a fraction of a ms.
        source = self._table.get(key)
        try:
            return re.compile(source) if source else None
        except re.error as error:
            raise JournalError(
                f"{self._where}: {key} of rule {self.name!r} is no regular expression ({error})", "correct it"
            ) from error


_PLACE = {weight: place for place, weight in enumerate(WEIGHTS)}


class Rules:
    """All rules.

    Attributes:
        rules: in the order of their files.
        signs: of the file of label "ok".
        words: label → explanation and advice, for where no rule speaks.
    """

    def __init__(
        self, rules: Iterable[Rule], signs: Iterable[Sign], words: Mapping[str, tuple[str, tuple[str, ...]]]
    ) -> None:
        self.rules = tuple(rules)
        self.signs = tuple(signs)
        self.words = words


def read_rules(texts: Mapping[str, str], own: Mapping[str, str] | None = None) -> Rules:
    """Reads rule files.

    Args:
        texts: name of a file, for errors → TOML; the shipped ones.
        own: likewise, the person's; on equal terms their rules win.

    Raises:
        JournalError: one of them is not as shown above.
    """
    rules: list[Rule] = []
    signs: list[Sign] = []
    words: dict[str, tuple[str, tuple[str, ...]]] = {}
    for files, is_own in ((own or {}, True), (texts, False)):
        for where, text in files.items():
            tables = _tables(text, where)
            label: str = tables["label"]
            if not is_own:
                words[label] = (tables.get("explanation", ""), tuple(tables.get("advice", ())))
            rules += [_rule(table, tables, where, own=is_own) for table in tables.get("rule", ())]
            signs += [_sign(table, where) for table in tables.get("sign", ())]
    return Rules(rules, signs, words)


def _rule(found: object, tables: Mapping[str, Any], where: str, *, own: bool) -> Rule:
    table = _checked(found, _RULE_KEYS, where, "a rule")
    defaults = {key: tables[key] for key in ("explanation", "advice") if key in tables}
    for key in ("name", "literals"):
        if not table.get(key):
            raise JournalError(f"{where}: a rule has no {key}", f"add {key} = …")
    if table.get("weight", "cause") not in WEIGHTS:
        raise JournalError(f"{where}: weight is {str(table['weight'])[:60]!r}", f"use one of {', '.join(WEIGHTS)}")
    rule = Rule(tables["label"], {**defaults, **table}, where, own=own)
    if own:
        rule.compile_all()
    return rule


def _sign(found: object, where: str) -> Sign:
    table = _checked(found, {"kind": str, "pattern": str}, where, "a sign")
    return Sign(table["kind"], table["pattern"])


_TOP_KEYS: dict[str, type] = {"label": str, "explanation": str, "advice": list, "rule": list, "sign": list}
_RULE_KEYS: dict[str, type] = {
    **dict.fromkeys(("name", "component", "pattern", "weight", "code", "file", "near", "explanation"), str),
    **dict.fromkeys(("literals", "claims", "advice", "examples", "counter_examples"), list),
    "priority": int,
}


def _tables(text: str, where: str) -> Mapping[str, Any]:
    try:
        tables = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise JournalError(f"{where} is not valid TOML ({error})", "correct that line") from error
    _checked(tables, _TOP_KEYS, where, "the file")
    if tables.get("label") not in LABELS:
        raise JournalError(
            f"{where}: label is {str(tables.get('label'))[:60]!r}", f"use one of {', '.join(sorted(LABELS))}"
        )
    return tables


def _checked(found: object, keys: Mapping[str, type], where: str, what: str) -> Mapping[str, Any]:
    """A table of which each key is known and each value of the right type.

    Raises:
        JournalError: it is not.
    """
    if not isinstance(found, Mapping):
        raise JournalError(f"{where}: {what} is no table", "write [[rule]] above it")
    table = cast("Mapping[str, Any]", found)
    for key, value in table.items():
        if key not in keys:
            raise JournalError(f"{where}: {what} sets {key!r}, which is unknown", f"use one of {', '.join(keys)}")
        texts = keys[key] is list and key not in ("rule", "sign")
        if not isinstance(value, keys[key]) or (texts and not _all_texts(cast("list[Any]", value))):
            wanted = {str: "a string", int: "a whole number", list: "a list of strings"}[keys[key]]
            raise JournalError(f"{where}: {key} of {what} is {str(value)[:60]!r}", f"write {wanted}")
    return table


def _all_texts(values: Iterable[object]) -> bool:
    return all(isinstance(value, str) and value for value in values)
