"""The house of DESIGN.md stands: imports go down, derive is pure, every file is one short room."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.environment import PROJECT

# What a module of journal/ may import: only what lies on a lower floor, or in its own package.
FLOORS = {
    5: ("cli", "live", "mcp", "__main__"),
    4: ("watch", "install", "sync", "rerun"),
    3: ("documents", "publish", "prose"),
    2: ("ingest", "store"),
    1: ("capture", "derive"),
    0: (
        "events", "facts", "moments", "paths", "errors", "spool", "config", "marked_text", "machine_facts",
        "job_states",
    ),
}  # fmt: skip
FLOOR_OF = {room: floor for floor, rooms in FLOORS.items() for room in rooms}
# Sideways, what one room may import of its own floor: the foundation's files use one another, in no circle; ingest is
# the one that fills the store; the command line opens the screen.
SIDEWAYS = {
    "__main__": {"cli"},
    "cli": {"live"},
    "config": {"errors", "paths"},
    "ingest": {"store"},
    "moments": {"errors"},
    "spool": {"paths", "errors"},
}
SELF = ""  # journal/__init__.py: the version, importable from everywhere and importing nothing

# derive/ computes from what it is given: what would let it see the machine, the clock or chance is not imported.
IMPURE = frozenset(
    {
        "asyncio", "ctypes", "fcntl", "getpass", "glob", "http", "locale", "multiprocessing", "os", "pathlib",
        "platform", "pwd", "random", "secrets", "select", "shutil", "signal", "socket", "sqlite3", "ssl", "subprocess",
        "sys", "tempfile", "threading", "time", "uuid", "urllib.request",
    }
)  # fmt: skip
IMPURE_CALLS = frozenset({"breakpoint", "eval", "exec", "input", "open", "print", "__import__"})
CLOCK_METHODS = frozenset({"now", "today", "utcnow"})  # of datetime and date

VAGUE_NAMES = frozenset({"utils", "util", "common", "helpers", "helper", "manager", "misc", "base"})
LONGEST_FILE = 450  # lines; the aim is 300
NOT_IMPORTED_YET = {"anthropic"}  # journal/prose, from a later release
SHIPPED = ("hooks", "schema", "exporters")

SOURCES = sorted((PROJECT / "journal").rglob("*.py"))


def _name(source: Path) -> str:
    return str(source.relative_to(PROJECT))


def _room(source: Path) -> str:
    """The part of the house that a source belongs to: the first name below journal/."""
    return source.relative_to(PROJECT / "journal").with_suffix("").parts[0].removesuffix("__init__")


def imported_modules(source: str, package: str) -> Iterator[str]:
    """The full names of what a source imports, at the top or inside functions; `package` resolves relative ones.

    `from journal import store` yields `journal.store`, so that a room is seen whichever way it is imported.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")
            start = [*parents[: len(parents) + 1 - node.level]] if node.level else []
            module = ".".join([*start, *([node.module] if node.module else [])])
            if module == "journal":
                yield from (f"journal.{alias.name}" for alias in node.names)
            else:
                yield module


def wrong_imports(source: str, room: str, package: str) -> list[str]:
    """What a source in a room must not import, each with why."""
    wrong: list[str] = []
    for module in imported_modules(source, package):
        if not module.startswith("journal."):
            continue
        other = module.split(".")[1]
        if other == room or other.startswith("__"):
            continue
        if other not in FLOOR_OF:
            wrong.append(f"{module} has no floor")
        elif room == SELF or (FLOOR_OF[other] >= FLOOR_OF[room] and other not in SIDEWAYS.get(room, set())):
            wrong.append(f"{module} is not below {room or 'journal/__init__.py'}")
    return wrong


