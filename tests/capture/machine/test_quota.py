from collections.abc import Sequence
from pathlib import Path

import pytest

from journal.capture.machine.quota import Usage, asked, fullest_limit

GIB = 1024**3


def _usage(tmp_path: Path, answers: dict[str, str], filesystem: str = "lustre") -> Usage | None:
    def ask(command: Sequence[str]) -> str:
        return next((answer for words, answer in answers.items() if words in " ".join(command)), "")

    return fullest_limit(tmp_path, filesystem, "ada", ask)


def test_a_lustre_home_by_user(tmp_path: Path) -> None:
    answers = {"quota -q -u ada": "/users/ada 17000000 0 20971520 - 81234 0 100000 -\n"}
    assert _usage(tmp_path, answers) == Usage("files", 81234, 100000)


def test_a_lustre_home_by_its_project_id(tmp_path: Path) -> None:
    answers = {
        "quota -q -u ada": "/users/ada 99 0 0 - 12 0 0 -\n",
        "project -d": " 327000123 P /users/ada\n",
        "quota -q -p 327000123": "/users/ada\n 19922944* 20971520 21971520 6d23h 5 0 100000 -\n",
    }
    usage = _usage(tmp_path, answers)
    assert usage == Usage("bytes", 19 * GIB, 20 * GIB)
    assert usage is not None
    assert usage.share == 0.95


def test_a_lustre_home_by_its_group(tmp_path: Path) -> None:
    answers = {"quota -q -g": "/cluster/home/ada 10485760 20971520 20971520 - 7 0 0 -\n"}
    assert _usage(tmp_path, answers) == Usage("bytes", 10 * GIB, 20 * GIB)


def test_another_filesystem(tmp_path: Path) -> None:
    answer = (
        "Disk quotas for user ada (uid 1000): \n"
        "     Filesystem  blocks   quota   limit   grace   files   quota   limit   grace\n"
        "server:/home 9437184* 8388608 10485760 1772625600 81 0 0 0\n"
    )
    assert _usage(tmp_path, {"quota -w -p -f": answer}, "nfs4") == Usage("bytes", 9 * GIB, 8 * GIB)


@pytest.mark.parametrize(
    "answer", ["", "none", "Permission denied.", "/users/ada [0] [0] [0] - [0] [0] [0] -\n", "1 2 3"]
)
@pytest.mark.parametrize("filesystem", ["lustre", "nfs4"])
def test_where_no_limit_is_told_nothing_is_said(answer: str, filesystem: str, tmp_path: Path) -> None:
    assert _usage(tmp_path, {"": answer}, filesystem) is None


def test_a_tool_that_fails_still_answers_and_one_that_is_missing_does_not() -> None:
    assert asked(["sh", "-c", "echo over; exit 1"]) == "over\n"
    assert asked(["/no/such/tool"]) == ""
