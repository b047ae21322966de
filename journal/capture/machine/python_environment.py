"""Probe of the Python that a repo uses, without running it: version and the frameworks installed.

Read from pyvenv.cfg, conda-meta and the dist-info directories of site-packages (PEP 405, PEP 376).
"""

import os
import re
from pathlib import Path

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
_DIST_INFO = re.compile(r"(?P<name>[\w.]+)-(?P<version>[^-]+)\.dist-info$")


def python_environment(view: MachineView, repo: Path | None) -> Python | None:
    """The Python of a repo's own environment, else of the active one, else of `$PATH`.

    Args:
        view: the machine.
        repo: the repo's directory as it is here (not below `view.root`).

    Returns:
        Its version and the frameworks installed in it, or None where no Python is found.
    """
    environ = view.environ
    candidates = [(name, repo / name) for name in (".venv", "venv", "env") if repo]
    active = [name for name in ("VIRTUAL_ENV", "CONDA_PREFIX") if environ.get(name, "").startswith("/")]
    candidates += [(f"${name}", view.path(environ[name])) for name in active]
    for where, prefix in candidates:
        kind, version = _prefix_version(prefix)
        if kind:
            return {"where": where, "kind": kind, "version": version, "packages": _installed(prefix)}
    system = view.which("python3")
    if not system:
        return None
    named = re.search(r"python(3[\d.]+)$", os.path.realpath(view.path(system)))
    return {"where": "PATH", "kind": "system", "version": named[1] if named else None, "packages": {}}


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
