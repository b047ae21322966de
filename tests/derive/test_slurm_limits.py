import pytest
from hypothesis import given
from hypothesis import strategies as st

from journal.derive.slurm_limits import limit_minutes, limit_words, node_names


@pytest.mark.parametrize(
    ("limit", "minutes", "words"),
    [
        ("30", 30, "30 min"),
        ("90:00", 90, "1 h 30 min"),
        ("03:00:00", 180, "3 h"),
        ("2-0", 2880, "2 d"),
        ("2-00:00:00", 2880, "2 d"),
        ("1-12", 2160, "1 d 12 h"),
        ("1-12:30", 2190, "1 d 12 h 30 min"),
        ("00:00:30", 0.5, "00:00:30"),
        ("UNLIMITED", None, "unlimited"),
        ("", None, ""),
        ("9" * 50, None, "9" * 50),
    ],
)
def test_limits(limit: str, minutes: float | None, words: str) -> None:
    assert limit_minutes(limit) == minutes
    assert limit_words(limit) == words


@pytest.mark.parametrize(
    ("ranges", "names"),
    [
        ("n1", {"n1"}),
        ("n1,m2", {"n1", "m2"}),
        ("n[1-3]", {"n1", "n2", "n3"}),
        ("gpu-[1-2]-[07-08]x", {"gpu-1-07x", "gpu-1-08x", "gpu-2-07x", "gpu-2-08x"}),
        ("a[1,3-4],b", {"a1", "a3", "a4", "b"}),
        ("nid[005000-005002]", {"nid005000", "nid005001", "nid005002"}),
        ("n[x]", set()),
        ("", set()),
    ],
)
def test_ranges_of_nodes(ranges: str, names: set[str]) -> None:
    assert node_names(ranges) == names


def test_a_range_without_end_ends() -> None:
    assert len(node_names("n[1-999999999]-[1-999999999]")) == 20_000


@given(st.text(alphabet="n[]-,0123456789 x", max_size=40))
def test_no_range_crashes(ranges: str) -> None:
    assert len(node_names(ranges)) <= 20_000
    limit_words(ranges)
