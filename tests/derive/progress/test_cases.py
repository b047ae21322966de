"""What trainers print, each in its way, is read; `cases.jsonl` holds lines of theirs with the state they end in."""

from typing import Any

import pytest

from journal.derive.progress.recognition import said_by
from journal.derive.progress.said import Context
from journal.derive.progress.shape import may_say, shape_of, squeezed
from journal.derive.progress.trainers import FORMS, NAMES_OF_BARS
from journal.derive.log.lines import split_lines, without_rank
from journal.derive.progress.prefix import without_prefix
from tests.derive.progress.comparison import progress_of, read_cases, wrong_fields

CASES = read_cases()
LINES = sorted({line.text for case in CASES for line in split_lines(case["text"].encode())})


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_log_is_read(case: dict[str, Any]) -> None:
    assert wrong_fields(case) == {}
    progress = progress_of(case["text"])
    assert progress.step is None or progress.step_scope == case["step_scope"]


@pytest.mark.parametrize("form", [*FORMS, *NAMES_OF_BARS], ids=lambda form: f"{form.framework}:{form.mark}")
def test_every_form_has_a_line_that_it_reads(form: Any) -> None:
    names = [line.partition("|")[0].rpartition(" ")[0] for line in LINES] + [line.rpartition(":")[0] for line in LINES]
    texts = [without_prefix(without_rank(line)[1])[1] for line in LINES] + LINES + names
    assert any(form.read(text) is not None for text in texts)


def test_a_line_that_says_something_is_of_a_shape_that_may() -> None:
    context = Context(None, ())
    silent = [
        line
        for line in LINES
        if any(said_by(without_prefix(without_rank(line)[1])[1], context))
        and not may_say(shape_of(squeezed(line)), line)
    ]
    assert silent == []
