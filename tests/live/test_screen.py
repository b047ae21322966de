"""The screen as lines: golden ones of a made-up day, and what holds at any size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from journal.derive.terminal_text import line, plain
from journal.live.marks import in_ascii
from journal.live.model import Model, Part
from journal.live.overview import Overview
from journal.live.panel import Tail
from journal.live.screen import Size, page_lines, page_room, render
from journal.live.steering import HELP, Page, Steering
from tests.golden import assert_golden
from tests.live import made_up

PLAN = Page(
    "to submit again: 8123466 bf16",
    (
        "  job        8123466 bf16, submitted 2026-11-12T11:31",
        "  code       4be1f02c9d10 on 4be1f02c9d10; today sched.py differs",
        "  command    sbatch --job-name bf16 job.sh " + "--export=ALL,A=1 " * 6,
    ),
)


def drawn(
    size: Size,
    steering: Steering = Steering(),  # noqa: B008  (it never changes)
    overview: Overview = made_up.OVERVIEW,
    tail: Tail | None = made_up.TAIL,
    **more: str | None,
) -> str:
    """The screen without its colours."""
    return as_text(render(made_up.model(overview, **more), steering, tail, size))


def as_text(lines: list[Text]) -> str:
    return "".join(line.plain.rstrip() + "\n" for line in lines)


def selecting(job: str) -> Steering:
    """The screen with that job selected."""
    return Steering(selected=next(row.key for row in made_up.model().rows if row.number == job))


@pytest.mark.parametrize("size", [Size(80, 24), Size(100, 30), Size(60, 15), Size(132, 43)], ids=str)
def test_a_day(size: Size) -> None:
    name = f"watch/{size.width}x{size.height}.txt"
    assert_golden(name, drawn(size, selecting("8123519")))


@pytest.mark.parametrize(
    ("name", "steering"),
    [
        ("failed", selecting("8123466")),
        ("unknown", selecting("8123460")),
        ("array", selecting("8123522")),
        ("held", selecting("8123534")),
        ("passed", selecting("8123407")),
        (
            "note",
            selecting("8123519")._replace(note="job 8123519: the loss is flat since step 20k, try a longer warm-up"),
        ),
        ("message", selecting("8123519")._replace(message="Submitted batch job 8123540")),
        ("help", Steering(page=HELP)),
        ("rerun", Steering(page=PLAN._replace(rerun=made_up.model().rows[0]))),
    ],
)
def test_what_is_selected_read_or_typed(name: str, steering: Steering) -> None:
    tail = Tail("/home/u/pointdiff/train.err", made_up.LOG[-3:]) if name in ("failed", "passed") else None
    assert_golden(f"watch/{name}.txt", drawn(Size(80, 24), steering, tail=tail))


def test_without_unicode() -> None:
    lines = in_ascii(drawn(Size(100, 30), selecting("8123519")))
    assert lines.isascii()
    assert_golden("watch/ascii.txt", lines)


def test_two_hundred_jobs() -> None:
    many = made_up.OVERVIEW._replace(
        running=tuple(made_up.job(str(9_000 + n), f"seed-{n}", "RUNNING", started_at=60 * n) for n in range(200)),
        ended=made_up.OVERVIEW.ended * 10,
    )
    shown = drawn(Size(80, 24), Steering(selected=many.running[150].job.event), many, None)
    assert_golden("watch/200-jobs.txt", shown)


def test_an_empty_day_and_one_not_read_yet() -> None:
    empty = made_up.OVERVIEW._replace(
        running=(), queued=(), ended=(), gpu_hours=None, tokens=0, slurm=None, jobs_today=0
    )
    assert "no jobs yet" in drawn(Size(80, 24), overview=empty)
    opening = Model(("journal",), "uan03", made_up.NOW, (), (Part("reading the journal …", 1),), begun=False)
    assert "no jobs yet" not in as_text(render(opening, Steering(), None, Size(80, 24)))


def test_trouble_is_told() -> None:
    assert "trouble  another program holds the store" in drawn(Size(80, 24), trouble="another program holds the store")
    slurm = made_up.OVERVIEW.slurm
    assert slurm is not None
    silent = made_up.OVERVIEW._replace(slurm=slurm._replace(silent=("sacct",)))
    assert "sacct does not answer" in drawn(Size(80, 24), overview=silent)


def test_calls_in_hand_are_told_where_they_run_out() -> None:
    slurm = made_up.OVERVIEW.slurm
    assert slurm is not None
    poor = made_up.OVERVIEW._replace(slurm=slurm._replace(in_hand=1))
    assert "1 of 20 calls in hand" in drawn(Size(80, 24), overview=poor)


def test_a_page_scrolls_and_no_word_of_it_is_lost() -> None:
    page = Page("a page", tuple(f"line {number} " + "word " * number for number in range(60)))
    size = Size(40, 24)
    lines = page_lines(page, size.width)
    assert " ".join(" ".join(lines).split()) == " ".join(" ".join(page.lines).split())
    shown = [
        as_text(render(made_up.model(), Steering(page=page._replace(top=top)), None, size))
        for top in range(0, len(lines), page_room(size))
    ]
    assert all(line.strip() in "".join(shown) for line in lines)


HOSTILE = st.text(alphabet=st.sampled_from("a日é\x1b[]\r\n\t\x00\u202e\u0301\u200b🙂─ ;0m"), max_size=200)


@given(st.integers(1, 140), st.integers(1, 50), HOSTILE, st.integers(0, 8), st.booleans())
def test_no_line_is_wider_than_the_screen_and_there_are_as_many(
    width: int, height: int, words: str, selected: int, reads: bool
) -> None:
    train = made_up.TRAIN._replace(job=made_up.TRAIN.job._replace(name=words))
    log = {"label": words or "ok", "signature": words, "line": 1, "explanation": words}
    failed = made_up.job("9", words, "FAILED", ended_at=9, log=log)
    overview = made_up.OVERVIEW._replace(name=words, running=(train, made_up.SWEEP), ended=(failed,))
    model = made_up.model(overview, branch=words, trouble=words if reads else None)
    page = Page(words, (words, "x" * 300)) if reads else None
    steering = Steering(
        selected=model.rows[selected % len(model.rows)].key, page=page, note=line(words) if selected == 3 else None
    )
    lines = render(model, steering, Tail(words, (words, words)), Size(width, height))
    assert len(lines) == height
    for shown in lines:
        assert shown.cell_len <= width
        assert plain(shown.plain) == shown.plain
        assert not {"\n", "\t"} & set(shown.plain)
