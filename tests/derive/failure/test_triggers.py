"""The fast way through a log looks at every line that a rule could match."""

from hypothesis import given
from hypothesis import strategies as st

from journal.derive.failure.templates import Templates, blanked
from journal.derive.failure.triggers import HEADLINES, index_of, texts_with, triggers
from journal.derive.log.lines import LogLine
from journal.ingest.failure_rules import load_rules

RULES = load_rules()
TRIGGERS = triggers(RULES)


def test_every_literal_holds_a_trigger() -> None:
    for rule in RULES.rules:
        for literal in rule.literals:
            assert any(trigger in literal.encode() for trigger in TRIGGERS), literal


def test_every_rule_can_be_found_by_its_literals() -> None:
    found = {rule.id for literals in index_of(RULES).literals.values() for _, rules in literals for rule in rules}
    assert found == {rule.id for rule in RULES.rules}


def test_the_headlines_are_in_most_decisive_lines() -> None:
    lines = [line.encode() for rule in RULES.rules if rule.weight != "harmless" for line in rule.examples]
    held = sum(any(headline in line for headline in HEADLINES) for line in lines)
    assert held / len(lines) > 0.7


@given(
    st.lists(st.text(alphabet="abc 0", max_size=8), max_size=8),
    st.lists(st.text(alphabet="abc", min_size=1, max_size=3)),
)
def test_texts_are_found_by_what_they_hold(texts: list[str], wanted: list[str]) -> None:
    found = texts_with(texts, wanted)
    assert found == {at: held for at, text in enumerate(texts) if (held := [one for one in wanted if one in text])}


@given(st.lists(st.text(alphabet="ab12é", max_size=4), max_size=20))
def test_lines_of_one_template_differ_in_digits_alone(texts: list[str]) -> None:
    templates = Templates([LogLine(at + 1, text) for at, text in enumerate(texts)])
    assert [templates.texts[template] for template in templates.of_line] == [blanked(text) for text in texts]
    assert len(set(templates.texts)) == len(templates.texts)


def test_of_many_lines_of_a_template_the_ends_are_looked_at() -> None:
    templates = Templates([LogLine(at + 1, f"error {at % 10}") for at in range(100)])
    assert templates.lines_of([0], most=2) == [0, 1, 98, 99]
    assert templates.lines_of([], most=2) == []
