"""How often Slurm is asked."""

from hypothesis import given
from hypothesis import strategies as st

from journal.capture.slurm.budget import CAPACITY, Patience, Purse, failed, filled, is_due, may_try, spent

_NOON = 1_795_500_000.0


@given(st.lists(st.floats(min_value=0, max_value=600), min_size=1, max_size=200))
def test_in_no_hour_more_is_spent_than_the_purse_gains(pauses: list[float]) -> None:
    purse, now, made = Purse(at=_NOON), _NOON, 0
    for pause in pauses:
        now += pause
        purse = filled(purse, now, 4)
        if is_due(purse, now, open_jobs=True, asked_for=True):
            purse = spent(purse, 1, "2026-11-24")._replace(asked_at=now)
            made += 1
    assert made <= CAPACITY + (now - _NOON) / 60 * 4 + 1


def test_without_open_jobs_it_is_asked_seldom() -> None:
    asked = Purse(at=_NOON, asked_at=_NOON)
    assert not is_due(asked, _NOON + 60, open_jobs=False, asked_for=False)
    assert is_due(asked, _NOON + 60, open_jobs=True, asked_for=False)
    assert is_due(asked, _NOON + 301, open_jobs=False, asked_for=False)


def test_what_does_not_answer_is_tried_less_and_less() -> None:
    waits: list[int] = []
    patience = Patience()
    for _ in range(9):
        patience = failed(patience, _NOON)
        waits.append(next(wait for wait in range(0, 4000, 10) if may_try(patience, _NOON + wait)))
    assert waits[:2] == [60, 120]
    assert waits == sorted(waits)
    assert waits[-1] == 1800
    assert may_try(Patience(), _NOON)


def test_a_clock_that_was_set_back_neither_fills_nor_blocks() -> None:
    purse = filled(Purse(calls=3, at=_NOON, asked_at=_NOON), _NOON - 7200, 4)
    assert purse.calls == 3
    assert is_due(purse, _NOON - 7200, open_jobs=True, asked_for=False)


def test_calls_are_counted_by_the_day() -> None:
    purse = spent(spent(Purse(), 2, "2026-11-24"), 1, "2026-11-24")
    assert purse.made == 3
    assert spent(purse, 1, "2026-11-25").made == 1
