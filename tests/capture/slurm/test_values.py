"""The ways in which Slurm writes numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journal.capture.slurm import values


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("12", ("12", None, None, None)),
        ("12.batch", ("12", None, None, "batch")),
        ("12_7", ("12", "7", None, None)),
        ("12_7.0", ("12", "7", None, "0")),
        ("12_[3-9%2]", ("12", "3-9%2", None, None)),
        ("12_[1,5,7-9]", ("12", "1,5,7-9", None, None)),
        ("12+1", ("12", None, 1, None)),
        ("12+1.extern", ("12", None, 1, "extern")),
    ],
)
def test_a_jobs_number_tells_task_component_and_step(text: str, read: tuple[object, ...]) -> None:
    assert values.job_id(text) == read


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("00:00.004", 0.004), ("01:02:03", 3723.0), ("2-00:00:00", 172800.0), ("00:30", 30.0), ("", None), ("x", None)],
)
def test_spans(text: str, seconds: float | None) -> None:
    assert values.span(text) == seconds


@pytest.mark.parametrize(
    ("text", "size"),
    [("128M", 128 << 20), ("1234K", 1234 << 10), ("0", 0), ("4Gn", 2 * 4 << 30), ("2Gc", 8 * 2 << 30), ("?", None)],
)
def test_sizes_are_bytes_of_the_whole_job(text: str, size: int | None) -> None:
    assert values.size(text, nodes=2, cpus=8) == size


def test_gpus_are_those_of_all_models() -> None:
    assert values.gpu_count(values.resources("cpu=2,gres/gpu=8,gres/gpu:mi250=8,mem=1G")) == 8
    assert values.gpu_count(values.resources("gres/gpu:a100=2,gres/gpu:h100=1")) == 3
    assert values.gpu_count(values.resources("cpu=2,mem=1G")) is None


def test_what_wait_tells_is_a_code_or_a_signal() -> None:
    assert values.wait_status("1792") == (7, 0)
    assert values.wait_status("9") == (0, 9)


@pytest.mark.parametrize("text", ["Unknown", "None", "", "0", "99999999999999999999", "12:30"])
def test_no_time_is_none(text: str) -> None:
    assert values.moment(text) is None


def test_a_moment_is_kept_as_all_are() -> None:
    assert values.moment("1795489277") == "2026-11-24T03:01:17.000Z"


@given(st.text(max_size=20))
def test_nothing_that_slurm_may_write_is_too_odd(text: str) -> None:
    for read in (values.job_id, values.moment, values.span, values.size, values.number, values.exit_code):
        read(text)
    values.gpu_count(values.resources(text))
