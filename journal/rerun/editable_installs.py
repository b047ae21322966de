"""Packages that an environment imports from a worktree (`pip install -e`): a job's old code would not be used."""

import os
from collections.abc import Iterator
from pathlib import Path

_LARGEST_FILE = 1 << 20
_ENDS = (b"", b"/", b"\n", b"\r", b"'", b'"')  # what follows a path


def editable_installs(root: Path) -> list[tuple[Path, str]]:
    """(environment, package) of each package that is imported from below a worktree.

    Looked at are `.venv` and `venv` in the worktree, and the environment that one stands in. Found are the files that
    pip leaves: `*.egg-link`, `*.pth` that name the worktree, and finders (`__editable___*_finder.py`).
    """
    named = (os.environ.get(name) for name in ("VIRTUAL_ENV", "CONDA_PREFIX"))
    environments = [root / ".venv", root / "venv", *(Path(name) for name in named if name)]
    found = {
        (environment, package)
        for environment in dict.fromkeys(path.resolve() for path in environments)
        for package in _packages(environment, os.fsencode(root))
    }
    return sorted(found)


def _packages(environment: Path, root: bytes) -> Iterator[str]:
    for packages in environment.glob("lib/python*/site-packages"):
        for pattern in ("*.egg-link", "*.pth", "__editable___*_finder.py"):
            for file in packages.glob(pattern):
                if _names(file, root):
                    yield file.stem.removeprefix("__editable__").strip("._").removesuffix("_finder").partition("-")[0]


def _names(file: Path, root: bytes) -> bool:
    try:
        with file.open("rb") as opened:
            content = opened.read(_LARGEST_FILE)
    except OSError:
        return False
    return any(content[at + len(root) : at + len(root) + 1] in _ENDS for at in _places(content, root))


def _places(content: bytes, wanted: bytes) -> Iterator[int]:
    at = content.find(wanted)
    while at >= 0:
        yield at
        at = content.find(wanted, at + 1)
