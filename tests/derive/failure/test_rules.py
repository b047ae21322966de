"""Rule files: what they may hold, and what is said of one that is wrong."""

import re
import re._constants as constants
import re._parser as parser
from collections.abc import Iterable
from typing import Any

import pytest

from journal.derive.failure.rules import WEIGHTS, read_rules
from journal.errors import JournalError
from journal.ingest.failure_rules import load_rules
from journal.paths import failures_dir

RULE = 'label = "numeric"\n[[rule]]\nname = "x"\nliterals = ["nan"]\n'
UNBOUNDED = 1_000  # repetitions from which on a repeat counts as one without end


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("label = ", "not valid TOML"),
        ('label = "bad_luck"', "bad_luck"),
        ("explanation = 'x'", "label is 'None'"),
        (RULE + 'colour = "red"\n', "colour"),
        ('label = "numeric"\n[[rule]]\nliterals = ["nan"]\n', "has no name"),
        ('label = "numeric"\n[[rule]]\nname = "x"\nliterals = []\n', "has no literals"),
        (RULE + 'weight = "heavy"\n', "heavy"),
        (RULE + "priority = 'high'\n", "a whole number"),
        (RULE + "advice = 'one'\n", "a list of strings"),
        (RULE + "advice = [1]\n", "a list of strings"),
        (RULE + "pattern = '('\n", "regular expression"),
        ('label = "numeric"\nrule = ["x"]\n', "no table"),
        ('label = "ok"\n[[sign]]\nkind = "done"\npattern = 3\n', "a string"),
    ],
)
def test_a_file_that_is_wrong_is_told_with_its_name(text: str, word: str) -> None:
    with pytest.raises(JournalError) as told:
        read_rules({}, {"/home/ada/mine.toml": text})
    assert "/home/ada/mine.toml" in str(told.value)
    assert word in str(told.value)


def test_ones_own_rules_are_read_beside_the_configuration() -> None:
    failures_dir().mkdir(parents=True)
    (failures_dir() / "mine.toml").write_text(RULE, encoding="utf-8")
    assert [rule.id for rule in load_rules().rules if rule.own] == ["numeric/x"]
    (failures_dir() / "mine.toml").write_bytes(b"\xff")
    with pytest.raises(JournalError, match=r"mine\.toml"):
        load_rules()


def test_what_a_file_says_holds_for_its_rules() -> None:
    text = 'label = "numeric"\nexplanation = "E"\nadvice = ["A"]\n[[rule]]\nname = "x"\nliterals = ["nan"]\n'
    [rule] = read_rules({"numeric.toml": text}).rules
    assert (rule.explanation, rule.advice, rule.weight, rule.priority) == ("E", ("A",), "cause", 0)
    assert rule.pattern.search("loss nan")


def test_weights_are_all_in_use() -> None:
    assert {rule.weight for rule in load_rules().rules} == set(WEIGHTS)


def _nested(items: Iterable[Any], *, inside: bool = False) -> bool:
    """Whether a repeat without end is inside another: `(a+)+`, which takes exponential time."""
    for operation, argument in items:
        parts: list[Iterable[Any]] = []
        endless = False
        if operation in (constants.MAX_REPEAT, constants.MIN_REPEAT):
            endless, parts = argument[1] >= UNBOUNDED, [argument[2]]
        elif operation is constants.BRANCH:
            parts = argument[1]
        elif operation is constants.SUBPATTERN:
            parts = [argument[3]]
        elif operation in (constants.ASSERT, constants.ASSERT_NOT):
            parts = [argument[1]]
        if (endless and inside) or any(_nested(part, inside=inside or endless) for part in parts):
            return True
    return False


def test_no_pattern_repeats_a_repeat() -> None:
    assert _nested(parser.parse("(?:a+b)*"))
    assert not _nested(parser.parse("(?:a{1,9}b)*c+"))
    shipped = load_rules()
    sources = {rule.id: rule.pattern.pattern for rule in shipped.rules} | {s.pattern: s.pattern for s in shipped.signs}
    assert [name for name, source in sources.items() if _nested(parser.parse(source))] == []


def test_no_pattern_looks_for_something_after_two_runs_of_anything() -> None:
    """`.*a.*b` takes cubic time: at most one `.*` stands before something else."""
    middle = re.compile(r"(?<!\\)\.[*+](?![)'|]|$)")
    sources = [rule.pattern.pattern for rule in load_rules().rules]
    assert [source for source in sources if any(len(middle.findall(part)) > 1 for part in source.split("|"))] == []
