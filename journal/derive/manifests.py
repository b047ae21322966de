"""What a repo's manifests declare: requirements with their pins, the Python they claim, console scripts.

Every fact carries its file and line. Nothing is executed: setup.py is read as a syntax tree.
"""

import ast
import configparser
import posixpath
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast

_REQUIREMENT = re.compile(r"^([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*((?:[<>=!~]=?=?\s*[\w.*+!-]+\s*,?\s*)*)")
_CONDA = re.compile(
    r"^\s*-\s*(?:[\w.-]+::)?([A-Za-z0-9][\w.-]*)"
    r"\s*([<>=!~]=?\s*[^#\s,<>=!~][^#\s,]*(?:\s*,\s*[<>=!~]=?\s*[^#\s,<>=!~][^#\s,]*)*)?\s*(?:#.*)?$"
)
_NAMED_LIKE_MANIFEST = re.compile(
    r"^(?:requirements[\w.-]*\.(?:txt|in)|pyproject\.toml|setup\.py|setup\.cfg|\.python-version"
    r"|(?:environment|env|conda)[\w.-]*\.ya?ml)$"
)


class Requirement(NamedTuple):
    """One declared package: its name as written, its version limits ("" for none), where it stands."""

    name: str
    limits: str
    path: str
    line: int


class Manifests(NamedTuple):
    """What the manifests of a repo say.

    Attributes:
        paths: the manifests read, sorted.
        requirements: in the order of the files and their lines.
        python: the Python versions claimed, as (limits, path, line).
        scripts: console script → "package.module:function".
        unreadable: manifests that do not parse.
    """

    paths: tuple[str, ...]
    requirements: tuple[Requirement, ...]
    python: tuple[tuple[str, str, int], ...]
    scripts: Mapping[str, str]
    unreadable: tuple[str, ...]


def is_manifest(path: str) -> bool:
    """Whether a file declares an environment: at the root or one directory below it, or in requirements/."""
    directory, name = posixpath.split(path)
    in_requirements = directory == "requirements" and name.endswith((".txt", ".in"))
    return (path.count("/") <= 1 and bool(_NAMED_LIKE_MANIFEST.match(name))) or in_requirements


def read_manifests(texts: Mapping[str, str]) -> Manifests:
    """Reads the manifests among some files.

    Args:
        texts: path → text; what is no manifest is passed over.
    """
    requirements: list[Requirement] = []
    python: list[tuple[str, str, int]] = []
    scripts: dict[str, str] = {}
    unreadable: list[str] = []
    paths = sorted(filter(is_manifest, texts), key=lambda path: (path.count("/"), path))
    for path in paths:
        name = posixpath.basename(path)
        try:
            declared = list(_reader(name)(texts[path]))
        except (ValueError, SyntaxError, RecursionError, configparser.Error):
            unreadable.append(path)
            continue
        for kind, what, limits in declared:
            line = _line_of(what if kind != "python" else limits, texts[path], kind)
            if kind == "package":
                requirements.append(Requirement(what, limits, path, line))
            elif kind == "python":
                python.append((limits, path, line))
            else:
                scripts.setdefault(what, limits)
    return Manifests(tuple(paths), tuple(requirements), tuple(python), scripts, tuple(unreadable))


# A declaration is ("package", name, limits), ("python", "", limits) or ("script", name, what it calls).
_Declared = Iterator[tuple[str, str, str]]


def _reader(name: str) -> Any:
    readers = {"pyproject.toml": _pyproject, "setup.cfg": _setup_cfg, "setup.py": _setup_py, ".python-version": _pyenv}
    return readers.get(name) or (_conda if name.endswith(("yml", "yaml")) else _requirements)


def _requirements(text: str) -> _Declared:
    for line in text.split("\n"):
        yield from _requirement(line)


def _requirement(line: str) -> _Declared:
    found = _REQUIREMENT.match(line.strip())
    if found and "://" not in line.split("#", 1)[0].split("@", 1)[0]:
        yield "package", found[1], "".join(found[2].split())


def _conda(text: str) -> _Declared:
    listed = False
    for line in text.split("\n"):
        if re.match(r"^\S", line):
            listed = line.startswith("dependencies:")
        found = _CONDA.match(line) if listed else None
        if found and found[1] == "python":
            yield "python", "", found[2] or ""
        elif found and found[1] != "pip":
            yield "package", found[1], (found[2] or "").replace(" ", "")


def _pyenv(text: str) -> _Declared:
    if re.match(r"\d[\d.]*\s*$", text):
        yield "python", "", text.strip()


def _pyproject(text: str) -> _Declared:
    tables = tomllib.loads(text)
    project = _table(tables.get("project"))
    poetry = _table(_table(tables.get("tool")).get("poetry"))
    limits = project.get("requires-python")
    if isinstance(limits, str):
        yield "python", "", limits
    for requirement in project.get("dependencies") or ():
        yield from _requirement(str(requirement))
    for name, wanted in _table(poetry.get("dependencies")).items():
        version = wanted if isinstance(wanted, str) else str(_table(wanted).get("version", ""))
        yield ("python", "", version) if name == "python" else ("package", name, version)
    for name, target in {**_table(poetry.get("scripts")), **_table(project.get("scripts"))}.items():
        yield "script", name, str(target)


def _setup_cfg(text: str) -> _Declared:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.read_string(text)
    limits = parser.get("options", "python_requires", fallback="")
    if limits:
        yield "python", "", limits
    yield from _requirements(parser.get("options", "install_requires", fallback=""))
    yield from _console_scripts(parser.get("options.entry_points", "console_scripts", fallback="").split("\n"))


def _setup_py(text: str) -> _Declared:
    for call in (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)):
        for keyword in call.keywords:
            strings = [node.value for node in ast.walk(keyword.value) if isinstance(node, ast.Constant)]
            words = [word for word in strings if isinstance(word, str)]
            if keyword.arg == "python_requires" and words:
                yield "python", "", words[0]
            elif keyword.arg == "install_requires" and isinstance(keyword.value, ast.List):
                for word in words:
                    yield from _requirement(word)
            elif keyword.arg == "entry_points":
                yield from _console_scripts(words)


def _console_scripts(lines: list[str]) -> _Declared:
    for line in lines:
        found = re.match(r"\s*([\w.-]+)\s*=\s*([\w.]+:[\w.]+)\s*$", line)
        if found:
            yield "script", found[1], found[2]


def _table(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _line_of(what: str, text: str, kind: str) -> int:
    """The line that declares it: the first that has the name as a word (for Python, the limits).

    Of a conda file the channels are passed over: one may be called as a package is.
    """
    declaring = re.search(r"^dependencies:", text, re.MULTILINE)
    before = text.count("\n", 0, declaring.start()) if declaring else 0
    word = re.compile(rf"(?<![\w.-]){re.escape(what)}(?![\w-])" if kind != "python" else re.escape(what))
    fallback = 1
    for number, line in enumerate(text.split("\n")[before:], before + 1):
        if word.search(line.split("#", 1)[0]):
            if kind != "python" or "python" in line.lower() or not what:
                return number
            fallback = number
    return fallback
