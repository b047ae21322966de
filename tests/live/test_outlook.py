"""What is expected of a job whose log is read while it grows."""

from datetime import timedelta

from journal.derive.log.lines import split_lines
from journal.derive.progress.reader import ProgressReader
from journal.live.outlook import outlook_of
from journal.live.overview import JobNow
from tests.live import made_up


def read_while_it_ran(seconds: int, step_s: float, limit_s: int) -> JobNow:
    """A job of 600 steps that has run for some seconds, its log read every ten."""
    reader = ProgressReader()
    start = made_up.NOW - timedelta(seconds=seconds)
    for second in range(10, seconds + 1, 10):
        steps = range(int((second - 10) / step_s), int(second / step_s))
        data = "".join(f"step {step + 1}/600 | loss {3 / (step + 1):.4f}\n" for step in steps).encode()
        reader.feed(split_lines(data), (start + timedelta(seconds=second)).timestamp() + 0.37)
    job = made_up.job("7", "train", "RUNNING", started_at=seconds, limit_s=limit_s)
    return job._replace(progress=reader.progress(), written_at=made_up.NOW.timestamp() + 0.37)


def test_it_ends_when_its_pace_says() -> None:
    found = outlook_of(read_while_it_ran(120, 1.0, 3600), made_up.NOW)
    assert found.flags == ()
    assert found.eta_s is not None
    assert 470 < found.eta_s < 490


def test_it_hits_its_limit_where_that_comes_first() -> None:
    found = outlook_of(read_while_it_ran(120, 2.0, 600), made_up.NOW)
    assert found.flags == ("limit",)
    assert found.will_hit_limit_at_step is not None
    assert 290 < found.will_hit_limit_at_step < 310


def test_it_is_silent_when_nothing_was_written_for_long() -> None:
    job = read_while_it_ran(120, 1.0, 86_400)
    assert outlook_of(job, made_up.NOW + timedelta(minutes=5)).stalled_s is None
    assert outlook_of(job, made_up.NOW + timedelta(hours=2)).flags == ("stalled",)


def test_nothing_is_expected_of_a_log_that_was_not_read() -> None:
    assert outlook_of(made_up.EVALUATE, made_up.NOW) == (None, None, None, None, None, ())
