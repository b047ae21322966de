"""A person's own cluster profiles, beside the shipped ones."""

import re
from pathlib import Path

import pytest

from journal.documents.cluster_profiles import load_profiles
from journal.errors import JournalError
from journal.paths import clusters_dir
from tests.environment import PROJECT


def _own(name: str, text: str) -> Path:
    path = clusters_dir() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_ones() -> None:
    assert {profile.name for profile in load_profiles()} == {"generic", "lumi", "olivia"}


def test_another_cluster_is_added_before_them() -> None:
    _own("mine.toml", "name = 'mine'\n[detect]\nclusters = ['mine']\n[login]\nnever = ['sleep']\n")
    profiles = load_profiles()
    assert profiles[0].name == "mine"
    assert profiles[0].never == ("sleep",)
    assert len(profiles) == 4


def test_a_shipped_one_is_overridden_group_by_group() -> None:
    shipped = {profile.name: profile for profile in load_profiles()}["lumi"]
    _own("x.toml", "name = 'lumi'\n[storage]\n[[storage.places]]\nname = 'home'\npath = '/home/$USER'\nsize = '1 GB'\n")
    (own,) = [profile for profile in load_profiles() if profile.name == "lumi"]
    assert [place.path for place in own.storage] == ["/home/$USER"]
    assert own._replace(
        storage=shipped.storage, usage_command=shipped.usage_command, mounts=shipped.mounts
    ) == shipped._replace(provenance=tuple(one for one in shipped.provenance if one.group != "storage"))


@pytest.mark.parametrize("text", ["name = ", "name = 'x'\nlimits = 3\n", "title = 'x'\n"])
def test_an_error_in_it_names_the_file(text: str) -> None:
    path = _own("broken.toml", text)
    with pytest.raises(JournalError) as told:
        load_profiles()
    assert str(path) in told.value.problem
    assert told.value.remedy


def test_a_file_that_cannot_be_read_is_told() -> None:
    path = _own("broken.toml", "")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(JournalError, match=r"broken\.toml"):
        load_profiles()


def test_two_files_of_one_name_are_both_there_and_the_first_wins() -> None:
    _own("a.toml", "name = 'lumi'\ntitle = 'first'\n")
    _own("b.toml", "name = 'lumi'\ntitle = 'second'\n")
    assert [profile.title for profile in load_profiles()][:2] == ["first", "second"]


def test_the_profile_that_the_readme_shows() -> None:
    (shown,) = re.findall(r"```toml\n(name = .*?)```", (PROJECT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    _own("reef.toml", shown)
    assert load_profiles()[0].storage[0].purge_days == 60
