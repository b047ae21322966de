"""Exporters: data, not code; all files or none; never over what is not ours."""

import json
import os
from pathlib import Path

import pytest

from journal import paths
from journal.errors import JournalError
from journal.publish import swap
from journal.publish.exporters import find_exporters, publish
from tests.publish.made_up_store import small_store
from tests.publish.test_timeline import timeline_of


@pytest.fixture
def own() -> Path:
    """The directory of the person's own exporters."""
    directory = paths.config_file().parent / "exporters"
    directory.mkdir(parents=True)
    return directory


def make_exporter(own: Path, name: str, template: str, path: str = "out.txt", extra: str = "") -> None:
    (own / name).mkdir()
    (own / name / "t.jinja").write_text(template)
    (own / name / "exporter.toml").write_text(
        f"name = {name!r}\ndescription = 'x'\n{extra}\n[[outputs]]\ntemplate = 't.jinja'\npath = {path!r}\n"
    )


def tree(directory: Path) -> dict[str, bytes]:
    return {str(file.relative_to(directory)): file.read_bytes() for file in directory.rglob("*") if file.is_file()}


def test_json_and_site_are_written_and_told(tmp_path: Path) -> None:
    timeline = timeline_of(small_store())
    published = publish(timeline, tmp_path / "site")
    assert published.files == ("index.html", "timeline.json")
    assert json.loads((tmp_path / "site/timeline.json").read_text()) == timeline


def test_publishing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    publish(timeline_of(small_store()), tmp_path / "site")
    once = tree(tmp_path / "site")
    publish(timeline_of(small_store()), tmp_path / "site")
    assert tree(tmp_path / "site") == once
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_an_own_exporter_needs_no_python_and_wins_by_name(tmp_path: Path, own: Path) -> None:
    make_exporter(own, "list", "{% for event in timeline.events %}{{ event.title }}\n{% endfor %}")
    make_exporter(own, "json", "mine", "mine.json")
    publish(timeline_of(small_store()), tmp_path / "a", ["list", "json"])
    assert "Import the code of the paper\n" in (tmp_path / "a/out.txt").read_text()
    assert (tmp_path / "a/mine.json").read_text() == "mine"
    assert "site" in find_exporters()


@pytest.mark.parametrize(
    "template",
    [
        "{{ missing }}",
        "{{ timeline.__class__.__mro__ }}",
        "{{ ''.__class__.__base__.__subclasses__() }}",
        "{% include '../../secret' %}",
        "{% include '/etc/passwd' %}",
        "{{ timeline.events.append(1) }}",
        "{{ 1 / 0 }}",
        "{% if %}",
        "{% for i in range(10000000) %}{% endfor %}",
    ],
)
def test_a_failing_or_prying_template_leaves_the_old_site_whole(tmp_path: Path, own: Path, template: str) -> None:
    publish(timeline_of(small_store()), tmp_path / "site")
    before = tree(tmp_path / "site")
    make_exporter(own, "bad", template)
    with pytest.raises(JournalError, match="exporter bad failed"):
        publish(timeline_of(small_store()), tmp_path / "site", ["json", "bad"])
    assert tree(tmp_path / "site") == before
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a/../../x", "", ".", "a\\b"])
def test_an_exporter_may_not_write_elsewhere(own: Path, path: str) -> None:
    make_exporter(own, "bad", "x", path)
    with pytest.raises(JournalError, match="not a valid exporter"):
        find_exporters()


@pytest.mark.parametrize("extra", ["needs = ['nothing-like-it']", "needs = 3", "= broken"])
def test_a_wrong_description_is_told(own: Path, extra: str) -> None:
    make_exporter(own, "bad", "x", extra=extra)
    with pytest.raises(JournalError):
        find_exporters()


def test_two_exporters_may_not_write_the_same_file(tmp_path: Path, own: Path) -> None:
    make_exporter(own, "one", "1")
    make_exporter(own, "two", "2")
    with pytest.raises(JournalError, match=r"both write out\.txt"):
        publish(timeline_of(small_store()), tmp_path / "a", ["one", "two"])


def test_unknown_and_no_formats_are_told(tmp_path: Path) -> None:
    for formats in (["nope"], []):
        with pytest.raises(JournalError, match="choose from json, site"):
            publish(timeline_of(small_store()), tmp_path / "a", formats)


def test_what_is_not_ours_stays(tmp_path: Path) -> None:
    timeline = timeline_of(small_store())
    foreign = tmp_path / "thesis"
    foreign.mkdir()
    publish(timeline, foreign)  # an empty directory is nobody's
    (foreign / "CNAME").write_text("x")
    with pytest.raises(JournalError, match="CNAME"):
        publish(timeline, foreign)
    other = tmp_path / "other"
    other.mkdir()
    (other / "chapter.tex").write_text("x")
    with pytest.raises(JournalError, match="did not make it"):
        publish(timeline, other)
    (tmp_path / "file").write_text("x")
    with pytest.raises(JournalError, match="not a directory"):
        publish(timeline, tmp_path / "file")
    assert (foreign / "CNAME").exists()
    assert (other / "chapter.tex").exists()


def test_what_a_killed_publication_left_is_cleared(tmp_path: Path) -> None:
    left = tmp_path / ".site.journal-abc"
    left.mkdir()
    (left / swap.MARKER).write_text("")
    publish(timeline_of(small_store()), tmp_path / "site")
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_where_names_cannot_be_exchanged_they_are_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(timeline_of(small_store()), tmp_path / "site", ["json"])
    monkeypatch.setattr(swap, "_exchange", lambda _one, _other: False)
    publish(timeline_of(small_store()), tmp_path / "site")
    assert (tmp_path / "site/index.html").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_site_is_as_readable_as_the_umask_says(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        publish(timeline_of(small_store()), tmp_path / "site")
    finally:
        os.umask(before)
    assert (tmp_path / "site").stat().st_mode & 0o777 == 0o755


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(JournalError, match="cannot write"):
        publish(timeline_of(small_store()), tmp_path / "file/site")
