"""When a job's code was edited: only what modification times prove is claimed."""

import math

import pytest

from journal.derive.edits import (
    Found,
    Run,
    edited_before,
    edited_by_end,
    is_beside_the_code,
    matters_to_a_rerun,
    output_pattern,
)

START, END = 1000.0, 2000.0


@pytest.mark.parametrize(
    ("file", "before", "by_end"),
    [
        (Found("a.py", False, 900), True, True),
        (Found("a.py", False, START + 1.5), True, True),  # clocks differ, and Slurm tells whole seconds
        (Found("a.py", False, 1500), False, True),
        (Found("a.py", False, 2500), False, False),  # edited after the end: what was before is not known
        (Found("new.py", True, 900), True, True),
        (Found("new.py", True, START + 1), False, False),  # the job wrote it
        (Found("result.csv", True, 1500), False, False),
        (Found("slurm-17.out", False, 900), False, False),
        (Found("logs/slurm-17_3.err", True, 900), False, False),
        (Found("gone.py", False, 900, is_gone=True), True, True),
        (Found("gone.py", False, math.inf, is_gone=True), False, False),
    ],
)
def test_a_file(file: Found, before: bool, by_end: bool) -> None:
    assert bool(edited_before([file], START, [])) == before
    assert bool(edited_by_end([file], START, END, [])) == by_end


def test_a_new_file_that_another_job_may_have_written_is_none_unless_it_is_code() -> None:
    files = [Found("metrics.json", True, 900), Found("helper.py", True, 900)]
    assert edited_before(files, START, [Run(800, math.inf)]) == files[1:]
    assert edited_before(files, START, [Run(800, 850), Run(950, math.inf)]) == files


@pytest.mark.parametrize("name", ["slurm-1.out", "a/slurm-1_7.out", "slurm-1+1.err", "SCRATCH.md"])
def test_what_is_no_code(name: str) -> None:
    assert is_beside_the_code(name)
    assert not matters_to_a_rerun(name, is_new=False)
    assert not is_beside_the_code(f"x{name}" if "/" not in name else name.replace("slurm", "x"))


def test_what_matters_to_a_rerun() -> None:
    assert matters_to_a_rerun("results.csv", is_new=False)
    assert matters_to_a_rerun("sitecustomize.py", is_new=True)
    assert not matters_to_a_rerun("results.csv", is_new=True)


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("logs/%x-%j.out", "/w/logs/train-17.out", True),
        ("logs/%x-%j.out", "/w/logs/deep/train-17.out", False),
        ("/w/a.b", "/w/aXb", False),
        ("100%%.out", "/w/100%.out", True),
        ("../%4t.out", "/x.out", True),
    ],
)
def test_output_patterns(pattern: str, path: str, matches: bool) -> None:
    assert bool(output_pattern(pattern, "/w").fullmatch(path)) == matches
