"""What the parts of the map are given of a repo: the names of all its files, the texts of some."""

import posixpath
import re
from collections.abc import Iterable, Mapping

# Where other people's code lies in a repo.
_VENDORED = frozenset(
    [
        "third_party",
        "third-party",
        "thirdparty",
        "3rdparty",
        "vendor",
        "vendored",
        "external",
        "externals",
        "extern",
        "submodules",
        "node_modules",
        "site-packages",
    ]
)
_TEST_CODE = re.compile(r"^[ \t]*(?:async )?def test|\bunittest\b|\bpytest\b", re.MULTILINE)
_TESTS = frozenset(["test", "tests", "testing", "unit_tests", "unittests"])


class RepoFiles:
    """A repo as the map's parts see it.

    Attributes:
        name: what the repo is called.
        paths: every file, relative, with "/", sorted.
        known: every file and every directory that holds one ("" is the root).
        texts: path → text, of the files that were read.
    """

    def __init__(self, name: str, paths: Iterable[str], texts: Mapping[str, str]) -> None:
        self.name = name
        self.paths = tuple(sorted(paths))
        self.texts = texts
        known = {""}
        for path in self.paths:
            part = path
            while part not in known:
                known.add(part)
                part = posixpath.dirname(part)
        self.known = frozenset(known)
        self.files = frozenset(self.paths)


def is_vendored(path: str) -> bool:
    """Whether a file is other people's code, carried along."""
    return any(part.lower() in _VENDORED for part in path.split("/")[:-1])


def is_in_tests(path: str) -> bool:
    """Whether a file lies in a directory of tests."""
    return any(part.lower() in _TESTS for part in path.split("/")[:-1])


def is_test(path: str, text: str) -> bool:
    """Whether a Python file belongs to the tests: `test_ae.py` evaluates a model unless it defines tests."""
    name = posixpath.basename(path)
    named = name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py"
    return is_in_tests(path) or (named and _TEST_CODE.search(text) is not None)
