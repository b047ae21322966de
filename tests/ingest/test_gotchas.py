"""Learning what got past a failure, with a store, a real repository and logs as they would be read."""

import os
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from journal.derive.gotcha.identity import gotcha_id
from journal.ingest import gotchas
from journal.ingest.gotchas import learn
from journal.store.event_log import stored_events
from journal.store.rebuild import rebuild
from tests.claude_lines import line, write_lines
from tests.job_lab import MISSING, PROJECT, Lab

EINOPS = gotcha_id(f"missing_module: {MISSING}")


def learned(lab: Lab) -> dict[str, int]:
    return dict(learn(lab.connection, [lab.place]))


def fixes(lab: Lab) -> list[dict[str, Any]]:
    return [event.data for event in stored_events(lab.connection, "WHERE kind = 'fix' ORDER BY seq", ())]


def status(lab: Lab) -> str:
    row = lab.connection.execute("SELECT status FROM gotcha WHERE id = ?", (EINOPS,)).fetchone()
    return str(row[0]) if row else "none"


def test_what_was_changed_before_the_run_that_passed_is_the_fix(lab: Lab) -> None:
    lab.run("7", -1000, label="missing_module")
    assert (learned(lab), status(lab)) == ({}, "candidate")
    lab.write("a.py", "2\n", -500)
    lab.write("requirements.txt", "numpy\neinops\n", -500)
    lab.write("slurm-7.out", MISSING, -800)
    lab.write("result.csv", "1,2\n", -800)
    lab.run("8", -400)
    assert (learned(lab), status(lab)) == ({"fix": 1}, "learned")
    (fact,) = fixes(lab)
    assert (fact["failed"], fact["passed"], fact["compared"]) == ("job:lab/7", "job:lab/8", True)
    assert fact["changed"][0] == {
        "path": "requirements.txt", "added": 2, "removed": 0, "patch": "@@ -0,0 +1,2 @@\n+numpy\n+einops",
    }  # fmt: skip
    assert [file["path"] for file in fact["changed"]] == ["requirements.txt", "a.py"]
    assert learned(lab) == {}


def test_a_run_that_passes_with_the_same_code_overcame_it_somehow(lab: Lab) -> None:
    lab.run("7", -1000, label="missing_module")
    lab.run("8", -400)
    learned(lab)
    (fact,) = fixes(lab)
    assert (fact["changed"], fact["compared"], status(lab)) == ([], True, "overcome")


def test_where_the_code_is_not_known_for_certain_nothing_is_claimed(lab: Lab) -> None:
    lab.run("7", -1000, label="missing_module", told_by="accounting", snapshot_at=lab.at(-300))
    lab.run("8", -400)
    learned(lab)
    assert ([fact["compared"] for fact in fixes(lab)], status(lab)) == ([False], "overcome")


def test_what_was_found_at_the_start_counts_and_not_what_was_submitted(lab: Lab) -> None:
    lab.submission("7", -1000)
    lab.job("7", -1000)
    lab.write("a.py", "changed while it waited\n", -900)
    lab.attempt("7", "RUNNING", -1000, started_at=-800)
    lab.follow()
    assert lab.drift("7", "start") == ["a.py"]
    lab.attempt("7", "FAILED", -1000, started_at=-800, ended_at=-700, exit_code=1)
    lab.log("7", "missing_module", -1000, -700)
    lab.run("8", -400)
    learned(lab)
    assert [fact["changed"] for fact in fixes(lab)] == [[]]


def test_only_the_last_failure_and_the_first_run_past_it_are_compared(lab: Lab) -> None:
    lab.run("5", -3000, label="missing_module")
    lab.run("6", -2000, label="missing_module")
    lab.run("7", -1000)
    lab.run("8", -500)
    assert learned(lab) == {"fix": 1}
    assert [(fact["failed"], fact["passed"]) for fact in fixes(lab)] == [("job:lab/6", "job:lab/7")]


def test_what_comes_back_is_overcome_again(lab: Lab) -> None:
    lab.run("5", -3000, label="missing_module")
    lab.run("6", -2000)
    lab.run("7", -1000, label="missing_module")
    lab.run("8", -500)
    learned(lab)
    told = [(fact["failed"], fact["passed"]) for fact in fixes(lab)]
    assert sorted(told) == [("job:lab/5", "job:lab/6"), ("job:lab/7", "job:lab/8")]


RUNS = [
    ("4", -4000, "missing_module"),
    ("5", -3000, "missing_module"),
    ("6", -2000, "ok"),
    ("7", -1000, "gpu_oom"),
    ("8", -500, "ok"),
]


