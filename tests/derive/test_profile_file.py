"""Files of cluster profiles: the shipped ones are whole, wrong ones are told with file, key and remedy."""

import tomllib
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import journal.derive
from journal.derive.cluster_profile import ClusterProfile
from journal.derive.profile_file import parse_profile, read_tables
from journal.derive.slurm_limits import limit_minutes
from journal.errors import JournalError

SHIPPED = sorted(Path(journal.derive.__file__).with_name("cluster_profiles").glob("*.toml"))
GROUPS = {"login", "gpus", "partitions", "qos", "storage", "caches", "containers", "modules", "packages", "job"}


def _parsed(text: str) -> ClusterProfile:
    return parse_profile(read_tables(text, "x.toml"), "x.toml")


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_group_of_a_shipped_profile_says_where_it_was_read_and_when(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    profile = _parsed(text)
    groups = {name for name, value in tomllib.loads(text).items() if isinstance(value, dict)} - {"detect"}
    assert groups <= GROUPS
    assert {one.group for one in profile.provenance} == groups
    assert all(date.fromisoformat(one.checked) for one in profile.provenance)
    assert profile.name == path.stem


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_what_a_shipped_profile_says_fits_together(path: Path) -> None:
    profile = _parsed(path.read_text(encoding="utf-8"))
    names = {partition.name for partition in profile.partitions}
    assert {name for kind in profile.gpus for name in kind.partitions} <= names
    assert all(limit_minutes(limits.max_time) for limits in (*profile.partitions, *profile.qos) if limits.max_time)
    for option in profile.job.required:
        assert f"#SBATCH {option}=" in profile.job.template


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name = ", ["x.toml", "not valid TOML"]),
        ("title = 'no name'", ["x.toml", "name"]),
        ("name = 7", ["x.toml", "name is 7"]),
        ("name = 'a b'", ["x.toml", "'a b'"]),
        ("name = 'x'\npartition = 3", ["x.toml", "'partition'", "partitions"]),
        ("name = 'x'\n[storage]\nplace = []", ["x.toml", "storage.place", "places"]),
        ("name = 'x'\nstorage = 3", ["x.toml", "storage is 3", "[storage]"]),
        ("name = 'x'\n[[storage.places]]\nname = 'a'", ["x.toml", "storage.places", "path"]),
        ("name = 'x'\n[[storage.places]]\nname = 'a'\npath = '/a'\nfiles = -1", ["storage.places.files", "above zero"]),
        ("name = 'x'\n[[storage.places]]\nname = 'a'\npath = '/a'\npurge_days = true", ["storage.places.purge_days"]),
        ("name = 'x'\n[packages]\navoid_on_network = 'yes'", ["packages.avoid_on_network", "true or false"]),
        ("name = 'x'\n[login]\nnever = 'train'", ["login.never", "a list of strings"]),
        ("name = 'x'\n[login]\nnever = [1]", ["login.never"]),
        ("name = 'x'\n[login]\nchecked = 3", ["login.checked", "a date"]),
        ("name = 'x'\ntitle = \"a\\u001b[31m\"", ["title", "string"]),
        ("name = 'x'\n[job]\ntemplate = '{{acount}}'", ["job.template", "{{acount}}", "account"]),
        ("name = 'x'\n[job]\naccount_pattern = '('", ["job.account_pattern", "regular expression"]),
        ("name = 'x'\n[[caches.variables]]\nname = 'A;b'\nplace = '/a'", ["caches.variables.name", "A;b"]),
        ("name = 'x'\n[[caches.variables]]\nname = 'A'\nplace = '$(id)'", ["caches.variables.place", "$(id)"]),
    ],
)
def test_an_error_names_file_key_and_remedy(text: str, words: list[str]) -> None:
    with pytest.raises(JournalError) as told:
        _parsed(text)
    assert not [word for word in [*words, "x.toml"] if word not in str(told.value)], str(told.value)
    assert told.value.remedy


KEYS = st.sampled_from(
    [
        "name",
        "title",
        "detect",
        "kinds",
        "rows",
        "places",
        "variables",
        "template",
        "path",
        "checked",
        "source",
        *GROUPS,
    ]
) | st.text(max_size=5)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, VALUES))
def test_no_tables_crash_the_reader(tables: dict[str, Any]) -> None:
    with suppress(JournalError):
        assert parse_profile(tables, "x.toml").name == tables.get("name", "")


@given(st.text() | st.sampled_from(SHIPPED).map(lambda path: path.read_text(encoding="utf-8")), st.data())
def test_no_file_crashes_the_reader(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    damaged = text[:at] + data.draw(st.sampled_from(["", '"', "[", "]]", "= 3\n", "\0", "{{x}}"])) + text[at + 1 :]
    with suppress(JournalError):
        _parsed(damaged)


@pytest.mark.parametrize("number", ["9" * 5000, "0x" + "f" * 5000], ids=["decimal", "hexadecimal"])
@pytest.mark.parametrize("key", ["name = ", "name = 'x'\ntitle = ", "name = 'x'\n[login]\nnever = "])
def test_numbers_without_end_are_told_as_any_other_error(key: str, number: str) -> None:
    with pytest.raises(JournalError, match=r"x\.toml"):
        _parsed(f"{key}{number}")
