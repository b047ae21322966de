"""The project is its own: no tracked file names the machine it was written on, or where packages come from."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.environment import PROJECT

# Package indexes and mirrors are the machine's business (pip's, npm's and apt's own configuration).
INDEX = re.compile(
    rb"--(?:extra-)?index-url[= ]\S+\.\S|(?i:PIP_(?:EXTRA_)?INDEX_URL)|https?://[^\s\"')]*/simple\b"
    rb"|\"resolved\": \"http"
)
HERE = re.compile(re.escape(bytes(PROJECT)) + rb"\b")


def _tracked_files() -> list[Path]:
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    listing = subprocess.run(command, cwd=PROJECT, capture_output=True, check=True).stdout
    return [PROJECT / name.decode() for name in listing.split(b"\0") if name]


TRACKED = [path for path in _tracked_files() if path.is_file() and path != Path(__file__)]


@pytest.mark.parametrize("pattern", [INDEX, HERE], ids=["index", "here"])
def test_no_tracked_file_holds_what_belongs_to_a_machine(pattern: re.Pattern[bytes]) -> None:
    found = {
        f"{path.relative_to(PROJECT)}: {match[0]!r}"
        for path in TRACKED
        for match in pattern.finditer(path.read_bytes())
    }
    assert sorted(found) == []


@pytest.mark.parametrize(
    "text",
    [
        b"https://packages.example.org/simple",
        b'"resolved": "https://packages.example.org/husky-9.tgz"',
        b"pip install --index-url packages.example.org",
        b"http://10.0.0.1/py/simple/",
    ],
)
def test_an_index_is_seen(text: bytes) -> None:
    assert INDEX.search(text)


def test_constraints_pin_exact_versions_and_nothing_else() -> None:
    lines = (PROJECT / "tests/constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert [line for line in pins if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []


def test_every_tool_of_the_tests_is_pinned() -> None:
    pinned = {line.partition("==")[0].lower().replace("_", "-") for line in _lines("constraints.txt")}
    wanted = {re.split(r"[\[ #]", line)[0].lower() for line in _lines("requirements.txt")}
    assert wanted <= pinned


def _lines(name: str) -> list[str]:
    lines = (PROJECT / "tests" / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]