@pytest.mark.parametrize("order", list(permutations(range(5)))[::17])
def test_in_whatever_order_logs_are_read_the_same_is_learned(lab: Lab, order: tuple[int, ...]) -> None:
    for place in order:
        number, submitted, label = RUNS[place]
        lab.run(number, submitted, label=label)
        learned(lab)
    query = "SELECT label, status, fix.failed, fix.passed FROM gotcha JOIN fix ON fix.event = gotcha.fix ORDER BY label"
    told = lab.connection.execute(query).fetchall()
    assert told == [
        ("gpu_oom", "overcome", "job:lab/7", "job:lab/8"),
        ("missing_module", "overcome", "job:lab/5", "job:lab/6"),
    ]
    rebuild(lab.connection)
    assert lab.connection.execute(query).fetchall() == told


def test_what_was_installed_and_run_in_between_is_told(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "claude"))
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    lab.repo.commit("Ignore", **{".gitignore": ".venv\n"})
    lab.run("7", -1000, label="missing_module")
    package = lab.repo.write(".venv/lib/python3.11/site-packages/einops-0.8.0.dist-info/METADATA", "").parent
    os.utime(package, (lab.now.timestamp() - 600,) * 2)
    command = "source .venv/bin/activate && pip install einops --token=ghp_16C7e42F292c6912E7710c838347Ae178B4a"
    use = {"type": "tool_use", "name": "Bash", "input": {"command": command}}
    told = line("assistant", message={"content": [use]}, timestamp=lab.at(-650), cwd=str(lab.repo.path))
    slug = "".join(character if character.isalnum() else "-" for character in str(lab.repo.path))
    write_lines(tmp_path / "claude/projects" / slug / "s.jsonl", told)
    lab.run("8", -400, argv=["run.sh", "--wide"], session="5a1e")
    learned(lab)
    (fact,) = fixes(lab)
    assert fact["commands"][0] == "source .venv/bin/activate"
    assert fact["commands"][1].startswith("pip install einops --token=[redacted")
    assert "einops 0.8.0 installed in .venv" in fact["environment"]
    assert "arguments none → --wide" in fact["environment"]
    assert fact["session"] == "5a1e"


def test_secrets_in_what_was_changed_are_taken_out(lab: Lab) -> None:
    lab.run("7", -1000, label="missing_module")
    lab.write("run.sh", "#!/bin/sh\nexport HF_TOKEN=hf_aBcDeFgHiJkLmNoPqRsTuVwXyZ01234567\npython a.py\n", -500)
    lab.run("8", -400)
    learned(lab)
    (fact,) = fixes(lab)
    assert "+export HF_TOKEN=[redacted" in fact["changed"][0]["patch"]


def test_a_script_that_no_snapshot_holds_is_compared_by_its_text(lab: Lab) -> None:
    from journal.events import make_event

    for number, submitted, text in (("7", -1000, "python a.py\n"), ("8", -400, "module load x\npython a.py\n")):
        lab.run(number, submitted, label="missing_module" if number == "7" else "ok", argv=["/elsewhere/run.sh"])
        fact = {
            "cluster": "lab", "job_id": number, "submitted_at": lab.at(submitted), "text": text,
            "told_by": "slurmctld",
        }  # fmt: skip
        lab.store(make_event("script", lab.at(submitted), PROJECT, "slurm", (number,), fact))
    learned(lab)
    (told,) = fixes(lab)
    assert told["changed"][0]["path"] == "/elsewhere/run.sh"
    assert told["changed"][0]["patch"] == "@@ -0,0 +1 @@\n+module load x"


def test_a_run_whose_log_cannot_be_read_still_shows_that_it_got_past(lab: Lab) -> None:
    lab.run("7", -1000, label="missing_module")
    learned(lab)
    lab.submission("8", -400)
    lab.job("8", -400, name="run.sh")
    lab.attempt("8", "COMPLETED", -400, started_at=-390, ended_at=-300, elapsed_s=90)
    assert learned(lab) == {"fix": 1}


def test_a_clone_that_is_not_here_is_no_obstacle(lab: Lab) -> None:
    lab.run("7", -1000, label="missing_module")
    lab.run("8", -400)
    assert dict(learn(lab.connection, [])) == {"fix": 1}
    assert [fact["compared"] for fact in fixes(lab)] == [False]


def test_a_cycle_is_bounded_and_the_next_goes_on(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gotchas, "_MOST_ENDS", 3)
    monkeypatch.setattr(gotchas, "_MOST_FIXES", 1)
    for number in range(10):
        label = "missing_module" if number % 2 == 0 else "ok"
        lab.run(str(number), -10_000 + number * 500, label=label)
    rounds = [learned(lab).get("fix", 0) for _ in range(12)]
    assert sum(rounds) == 5
    assert max(rounds) <= 2
    assert learned(lab) == {}


def test_runs_of_other_scripts_and_a_time_limit_teach_nothing(lab: Lab) -> None:
    lab.run("6", -1000, label="missing_module", argv=["other.sh"])
    lab.run("7", -1000, label="time_limit")
    lab.run("8", -400)
    assert learned(lab) == {}
