"""Every end state is made for real, and the recordings hold what states.py says of them."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.environment import PROJECT
from tests.slurm.cluster import Cluster
from tests.slurm.states import ALL, Made, read_back

RECORDINGS = sorted((PROJECT / "tests/fixtures/slurm").iterdir())


def _differences(made: Mapping[str, Made], rows: list[dict[str, str]]) -> list[str]:
    """Where sacct's rows do not say what was made."""
    found: list[str] = []
    for name, one in made.items():
        for job, states in one.states.items():
            attempts = tuple(row["State"].split()[0] for row in rows if row["JobID"] == job)
            if attempts != tuple(states):
                found.append(f"{name}: {job} is {attempts}, not {states}")
        for job, code in one.exit_codes.items():
            last = [row["ExitCode"] for row in rows if row["JobID"] == job][-1:]
            if last != [code]:
                found.append(f"{name}: {job} ended with {last}, not {code}")
    return found


def test_sacct_tells_every_state_as_it_was_made(slurm: Cluster, end_states: Mapping[str, Made]) -> None:
    assert set(end_states) == set(ALL)
    jobs = ",".join(job for one in end_states.values() for job in one.jobs)
    rows = slurm.sacct("-D", "-j", jobs, fields=["JobID", "State", "ExitCode"])
    assert _differences(end_states, rows) == []


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.name)
def test_a_recording_holds_every_state(recording: Path) -> None:
    made = {name: read_back(told) for name, told in json.loads((recording / "made.json").read_bytes()).items()}
    assert set(made) == set(ALL)
    fields = (recording / "format").read_text().strip().split(",")
    rows: list[dict[str, str]] = []
    for name in made.keys() - {"nasty"}:  # whose values hold the separators
        lines = (recording / f"{name}.txt").read_text().splitlines()
        rows += [dict(zip(fields, line.split("\x1f"), strict=True)) for line in lines]
    assert _differences({name: one for name, one in made.items() if name != "nasty"}, rows) == []
