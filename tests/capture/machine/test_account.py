import pytest

from journal.capture.machine.account import account_of

LUMI = "project_[0-9]{9}"


@pytest.mark.parametrize(
    ("project", "environ", "groups", "account"),
    [
        ("", {"SBATCH_ACCOUNT": "physics"}, [], "physics"),
        ("", {"SLURM_JOB_ACCOUNT": "project_465000002"}, ["project_465000001"], "project_465000002"),
        ("", {"SBATCH_ACCOUNT": "a\nb; rm"}, [], ""),
        ("project_465000001", {}, ["project_465000002"], "project_465000001"),
        ("somewhere", {}, ["users", "project_465000002"], "project_465000002"),
        ("", {}, ["project_465000001", "project_465000002"], ""),
        ("", {}, ["users"], ""),
    ],
)
def test_the_account(project: str, environ: dict[str, str], groups: list[str], account: str) -> None:
    assert account_of(LUMI, project, environ, groups) == account


def test_without_a_pattern_only_what_is_chosen_counts() -> None:
    assert account_of("", "x", {}, ["x"]) == ""
    assert account_of("", "x", {"SALLOC_ACCOUNT": "y"}, []) == "y"


def test_of_this_process() -> None:
    assert account_of("no such group ever", "") == ""
