"""Every shipped rule holds to its own examples, and can be read by people."""

import re
from pathlib import Path

import pytest

import journal.derive
from journal.derive.failure.diagnosis import diagnose
from journal.derive.failure.rules import LABELS, Rule
from journal.derive.log.lines import split_lines
from journal.ingest.failure_rules import load_rules

RULES = load_rules()
DIRECTORY = Path(journal.derive.__file__).with_name("failure_rules")


def test_every_label_has_a_file_and_every_file_a_label() -> None:
    assert {path.stem for path in DIRECTORY.glob("*.toml")} == set(LABELS) == set(RULES.words)


@pytest.mark.parametrize("rule", RULES.rules, ids=lambda rule: rule.id)
def test_a_rule_is_found_by_its_own_examples(rule: Rule) -> None:
    for example in rule.examples:
        found = diagnose(list(split_lines(example.encode())), RULES)
        assert (found.label, found.rule) == (rule.label, rule.id), example
        assert found.signature
        assert found.signature in "\n".join(example.splitlines())
    for example in rule.counter_examples:
        assert diagnose(list(split_lines(example.encode())), RULES).rule != rule.id, example


@pytest.mark.parametrize("rule", RULES.rules, ids=lambda rule: rule.id)
def test_a_rule_says_something_and_its_pattern_needs_its_literals(rule: Rule) -> None:
    assert rule.weight == "harmless" or (rule.explanation and rule.advice)
    assert rule.weight == "harmless" or rule.examples
    assert re.compile(rule.pattern)
    assert all(text == text.strip() and "\n" not in text for text in (rule.explanation, *rule.advice))


def test_names_are_given_once() -> None:
    names = [rule.id for rule in RULES.rules]
    assert [name for name in names if names.count(name) > 1] == []
