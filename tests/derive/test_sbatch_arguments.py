"""sbatch's arguments, read as sbatch reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journal.derive.sbatch_arguments import parse, written


@pytest.mark.parametrize(
    ("arguments", "script", "rest"),
    [
        ("run.sh --epochs 3 -n", "run.sh", ("--epochs", "3", "-n")),
        ("-n 4 run.sh", "run.sh", ()),
        ("-n4 run.sh x", "run.sh", ("x",)),
        ("-Hn 4 run.sh", "run.sh", ()),
        ("--mem 4G --exclusive run.sh", "run.sh", ()),
        ("--exclusive=user --nice run.sh", "run.sh", ()),
        ("-s -k -v -W run.sh", "run.sh", ()),
        ("--parsable --array 0-9%2 run.sh", "run.sh", ()),
        ("--arr 0-9 run.sh", "run.sh", ()),
        ("--ntasks-per-no 2 run.sh", "run.sh", ()),
        ("-- run.sh -x", "run.sh", ("-x",)),
        ("--wrap ls", None, ()),
        ("", None, ()),
        ("--made-up-option run.sh", "run.sh", ()),
    ],
)
def test_script_and_its_arguments(arguments: str, script: str | None, rest: tuple[str, ...]) -> None:
    (part,) = parse(arguments.split())
    assert (part.script, part.arguments) == (script, rest)


def test_parts_of_a_heterogeneous_job_and_values() -> None:
    first, second = parse(["-n1", "-J", "a", ":", "--job-name=b", "-D", "/x", "run.sh", ":", "y"])
    assert (first.value("job-name"), first.value("ntasks"), first.script) == ("a", "1", None)
    assert (second.value("job-name"), second.value("chdir")) == ("b", "/x")
    assert (second.script, second.arguments) == ("run.sh", (":", "y"))


def test_of_two_the_last_counts_and_the_value_may_be_missing() -> None:
    (part,) = parse(["--wrap=ls", "--wrap", "echo 'a  b'"])
    assert part.value("wrap") == "echo 'a  b'"
    assert parse(["--time"])[0].value("time") is None


WORDS = st.sampled_from(
    [
        "-n",
        "-n4",
        "-Hk",
        "--mem=4",
        "--mem",
        "--hold",
        "run.sh",
        ":",
        "x y",
        "",
        "-",
        "-D",
        "/x",
        "--wr",
        "--unknown=3",
        "-z",
    ]
)


@given(st.lists(WORDS))
def test_what_is_read_is_written_as_it_was(arguments: list[str]) -> None:
    assert written(parse(arguments)) == arguments
