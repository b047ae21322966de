"""ENV.md: what the machine is and what the repo needs of it, as Markdown.

Pure: machine facts (see `journal.capture.machine.source.read_machine`) and manifests come in, sections go out.
"""

from collections.abc import Sequence

from journal.derive.cluster_profile import ClusterProfile
from journal.derive.gotcha.section import gotchas_section
from journal.derive.machine_section import machine_section
from journal.derive.manifests import Manifests, Requirement
from journal.derive.markdown import code, escaped
from journal.derive.section import Section
from journal.machine_facts import MachineFacts, Python

NO_GOTCHAS = gotchas_section([], 0, None)
_MOST_PACKAGES = 30
_FRAMEWORKS = frozenset(
    [
        "torch",
        "torchvision",
        "torchaudio",
        "pytorch",
        "jax",
        "jaxlib",
        "flax",
        "tensorflow",
        "tensorflow-gpu",
        "numpy",
        "lightning",
        "pytorch-lightning",
        "transformers",
        "diffusers",
        "accelerate",
        "deepspeed",
        "triton",
        "flash-attn",
        "xformers",
        "cudatoolkit",
        "pytorch-cuda",
    ]
)


def environment_sections(
    login: MachineFacts | None,
    jobs: Sequence[MachineFacts],
    manifests: Manifests,
    profile: ClusterProfile | None = None,
    gotchas: str = NO_GOTCHAS,
) -> list[Section]:
    """The sections of ENV.md.

    Args:
        login: the machine a person works on, or None where it was never looked at.
        jobs: what was seen inside jobs of the same cluster, one for each partition.
        manifests: what the repo declares.
        profile: the cluster's, if any.
        gotchas: the section of gotchas (see `journal.derive.gotcha.section`).
    """
    return [
        Section("machine", machine_section(login, jobs, profile)),
        Section("needs", needs_section(manifests, login["python"] if login else None)),
        Section("gotchas", gotchas),
    ]


def needs_section(manifests: Manifests, python: Python | None) -> str:
    """What the manifests declare: the Python claimed, pins, limits, and the versions installed."""
    lines = ["## What this repo needs"]
    if not manifests.paths:
        return "\n".join(
            [*lines, "No manifest (requirements.txt, pyproject.toml, environment.yml, setup.py) declares anything."]
        )
    claims = [
        f"{code(limits, 40) or 'of any version'} ({_place(path, line)})" for limits, path, line in manifests.python
    ]
    lines.append("Python " + " · ".join(claims[:4]) if claims else "No manifest says which Python.")
    limited = [
        requirement for requirement in manifests.requirements if requirement.limits or _is_framework(requirement)
    ]
    places: dict[tuple[str, str], list[Requirement]] = {}
    for requirement in limited:
        places.setdefault((requirement.name.lower(), requirement.limits), []).append(requirement)
    rows = sorted(places.values(), key=lambda same: _weight(same[0]))
    installed = python["packages"] if python else {}
    if rows:
        lines += ["", "| package | declared | read in |" + (" installed |" if installed else "")]
        lines.append("|---|---|---|" + ("---|" if installed else ""))
    for requirement, *others in rows[:_MOST_PACKAGES]:
        version = installed.get(requirement.name.lower().replace("-", "_"), "")
        declared = code(requirement.limits, 40) or "any version"
        place = ", ".join(_place(one.path, one.line) for one in (requirement, *others[:2]))
        lines.append(
            f"| {escaped(requirement.name, 60)} | {declared} | {place} |"
            + (f" {escaped(version, 40) or '–'} |" if installed else "")
        )
    left = len(rows) - _MOST_PACKAGES
    free = sorted({requirement.name for requirement in manifests.requirements} - {one.name for one in limited})
    notes = [f"{left} more with limits left out." if left > 0 else "", _any_version(free), _unreadable(manifests)]
    return "\n".join([*lines, *(f"\n{note}" for note in notes if note)])


def _is_framework(requirement: Requirement) -> bool:
    return requirement.name.lower() in _FRAMEWORKS


def _weight(requirement: Requirement) -> tuple[bool, bool, bool]:
    """Frameworks first, then pins, then other limits; what only developers need comes last."""
    for_developers = any(word in requirement.path for word in ("dev", "test", "doc", "lint"))
    return for_developers, not _is_framework(requirement), not requirement.limits.startswith("=")


def _any_version(names: Sequence[str]) -> str:
    if not names:
        return ""
    shown = ", ".join(escaped(name, 60) for name in names[:30])
    return f"In any version: {shown}" + (f" and {len(names) - 30} more" if len(names) > 30 else "")


def _unreadable(manifests: Manifests) -> str:
    return (
        "Does not parse: " + ", ".join(code(path, 100) for path in manifests.unreadable) if manifests.unreadable else ""
    )


def _place(path: str, line: int) -> str:
    return escaped(f"{path}:{line}", 160)
