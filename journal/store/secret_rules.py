"""Where the rules of redaction are read: what secrets look like."""

from importlib.resources import files

from journal.derive.redaction.redactor import Redactor, Rule, parse_rules


def shipped_rules() -> tuple[Rule, ...]:
    """The rules that ship with the journal."""
    return parse_rules(files("journal.derive.redaction").joinpath("rules.toml").read_text(encoding="utf-8"))


def secrets_redactor() -> Redactor:
    """A redactor that takes secrets out and leaves names and paths in, for what stays with the person."""
    return Redactor(shipped_rules(), None)