def impurities(source: str) -> list[str]:
    """What in a source could make two runs over the same input differ."""
    modules = imported_modules(source, "journal.derive")
    found = [module for module in modules if module in IMPURE or module.split(".")[0] in IMPURE]
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in IMPURE_CALLS:
            found.append(f"{node.func.id}() in line {node.lineno}")
        elif isinstance(node.func, ast.Attribute) and node.func.attr in CLOCK_METHODS:
            found.append(f".{node.func.attr}() in line {node.lineno}")
    return found


@pytest.mark.parametrize("source", SOURCES, ids=_name)
def test_imports_go_down(source: Path) -> None:
    room = _room(source)
    assert room in {*FLOOR_OF, SELF}, f"{_name(source)} has no floor: give it one in DESIGN.md and in this test"
    package = ".".join(source.relative_to(PROJECT).with_suffix("").parts[:-1])
    assert wrong_imports(source.read_text(encoding="utf-8"), room, package) == []


@pytest.mark.parametrize("source", [path for path in SOURCES if _room(path) == "derive"], ids=_name)
def test_derive_is_pure(source: Path) -> None:
    assert impurities(source.read_text(encoding="utf-8")) == []


def _distribution(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_what_is_imported_is_declared_and_the_other_way_round() -> None:
    pyproject = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    requirements: list[str] = pyproject["project"]["dependencies"]
    declared = {_distribution(re.split(r"[^\w.-]", requirement)[0]) for requirement in requirements}
    modules = {
        module.partition(".")[0]
        for source in SOURCES
        for module in imported_modules(source.read_text(encoding="utf-8"), "journal")
    }
    distributions = packages_distributions()
    foreign = modules - sys.stdlib_module_names - {"journal"}
    imported = {_distribution(name) for module in foreign for name in distributions.get(module, [module])}
    assert imported - declared == set()
    assert declared - imported <= NOT_IMPORTED_YET


@pytest.mark.parametrize("source", SOURCES, ids=_name)
def test_a_file_is_one_short_room(source: Path) -> None:
    assert source.stem not in VAGUE_NAMES
    assert source.read_text(encoding="utf-8").count("\n") <= LONGEST_FILE


def test_what_is_shipped_beside_the_package_holds_no_python() -> None:
    directories = [PROJECT / name for name in SHIPPED]
    assert [_name(path) for directory in directories for path in directory.rglob("*.py")] == []


def test_the_top_level_is_that_of_the_design() -> None:
    python = {path.relative_to(PROJECT).parts[0] for path in PROJECT.glob("*/*.py")} | {
        path.name for path in PROJECT.glob("*.py")
    }
    assert python <= {"journal", "tests"}


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("derive", "from journal import capture"),
        ("derive", "from journal.capture.git.history import x"),
        ("capture", "import journal.derive.ideas"),
        ("store", "from journal import ingest"),
        ("events", "def f():\n    from journal.paths import data_dir"),
        ("cli", "from journal.unknown import x"),
        ("derive", "from ..store import x"),
        (SELF, "from journal.events import Event"),
        ("errors", "import journal.config"),
    ],
)
def test_a_wrong_import_is_seen(room: str, source: str) -> None:
    assert len(wrong_imports(source, room, f"journal.{room}")) == 1


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("derive", "from journal.derive.ideas import x\nfrom journal.events import Event\nfrom .story import day"),
        ("cli", "from journal import __version__, store\nimport sqlite3"),
        ("capture", "from . import place"),
        ("ingest", "from journal.store import append"),
    ],
)
def test_a_right_import_is_let_through(room: str, source: str) -> None:
    assert wrong_imports(source, room, f"journal.{room}") == []


@pytest.mark.parametrize(
    "source",
    [
        "import os",
        "import os.path",
        "from time import time",
        "open('x')",
        "x = datetime.now(UTC)",
        "from random import *",
    ],
)
def test_an_impurity_is_seen(source: str) -> None:
    assert len(impurities(source)) == 1
    assert impurities("from datetime import UTC, datetime\nimport re, math\nx = datetime(2026, 1, 1, tzinfo=UTC)") == []
