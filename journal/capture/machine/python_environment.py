"""Probe of the Python that a repo uses, without running it: version, the frameworks installed, what came lately.

Read from pyvenv.cfg, conda-meta and the dist-info directories of site-packages (PEP 405, PEP 376).
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from journal.capture.machine.view import MachineView, read_head
from journal.machine_facts import Python

_FRAMEWORKS = frozenset(
    [
        "torch",
        "torchvision",
        "torchaudio",
        "jax",
        "jaxlib",
        "flax",
        "tensorflow",
        "keras",
        "numpy",
        "lightning",
        "pytorch_lightning",
        "transformers",
        "diffusers",
        "accelerate",
        "deepspeed",
        "triton",
        "pytorch_triton_rocm",
        "flash_attn",
        "xformers",
        "vllm",
    ]
)
_CONDA_RECORD = re.compile(r"(?P<name>[\w.-]+)-(?P<version>[^-]+)-[^-]+\.json$")
_DIST_INFO = re.compile(r"(?P<name>[\w.]+)-(?P<version>[^-]+)\.dist-info$")


def python_environment(view: MachineView, repo: Path | None) -> Python | None:
    """The Python of a repo's own environment, else of the active one, else of `$PATH`.

    Args:
        view: the machine.
        repo: the repo's directory as it is here (not below `view.root`).

    Returns:
        Its version and the frameworks installed in it, or None where no Python is found.
    """
    for where, prefix in _candidates(view, repo):
        kind, version = _prefix_version(prefix)
        if kind:
            return {"where": where, "kind": kind, "version": version, "packages": _installed(prefix)}
    system = view.which("python3")
    if not system:
        return None
    named = re.search(r"python(3[\d.]+)$", os.path.realpath(view.path(system)))
    return {"where": "PATH", "kind": "system", "version": named[1] if named else None, "packages": {}}


def _candidates(view: MachineView, repo: Path | None) -> Iterator[tuple[str, Path]]:
    """Where an environment may lie, and how that place is called."""
    for name in (".venv", "venv", "env") if repo else ():
        yield name, (repo or Path()) / name
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        if view.environ.get(name, "").startswith("/"):
            yield f"${name}", view.path(view.environ[name])


class InstalledPackage(NamedTuple):
    """A package that came to an environment: `where` as for `Python`, `at` in seconds since 1970."""

    name: str
    version: str
    where: str
    at: float


def installed_since(view: MachineView, repo: Path | None, moment: float) -> list[InstalledPackage]:
    """The packages that were installed or exchanged in the environments of a repo after a moment, oldest first.

    Args:
        view, repo: as for `python_environment`; all environments that are found count.
        moment: seconds since 1970.

    An installer writes a package's metadata anew, so its time tells when that was done. What was removed leaves none.
    """
    found: dict[tuple[str, str], InstalledPackage] = {}
    for where, prefix in _candidates(view, repo):
        for record in (*prefix.glob("lib/python3*/site-packages/*.dist-info"), *prefix.glob("conda-meta/*.json")):
            named = (_DIST_INFO if record.suffix == ".dist-info" else _CONDA_RECORD).match(record.name)
            try:
                at = record.stat().st_mtime
            except OSError:
                continue
            if named and at > moment:
                package = InstalledPackage(named["name"], named["version"], where, at)
                found.setdefault((str(record.resolve()), package.name), package)
    return sorted(found.values(), key=lambda package: (package.at, package.name))


def _prefix_version(prefix: Path) -> tuple[str | None, str | None]:
    settings = dict(re.findall(r"^(\w+)\s*=\s*(\S+)", read_head(prefix / "pyvenv.cfg"), re.MULTILINE))
    if settings:
        version = re.match(r"[\d.]+", settings.get("version_info") or settings.get("version") or "")
        return "venv", version[0].rstrip(".") if version else None
    try:
        records = sorted(os.listdir(prefix / "conda-meta"))  # noqa: PTH208 (names, not paths)
    except OSError:
        return None, None
    versions = [found[1] for name in records if (found := re.match(r"python-(\d[\d.]*)-.*\.json$", name))]
    return "conda", versions[0] if versions else None


def _installed(prefix: Path) -> dict[str, str]:
    packages: dict[str, str] = {}
    for site in sorted(prefix.glob("lib/python3*/site-packages")):
        try:
            names = os.listdir(site)  # noqa: PTH208 (names, not paths)
        except OSError:
            continue
        for name in names:
            found = _DIST_INFO.match(name)
            if found and found["name"].lower() in _FRAMEWORKS:
                # The directory's name may be normalised; METADATA has the version as built (2.1.0+rocm5.6).
                told = re.search(r"^Version:\s*(\S+)", read_head(site / name / "METADATA", 4096), re.MULTILINE)
                packages[found["name"].lower()] = told[1] if told else found["version"]
    return dict(sorted(packages.items()))
