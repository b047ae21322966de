"""What trainers print, each in its way, is read; `cases.jsonl` holds lines of theirs with the state they end in."""

from typing import Any

import pytest

from journal.derive.log.lines import split_lines, without_rank
from journal.derive.progress.form import Form
from journal.derive.progress.prefix import without_prefix
from journal.derive.progress.recognition import said_by
from journal.derive.progress.said import Context
from journal.derive.progress.shape import may_say, shape_of, squeezed
from journal.derive.progress.trainers import FORMS, NAMES_OF_BARS
from tests.derive.progress.comparison import progress_of, read_cases, wrong_fields

CASES = read_cases()
LINES = sorted({line.text for case in CASES for line in split_lines(case["text"].encode())})


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_log_is_read(case: dict[str, Any]) -> None:
    assert wrong_fields(case) == {}
    progress = progress_of(case["text"])
    assert progress.step is None or progress.step_scope == case["step_scope"]


def _name(form: Form) -> str:
    return f"{form.framework}:{form.example[:24]}"


@pytest.mark.parametrize("form", [*FORMS, *NAMES_OF_BARS], ids=_name)
def test_a_form_reads_its_example(form: Form) -> None:
    assert form.read(form.example) is not None
    first = next(each for each in (*FORMS, *NAMES_OF_BARS) if each.read(form.example) is not None)
    assert first.framework == form.framework


@pytest.mark.parametrize("form", FORMS, ids=_name)
def test_a_line_of_a_form_is_of_a_shape_that_may_say_something(form: Form) -> None:
    assert may_say(shape_of(squeezed(form.example)), form.example)


def test_a_line_that_says_something_is_of_a_shape_that_may() -> None:
    said = [line for line in LINES if any(said_by(without_prefix(without_rank(line)[1])[1], Context()))]
    assert [line for line in said if not may_say(shape_of(squeezed(line)), squeezed(line))] == []


@pytest.mark.parametrize(
    "text",
    [
        "Namespace(epochs=300, batch_size=32, lr=0.1, warmup_steps=1000, log_interval=50)",
        "  num_train_epochs=3,\n  max_steps=1000,\n  eval_steps=500,\n  save_steps=500,",
        "=> loading checkpoint 'model.pth' (epoch 90)",
        '  File "/opt/venv/lib/python3.11/site-packages/torch/nn/functional.py", line 3014, in cross_entropy',
        "/opt/lib/python3.11/site-packages/torch/optim/lr_scheduler.py:28: UserWarning: step 2 came before step 1",
        "GPU 0: NVIDIA A100-SXM4-80GB (UUID: GPU-1)",
        "slurmstepd: error: *** STEP 15.0 ON n02 CANCELLED AT 2026-11-23T16:51:55 DUE TO TIME LIMIT ***",
        "srun: job 512 queued and waiting for resources\nsrun: job 512 has been allocated resources",
        "Elapsed wallclock time:   44.0 seconds\nUsed CPU time:   1.2 CPU seconds",
        "model has 25,557,032 parameters\n12.6 K    Trainable params\n0.103     Total estimated model params size (MB)",
        "Best epoch: 9",
        "epochs: 300\nsteps: 1000",
    ],
)
def test_what_is_no_progress_is_not_taken_for_it(text: str) -> None:
    assert not progress_of(text).says_something
