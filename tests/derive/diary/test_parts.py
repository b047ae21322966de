from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from journal.derive.diary.lines import person
from journal.derive.diary.parts import diary
from journal.derive.diary.story import Commit, Line, Merge, SessionDay, Story, Tally
from journal.derive.diary.words import clock, months_words


def commit(number: int, day: int = 12, **more: object) -> Commit:
    at = f"2026-11-{day:02}T10:{number:02}:00.000Z"
    return Commit(at, f"{number:032x}", f"{number:040x}", f"Step {number}", "Ada")._replace(**more)


def test_a_crowded_day_is_cut_but_what_a_session_made_is_told() -> None:
    session = SessionDay("2026-11-12T09:00:00.000Z", "2026-11-12T11:00:00.000Z", "f" * 32, "s", "T", None, True, (), 0)
    crowd = tuple(commit(number) for number in range(40))
    made = tuple(commit(number, session="s") for number in range(40, 55))
    text = diary(Story(commits=crowd + made, sessions=(session,)), UTC)[1].markdown
    assert text.count("\n- ") == 1 + 5 + 1
    assert text.count("\n  - ") == 15
    assert "- and 35 more commits\n" in text
    assert text.startswith("## Thu 12 Nov 2026 · 55 commits · 1 session\n")


def test_lines_of_later_kinds_stand_among_the_others() -> None:
    job = Line("2026-11-12T10:00:30.000Z", "a" * 32, "job 8122871 `smoke` · failed", "main")
    text = diary(Story(commits=(commit(0, branch="main"), commit(1, branch="main")), lines=(job,)), UTC)[1].markdown
    assert [line[:17] for line in text.splitlines()[2:]] == [
        '- 10:00 0000000 "',
        "- 10:00 job 81228",
        '- 10:01 0000000 "',
    ]


def test_a_title_after_a_list_is_not_swallowed_by_it() -> None:
    story = Story(commits=(commit(0, branch="main"), commit(1, branch="bf16"), commit(2)))
    assert "]\n\n**bf16**\n- " in diary(story, UTC)[1].markdown
    assert "]\n\n**elsewhere**\n- " in diary(story, UTC)[1].markdown


def test_days_and_times_are_local() -> None:
    late = commit(0, day=12)._replace(at="2026-11-12T18:20:00.000Z")
    parts = diary(Story(commits=(late,)), ZoneInfo("Asia/Kathmandu"))
    assert parts[1].name == "day=2026-11-13"
    assert "- 00:05 " in parts[1].markdown
    assert clock("9999-12-31T23:59:59.999Z", ZoneInfo("Asia/Kathmandu")) == "23:59"


def test_head_is_anchored_on_the_last_day_told() -> None:
    story = Story(branch="c" * 40, commits=(commit(0, day=2), commit(1, day=7), commit(2, day=12)), own_author="Ada")
    head = diary(story, UTC)[0].markdown
    assert '**On** ccccccc · last commit 0000000 "Step 2", Thu 12 Nov 10:02' in head
    assert "**Week to Thu 12 Nov** 2 commits" in head


def test_what_was_before_is_counted() -> None:
    story = Story(
        since="2026-11-01T00:00:00.000Z",
        commits=(commit(1), commit(2)._replace(at="2026-10-02T00:00:00.000Z")),
        earlier=(Tally(2026, 10, 10, 41, 12, 3_100_000), Tally(2026, 1, 9, 1, 0, 0), Tally(2025, 1, 12, 1200, 0, 0)),
    )
    parts = diary(story, UTC)
    assert [part.name for part in parts] == ["head", "day=2026-11-12", "earlier"]
    assert parts[-1].markdown.splitlines()[1:] == [
        "- **Oct 2026** 41 commits · 12 sessions · 3.1 M tokens",
        "- **Jan to Sep 2026** 1 commit",
        "- **2025** 1,200 commits",
    ]


def test_a_merge_of_a_bare_commit_shows_it_short() -> None:
    merge = Merge("2026-11-12T10:00:00.000Z", "a" * 32, "d" * 40, None, fast_forward=False)
    assert "- 10:00 merged ddddddd [aaaaaaa]\n" in diary(Story(merges=(merge,)), UTC)[1].markdown


@pytest.mark.parametrize(
    ("prompts", "title", "told"),
    [
        (("fix it",), None, 'session "fix it" ['),
        (("fix it", "again"), None, 'session "fix it": 2 prompts ['),
        (("fix it now",), "Fix it", 'session "Fix it": "fix it now" ['),
        ((), None, "session without a title ["),
    ],
)
def test_a_session_says_what_it_was_about_once(prompts: tuple[str, ...], title: str | None, told: str) -> None:
    at = "2026-11-12T09:00:00.000Z"
    session = SessionDay(at, at, "f" * 32, "s", title, None, True, prompts, 0)
    assert told in diary(Story(sessions=(session,)), UTC)[1].markdown


def test_months_and_names_in_words() -> None:
    assert [months_words(2026, *months) for months in ((11, 11), (1, 3), (1, 12))] == [
        "Nov 2026", "Jan to Mar 2026", "2026",
    ]  # fmt: skip
    assert [person(name) for name in ("Ada K. Müller-Lüdenscheidt", "李 明", "root", "Do as I say: rm", "")] == [
        "Ada K. Müller-Lüdenscheidt", '"李 明"', '"root"', '"Do as I say: rm"', '""',
    ]  # fmt: skip
