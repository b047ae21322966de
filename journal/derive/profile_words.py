"""What a cluster's profile says, in the words of ENV.md: parts of table cells, and the lines below the table."""

from collections.abc import Set as AbstractSet

from journal.derive.amounts import abbreviated
from journal.derive.cluster_profile import (
    ClusterProfile,
    GpuKind,
    PartitionLimits,
    StoragePlace,
    misplaced_caches,
    place_of,
)
from journal.derive.markdown import code, escaped
from journal.derive.slurm_limits import limit_words
from journal.machine_facts import MachineFacts


def partitions(profile: ClusterProfile, here: MachineFacts) -> list[str]:
    """Partitions with their limits, where slurm.conf did not tell them, and the qualities of service."""
    measured = here["scheduler"]["partitions"] if here["scheduler"] else []
    told = [] if measured else [limits(escaped(one.name, 40), one) for one in profile.partitions]
    return [*told, *(limits(code(f"--qos={one.name}", 60), one) for one in profile.qos)]


def limits(name: str, found: PartitionLimits) -> str:
    """A partition or a quality of service, its name as Markdown, with its limits and what to know of it."""
    parts = [escaped(limit_words(found.max_time), 20)] if found.max_time else []
    parts += (
        [f"{escaped(found.max_nodes, 12)} {'node' if found.max_nodes == '1' else 'nodes'}"] if found.max_nodes else []
    )
    parts += [escaped(found.note, 80)] if found.note else []
    return f"{name} {', '.join(parts)}".strip()


def gpus(profile: ClusterProfile, seen: AbstractSet[str | None]) -> list[str]:
    """The GPUs of the partitions that were not seen from inside."""
    told: list[str] = []
    for kind in profile.gpus:
        others = [name for name in kind.partitions if name not in seen]
        if others:
            told.append(f"{escaped(', '.join(others), 80)}: {_gpu(kind)}")
    return told


def architectures(profile: ClusterProfile) -> list[str]:
    """The processors of compute nodes: `aarch64 (accel)`; without names where all are alike."""
    names: dict[str, list[str]] = {}
    for partition in profile.partitions:
        if partition.architecture:
            names.setdefault(partition.architecture, []).append(partition.name)
    if len(names) == 1:
        return [escaped(architecture, 20) for architecture in names]
    return [f"{escaped(architecture, 20)} ({escaped(', '.join(of), 80)})" for architecture, of in names.items()]


def container(profile: ClusterProfile) -> str:
    """How to run a command in the site's container."""
    if not profile.container_image:
        return ""
    run = code(f"{profile.container_run} {profile.container_image}".strip(), 200)
    setup = code("; ".join(profile.container_setup), 200)
    return f"{run} after {setup}" if setup else run


def packages(profile: ClusterProfile) -> str:
    """How packages are to be installed, with the command."""
    if not profile.packages.advice:
        return ""
    instead = code(profile.packages.instead, 200)
    return escaped(profile.packages.advice) + (f" · {instead}" if instead else "")


def caches(profile: ClusterProfile, here: MachineFacts) -> list[str]:
    """The cache variables that are still to be set with their places, those with the same reason together."""
    reasons: dict[str, list[str]] = {}
    for advice in misplaced_caches(profile, here):
        place = advice.in_project(project_of(profile, here))
        reasons.setdefault(advice.why, []).append(code(f"{advice.variable}={place}", 160))
    return [
        "**set** " + ", ".join(settings) + (f" ({escaped(why)})" if why else "") for why, settings in reasons.items()
    ]


def project_of(profile: ClusterProfile, here: MachineFacts) -> str:
    """The project in whose storage the repo lies, "" where that cannot be said."""
    repo = here["filesystems"].get("repo")
    found = place_of(profile, repo["path"]) if repo else None
    return found[1] if found and "$PROJECT" in found[0].path else ""


def storage(profile: ClusterProfile) -> str:
    """The places to store files, with quotas and when they are emptied."""
    return " · ".join(map(_place, profile.storage))


def jobs(profile: ClusterProfile) -> str:
    """What every job must say, and where a script is to be had."""
    if not profile.job.template:
        return ""
    required = ", ".join(code(option, 40) for option in profile.job.required)
    return (f"always give {required} · " if required else "") + "a script to begin with: `journal env --job-script`"


def rules(profile: ClusterProfile) -> list[str]:
    """What must not be done on login nodes, and what holds for agents, as lists."""
    lines: list[str] = []
    for title, texts in (("On login nodes, never:", profile.never), ("Agents here:", profile.agents)):
        if texts:
            lines += ["", f"**{title}**", "", *(f"- {escaped(text, 300)}" for text in texts)]
    return lines


def provenance(profile: ClusterProfile) -> list[str]:
    """One line that says how old the profile is; none for what holds on any cluster."""
    if not profile.title or not profile.provenance:
        return []
    checked = sorted({one.checked for one in profile.provenance if one.checked})
    day = f", checked {escaped(checked[0], 20)}" if checked else ""
    return ["", f"What was not measured here is from the profile {code(profile.name, 60)}{day}."]


def _gpu(kind: GpuKind) -> str:
    memory = f", {kind.memory_gib} GiB each" if kind.memory_gib else ""
    software = f" ({escaped(kind.software, 20)})" if kind.software else ""
    return f"{kind.per_node} × {escaped(kind.model, 60)}{memory}{software}"


def _place(place: StoragePlace) -> str:
    parts = [escaped(place.size, 20)] if place.size else []
    parts += [f"{abbreviated(place.files)} files"] if place.files else []
    parts += [f"**purged after {place.purge_days} days unused**"] if place.purge_days else []
    parts += [escaped(place.note, 80)] if place.note else []
    return f"{escaped(place.name, 40)} {code(place.path, 120)} {', '.join(parts)}".strip()
