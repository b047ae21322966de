"""The redactor that guards everything that leaves: the shipped rules, and the names of this machine and project."""

from journal.capture.local_names import MachineNames
from journal.derive.redaction.local_identity import LocalNames
from journal.derive.redaction.redactor import Redactor
from journal.store.secret_rules import shipped_rules


def redactor_for(names: MachineNames | LocalNames) -> Redactor:
    """A fresh redactor, for one document, that knows these names."""
    return Redactor(shipped_rules(), LocalNames(*names))
