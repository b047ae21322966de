"""When a job will be done, weighed against its time limit."""

import pytest

from journal.derive.progress.outlook import Timing, outlook, steps_a_second
from journal.derive.progress.progress import Progress, Throughput, progress_json

HOUR = 3600.0


def test_what_the_log_says_counts_first() -> None:
    progress = Progress(step=100, total_steps=1000, eta_s=900.0, throughput=Throughput(1.0, "it/s"))
    found = outlook(progress, Timing(now=1000.0, started_at=0.0, limit_s=2 * HOUR, written_at=1000.0))
    assert (found.eta_s, found.ends_at, found.will_hit_limit_at_step, found.flags) == (900.0, 1900.0, None, ())


def test_what_it_said_a_while_ago_is_less_by_that() -> None:
    found = outlook(Progress(step=1, total_steps=9, eta_s=900.0), Timing(now=1060.0, written_at=1000.0))
    assert found.eta_s == 840.0


def test_a_job_that_hits_its_limit_says_at_which_step() -> None:
    progress = Progress(step=1000, total_steps=10_000, pace=((0.0, 0), (500.0, 500), (1000.0, 1000)))
    found = outlook(progress, Timing(now=1000.0, started_at=0.0, limit_s=HOUR, written_at=1000.0))
    assert found.eta_s == 9000.0
    assert found.will_hit_limit_at_step == 3600
    assert found.flags == ("limit",)


def test_steps_of_an_epoch_are_weighed_with_the_epochs() -> None:
    progress = Progress(step=50, total_steps=100, step_scope="epoch", epoch=3, total_epochs=10, eta_s=50.0,
                        pace=((0.0, 1.0), (125.0, 2.25), (250.0, 3.5)))  # fmt: skip
    found = outlook(progress, Timing(now=250.0, started_at=0.0, limit_s=650.0, written_at=250.0))
    assert found.eta_s == 750.0  # 7.5 epochs at 100 s; what the log says is of the epoch
    assert (found.will_hit_limit_at_epoch, found.will_hit_limit_at_step) == (7, 50)


def test_without_samples_the_throughput_or_the_time_so_far_tell() -> None:
    timing = Timing(now=600.0, started_at=0.0, limit_s=HOUR, written_at=600.0)
    assert outlook(Progress(step=100, total_steps=1100, throughput=Throughput(500.0, "ms/iter")), timing).eta_s == 500.0
    assert outlook(Progress(step=100, total_steps=1100), timing).eta_s == pytest.approx(6000.0)
    assert outlook(Progress(epoch=2, total_epochs=5), timing).eta_s == pytest.approx(900.0)


def test_what_cannot_be_told_is_not() -> None:
    assert outlook(Progress(step=100), Timing(now=600.0, started_at=0.0, limit_s=HOUR)).eta_s is None
    assert outlook(Progress(), Timing(now=600.0)) == outlook(Progress(), Timing(now=900.0))
    assert outlook(Progress(step=5, total_steps=9), Timing(now=5.0, started_at=9.0)).eta_s is None  # clocks that differ


def test_one_that_is_done_has_no_time_to_go() -> None:
    found = outlook(
        Progress(step=9, total_steps=9, done=True), Timing(now=5e5, started_at=0.0, limit_s=9.0, written_at=0.0)
    )
    assert (found.eta_s, found.stalled_s, found.flags) == (0.0, None, ())


@pytest.mark.parametrize(("silent", "stalled"), [(60.0, None), (880.0, None), (2000.0, 2000.0)])
def test_a_silent_job_is_flagged_as_stalled(silent: float, stalled: float | None) -> None:
    progress = Progress(step=9, total_steps=900, pace=((0.0, 1), (30.0, 5), (60.0, 9)))
    found = outlook(progress, Timing(now=60.0 + silent, started_at=0.0, written_at=60.0))
    assert found.stalled_s == stalled
    assert ("stalled" in found.flags) == (stalled is not None)


def test_one_that_is_always_slow_is_not_stalled_so_soon() -> None:
    progress = Progress(step=2, total_steps=90, pace=((0.0, 1), (600.0, 2)))
    assert outlook(progress, Timing(now=3000.0, written_at=600.0)).stalled_s is None
    assert outlook(Progress(), Timing(now=3000.0, written_at=600.0)).stalled_s is None  # nothing yet: data are loaded


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [(2.5, "it/s", 2.5), (4.0, "s/it", 0.25), (500.0, "ms/iter", 2.0), (250.0, "us/step", 4000.0),
     (3.0, "steps/s", 3.0), (7865.0, "tokens/s", None), (0.0, "it/s", None), (float("nan"), "s/it", None)],
)  # fmt: skip
def test_steps_a_second(value: float, unit: str, expected: float | None) -> None:
    assert steps_a_second(Throughput(value, unit)) == expected


def test_json_holds_what_was_promised() -> None:
    progress = Progress(
        step=1, total_steps=2, metrics={"loss": float("nan"), "lr": 0.1}, throughput=Throughput(2.0, "it/s")
    )
    told = progress_json(progress, outlook(progress, Timing(now=1.0)))
    assert told["metrics"] == {"loss": None, "lr": 0.1}
    assert told["throughput"] == {"value": 2.0, "unit": "it/s"}
    assert {"step", "total_steps", "epoch", "total_epochs", "eta_s", "done", "outlook"} <= set(told)
    assert "outlook" not in progress_json(progress)
