from datetime import UTC
from zoneinfo import ZoneInfo

from journal.derive.diary.story import OpenBranch, Tally
from journal.store.diary_days import day_start, first_moment_told, tallies_before
from journal.store.diary_queries import read_story
from tests.story_store import PROJECT, StoryStore, stored

BERLIN = ZoneInfo("Europe/Berlin")


def test_only_the_newest_active_days_are_read_in_detail() -> None:
    store = StoryStore()
    for month in range(1, 13):
        store.commit(f"2026-{month:02}-05 23:30", f"{month:02}", f"Month {month}")
    assert first_moment_told(store.connection, PROJECT, BERLIN, 12) is None
    since = first_moment_told(store.connection, PROJECT, BERLIN, 2)
    assert since == "2026-11-05T23:00:00.000Z"
    story = read_story(store.connection, PROJECT, BERLIN, days=2)
    assert [commit.subject for commit in sorted(story.commits)] == ["Month 11", "Month 12"]
    assert story.earlier[0] == Tally(2026, 10, 10, 1, 0, 0)
    assert len(story.earlier) == 10


def test_after_two_years_of_months_come_years() -> None:
    store = StoryStore()
    for year in range(2016, 2027):
        for month in range(1, 13):
            store.commit(f"{year}-{month:02}-05 10:00", f"{year}{month:02}", "x")
    tallies = tallies_before(store.connection, PROJECT, "2026-11-01T00:00:00.000Z", UTC)
    assert [(tally.year, tally.first_month, tally.last_month) for tally in tallies[22:]] == [
        (2024, 12, 12), (2024, 11, 11), (2024, 1, 10), *((year, 1, 12) for year in range(2023, 2015, -1)),
    ]  # fmt: skip
    assert sum(tally.commits for tally in tallies) == 130


def test_links_of_what_was_rewritten_away_reach_back_before_the_days_told() -> None:
    store = StoryStore()
    store.commit("2026-11-01 10:00", "a1", "WIP", branch="x", session="s")
    store.commit("2026-11-10 10:00", "a2", "Done")
    store.rewrite("2026-11-10 10:00", "a1", "a2", "amend")
    story = read_story(store.connection, PROJECT, UTC, days=1)
    assert {commit.sha[:2]: commit.session for commit in story.commits} == {"a1": "s", "a2": None}
    assert [rewrite.how for rewrite in story.rewrites] == ["amend"]
    assert story.earlier == (Tally(2026, 11, 11, 1, 0, 0),)  # counted where it was made, once


def test_the_better_proof_of_a_link_counts() -> None:
    store = StoryStore()
    sha = store.commit("2026-11-01 10:00", "a1", "x")
    for proof, branch in (("trailer", "c"), ("hook", "b"), ("reflog", "a")):
        store.link(f"commit:{sha}", "made on", f"branch:{branch}", proof)
    assert read_story(store.connection, PROJECT, UTC).commits[0].branch == "b"


def test_the_most_changed_files_are_named_and_a_huge_commit_names_none() -> None:
    store = StoryStore()
    store.commit("2026-11-01 10:00", "a1", "x", {"a.py": (1, 0), "b.py": (0, 9), "c.py": (3, 3), "d.py": (2, 0)})
    store.commit("2026-11-01 11:00", "a2", "y", {f"f{number}": (1, 0) for number in range(301)})
    by_sha = {commit.sha[:2]: commit for commit in read_story(store.connection, PROJECT, UTC).commits}
    assert by_sha["a1"].files == ("b.py", "c.py", "d.py")
    assert (by_sha["a1"].file_count, by_sha["a1"].added, by_sha["a1"].removed) == (4, 6, 12)
    assert (by_sha["a2"].files, by_sha["a2"].file_count) == ((), 301)


def test_a_session_is_told_on_each_of_its_local_days() -> None:
    store = StoryStore()
    store.session(
        "2026-11-11 22:30",
        "s",
        "T",
        "main",
        {"2026-11-11 22:30": "a", "2026-11-11 23:30": "b", "2026-11-12 08:00": "c"},
    )
    store.usage("2026-11-11 22:59", "s", 1)
    store.usage("2026-11-11 23:00", "s", 20)
    store.usage("2026-11-12 09:00", "s", 300)
    store.usage("2026-11-12 09:00", "unknown", 5000)
    days = read_story(store.connection, PROJECT, BERLIN).sessions
    assert [(day.at, day.until, day.first, day.prompts, day.tokens) for day in days] == [
        (stored("2026-11-11 22:30"), stored("2026-11-11 22:59"), True, ("a",), 1),
        (stored("2026-11-11 23:00"), stored("2026-11-12 09:00"), False, ("b", "c"), 320),
    ]


def test_open_branches_and_the_branch_now() -> None:
    store = StoryStore()
    store.branch("2026-11-01 08:00", "main")
    assert read_story(store.connection, PROJECT, UTC).branch == "main"
    for name in ("old", "gone"):
        store.branch("2026-11-01 09:00", name, "main")
    store.commit("2026-11-01 10:00", "a1", "x", branch="old")
    store.branch("2026-11-02 09:00", "gone", deleted=True)
    store.checkout("2026-11-03 09:00", "new")
    store.commit("2026-11-04 10:00", "a2", "y", branch="main")
    for days in (1, 30):
        story = read_story(store.connection, PROJECT, UTC, days=days)
        assert story.open_branches == (
            OpenBranch("main", stored("2026-11-04 10:00")),
            OpenBranch("old", stored("2026-11-01 10:00")),
        )
        assert story.branch == "main"
    store.checkout("2026-11-05 09:00", "new")
    assert read_story(store.connection, PROJECT, UTC).branch == "new"


def test_authors_other_than_ones_own_are_known() -> None:
    store = StoryStore()
    store.commit("2026-11-01 10:00", "a1", "x", author="Ada")
    assert read_story(store.connection, PROJECT, UTC).own_author == "Ada"
    store.commit("2026-11-01 11:00", "a2", "y", author="Bo")
    assert read_story(store.connection, PROJECT, UTC).own_author is None
    store.commit("2026-11-01 12:00", "a3", "z", author="Bo", branch="main")
    assert read_story(store.connection, PROJECT, UTC).own_author == "Bo"


def test_times_at_the_ends_of_the_calendar_are_survived() -> None:
    store = StoryStore()
    store.commit("0001-01-01 00:00", "a1", "first")
    store.commit("9999-12-31 23:59", "a2", "last")
    for zone in (BERLIN, ZoneInfo("America/New_York")):
        story = read_story(store.connection, PROJECT, zone, days=1)
        assert len(story.commits) + len(story.earlier) >= 2
    assert day_start("0001-01-01", BERLIN) == "0001-01-01T00:00:00.000Z"


def test_reading_writes_nothing() -> None:
    store = StoryStore()
    store.commit("2026-11-01 10:00", "a1", "x")
    store.connection.commit()
    store.connection.execute("PRAGMA query_only = ON")
    read_story(store.connection, PROJECT, UTC)
