"""The redactor that guards everything that leaves: the shipped rules, and the names of this machine and project."""

from importlib.resources import files

from journal.capture.local_names import MachineNames
from journal.derive.redaction.local_identity import LocalNames
from journal.derive.redaction.redactor import Redactor, Rule, parse_rules


def shipped_rules() -> tuple[Rule, ...]:
    """The rules that ship with the journal."""
    return parse_rules(files("journal.derive.redaction").joinpath("rules.toml").read_text(encoding="utf-8"))


def redactor_for(names: MachineNames | LocalNames) -> Redactor:
    """A fresh redactor, for one document, that knows these names."""
    return Redactor(shipped_rules(), LocalNames(*names))
