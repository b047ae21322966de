"""ENV.md: what the machine is and what the repo needs of it, as Markdown.

Pure: machine facts (see `journal.capture.machine.source.read_machine`) and manifests come in, sections go out.
"""

import re
from collections.abc import Mapping, Sequence

from journal.derive.manifests import Manifests, Requirement
from journal.derive.markdown import code, escaped
from journal.derive.section import Section
from journal.machine_facts import MachineFacts, Python

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
    login: MachineFacts | None, jobs: Sequence[MachineFacts], manifests: Manifests
) -> list[Section]:
    """The sections of ENV.md.

    Args:
        login: the machine a person works on, or None where it was never looked at.
        jobs: what was seen inside jobs of the same cluster, one for each partition.
        manifests: what the repo declares.
    """
    return [
        Section("machine", machine_section(login, jobs)),
        Section("needs", needs_section(manifests, login["python"] if login else None)),
        Section("gotchas", "## Gotchas\nNone yet: when a failure is overcome, what fixed it is kept here."),
    ]


def machine_section(login: MachineFacts | None, jobs: Sequence[MachineFacts]) -> str:
    """The table of this machine or cluster; what was seen in jobs stands beside what the login node shows."""
    here = login or (jobs[0] if jobs else None)
    if here is None:
        return "## This machine\nNot looked at yet: `journal capture` does."
    cluster = here["scheduler"]["cluster"] if here["scheduler"] else None
    title = f"cluster: {escaped(cluster, 60)}" if cluster else f"machine: {escaped(here['host'], 60)}"
    rows = [
        ("Scheduler", _scheduler(here)),
        ("Partitions", _partitions(here)),
        ("GPUs", _gpus(here, jobs)),
        ("Login / compute" if cluster else "Processor", _nodes(login, jobs)),
        ("System", escaped(here["os"]["name"], 80)),
        ("Modules", _modules(here)),
        ("Containers", " · ".join(_versioned(here["containers"]))),
        ("Python", _python(here)),
        ("Package tools", " · ".join(map(escaped, here["package_tools"]))),
        ("Caches", _caches(here)),
        ("Filesystems", _filesystems(here)),
    ]
    return "\n".join(
        [f"## This {title}", "| | |", "|---|---|", *(f"| {name} | {said} |" for name, said in rows if said)]
    )


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


def _scheduler(here: MachineFacts) -> str:
    scheduler = here["scheduler"]
    return f"Slurm {escaped(scheduler['version'] or '', 40)}".strip() if scheduler else ""


def _partitions(here: MachineFacts) -> str:
    told: list[str] = []
    for partition in here["scheduler"]["partitions"] if here["scheduler"] else ():
        limits = [_duration(partition["max_time"])] if partition["max_time"] else []
        limits += [f"{escaped(partition['max_nodes'], 12)} nodes"] if partition["max_nodes"] else []
        name = escaped(partition["name"], 40) + (" (default)" if partition["default"] else "")
        told.append(" ".join([name, ", ".join(limits)]).strip())
    return " · ".join(told)


def _duration(limit: str) -> str:
    """A Slurm time limit (`2-00:00:00`, `03:00:00`) as a person says it."""
    found = re.fullmatch(r"(?:(\d+)-)?(\d+):(\d\d):00", limit)
    if not found:
        return escaped(limit.lower(), 20)
    parts = ((found[1] or "0", "d"), (found[2], "h"), (found[3], "min"))
    return " ".join(f"{int(number)} {unit}" for number, unit in parts if int(number)) or escaped(limit, 20)


def _gpus(here: MachineFacts, jobs: Sequence[MachineFacts]) -> str:
    seen = [facts for facts in (here, *jobs) if facts["gpus"]]
    told = [_gpu(facts) for facts in seen]
    if not told:
        nodes = here["scheduler"]["nodes"] if here["scheduler"] else ()
        told = [
            f"{code(node['gres'], 60)} on {escaped(node['name'], 60)} (slurm.conf)" for node in nodes if node["gres"]
        ]
    vendors = {gpu["vendor"] for facts in seen for gpu in facts["gpus"]}
    if vendors == {"amd"}:
        told.append("ROCm: CUDA-only wheels do not run")
    return " · ".join(dict.fromkeys(told)) or "none seen" + (" on this node" if here["scheduler"] else "")


def _gpu(facts: MachineFacts) -> str:
    told: list[str] = []
    for gpu in facts["gpus"]:
        memory = f", {gpu['memory_gib']} GiB each" if gpu["memory_gib"] else ""
        target = f" ({escaped(gpu.get('target') or '', 20)})" if gpu.get("target") else ""
        told.append(f"{gpu['count']} × {escaped(gpu['model'] or gpu['vendor'], 60)}{target}{memory}")
    names = {"nvidia_driver": "driver", "cuda": "CUDA", "amd_driver": "amdgpu", "rocm": "ROCm"}
    software = [f"{names[name]} {escaped(version, 20)}" for name, version in facts["gpu_software"].items()]
    partition = facts["job"]["partition"] if facts["job"] else None
    return (
        (f"{escaped(partition, 40)}: " if partition else "")
        + ", ".join(told)
        + (f" ({', '.join(software)})" if software else "")
    )


def _nodes(login: MachineFacts | None, jobs: Sequence[MachineFacts]) -> str:
    nodes = list(dict.fromkeys(map(_node, jobs)))
    told = " / ".join(
        [_node(login) if login else "not seen", " · ".join(nodes)] if jobs else [_node(login)] if login else []
    )
    architectures = {facts["architecture"] for facts in (*jobs, *((login,) if login else ()))}
    return told + (" · **not the same**: build in a job what runs in a job" if len(architectures) > 1 else "")


def _node(facts: MachineFacts) -> str:
    cpu = facts["cpu"]
    parts = [escaped(facts["architecture"], 20)]
    if cpu["count"]:
        parts.append(f"{cpu['count']} CPUs" + (f" ({escaped(cpu['model'], 60)})" if cpu["model"] else ""))
    if facts["memory_gib"]:
        parts.append(f"{facts['memory_gib']} GiB")
    return ", ".join(parts)


def _modules(here: MachineFacts) -> str:
    modules = here["modules"]
    if not modules:
        return ""
    loaded = " ".join(code(name, 60) for name in modules["loaded"][:20])
    return f"{modules['system']} {escaped(modules['version'] or '', 20)}".strip() + (f" · {loaded}" if loaded else "")


def _python(here: MachineFacts) -> str:
    python = here["python"]
    if not python:
        return "none found"
    where = {"PATH": "the system's"}.get(python["where"], code(python["where"], 60))
    packages = _versioned(python["packages"])
    return " · ".join([f"{escaped(python['version'] or 'version unknown', 20)}, {where}", *packages])


def _caches(here: MachineFacts) -> str:
    return " · ".join(f"{code(name, 40)} {code(path, 120)}" for name, path in sorted(here["caches"].items()))


def _filesystems(here: MachineFacts) -> str:
    told: list[str] = []
    places = here["filesystems"]
    for name in ("repo", "home", "scratch", "data"):
        place = places.get(name)
        if not place:
            continue
        kind = "network" if place["network"] else "local"
        told.append(f"{name} {code(place['path'], 120)} {escaped(place['type'], 20)} ({kind})")
    return " · ".join(told)


def _versioned(versions: Mapping[str, str | None]) -> list[str]:
    return [f"{escaped(name, 40)} {escaped(version or '', 40)}".strip() for name, version in versions.items()]


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
