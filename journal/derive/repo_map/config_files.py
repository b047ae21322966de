"""Configuration files of a repo, by directory."""

import posixpath
import re
from collections.abc import Iterable
from typing import NamedTuple

from journal.derive.repo_map.files import is_in_tests, is_vendored

_DIRECTORY = re.compile(r"^(?:conf|config|configs|configuration|configurations|cfg|cfgs|hparams|experiments?|recipes)$")
_SUFFIXES = (".yaml", ".yml", ".json", ".toml", ".py", ".gin", ".jsonnet", ".ini")


class ConfigGroup(NamedTuple):
    """Configurations that lie together: the directory and the names of its files, sorted, without other people's."""

    directory: str
    names: tuple[str, ...]


def config_groups(paths: Iterable[str]) -> list[ConfigGroup]:
    """Directories below `configs/` and the like, with their files; Python files count only where all are such."""
    groups: dict[str, list[str]] = {}
    for path in paths:
        directory, name = posixpath.split(path)
        named = any(_DIRECTORY.match(part.lower()) for part in directory.split("/"))
        if (
            named
            and name.endswith(_SUFFIXES)
            and name != "__init__.py"
            and not is_vendored(path)
            and not is_in_tests(path)
        ):
            groups.setdefault(directory, []).append(name)
    return [ConfigGroup(directory, tuple(sorted(names))) for directory, names in sorted(groups.items())]
