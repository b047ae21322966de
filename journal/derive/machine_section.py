"""ENV.md's table of a machine or a cluster: what was measured on it, and what its profile adds.

Pure: machine facts (see `journal.capture.machine.source.read_machine`) and a profile come in, Markdown goes out.
"""

from collections.abc import Mapping, Sequence

from journal.derive import profile_words
from journal.derive.cluster_profile import NO_CLUSTER, ClusterProfile, PartitionLimits
from journal.derive.markdown import code, escaped
from journal.machine_facts import MachineFacts


def machine_section(
    login: MachineFacts | None, jobs: Sequence[MachineFacts], profile: ClusterProfile | None = None
) -> str:
    """The table of this machine or cluster: what was measured comes first, its profile fills what was not.

    Args:
        login: the machine a person works on, or None where it was never looked at.
        jobs: what was seen inside jobs of the same cluster, one for each partition.
        profile: the cluster's, if any.
    """
    here = login or (jobs[0] if jobs else None)
    if here is None:
        return "## This machine\nNot looked at yet: `journal capture` does."
    known = profile or NO_CLUSTER
    cluster = here["scheduler"]["cluster"] if here["scheduler"] else None
    name = known.title or cluster
    heading = f"cluster: {escaped(name, 60)}" if name else f"machine: {escaped(here['host'], 60)}"
    rows = [
        ("Scheduler", _scheduler(here)),
        ("Partitions", _joined(*_partitions(here, known), *profile_words.partitions(known, here))),
        ("GPUs", _gpus(here, jobs, known)),
        ("Login / compute" if name else "Processor", _nodes(login, jobs, known)),
        ("System", escaped(here["os"]["name"], 80)),
        ("Modules", _joined(_modules(here), escaped(known.modules))),
        ("Containers", _joined(*_versioned(here["containers"]), profile_words.container(known))),
        ("Python", _python(here)),
        ("Package tools", " · ".join(map(escaped, here["package_tools"]))),
        ("Packages", profile_words.packages(known)),
        ("Caches", _joined(_caches(here), *profile_words.caches(known, here))),
        ("Storage", profile_words.storage(known)),
        ("Filesystems", _filesystems(here)),
        ("Jobs", profile_words.jobs(known)),
    ]
    table = [f"## This {heading}", "| | |", "|---|---|", *(f"| {name} | {said} |" for name, said in rows if said)]
    return "\n".join([*table, *profile_words.rules(known), *profile_words.provenance(known)])


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _scheduler(here: MachineFacts) -> str:
    scheduler = here["scheduler"]
    return f"Slurm {escaped(scheduler['version'] or '', 40)}".strip() if scheduler else ""


def _partitions(here: MachineFacts, profile: ClusterProfile) -> list[str]:
    """Partitions of slurm.conf; where it sets no limit, the profile's, and what the profile notes."""
    documented = {partition.name: partition for partition in profile.partitions}
    told: list[str] = []
    for partition in here["scheduler"]["partitions"] if here["scheduler"] else ():
        name = partition["name"]
        found = documented.get(name) or PartitionLimits(name)
        max_time, max_nodes = partition["max_time"] or found.max_time, partition["max_nodes"] or found.max_nodes
        words = escaped(name, 40) + (" (default)" if partition["default"] else "")
        told.append(profile_words.limits(words, found._replace(max_time=max_time, max_nodes=max_nodes)))
    return told


def _gpus(here: MachineFacts, jobs: Sequence[MachineFacts], profile: ClusterProfile) -> str:
    seen = [facts for facts in (here, *jobs) if facts["gpus"]]
    told = [_gpu(facts) for facts in seen]
    partitions = {facts["job"]["partition"] for facts in seen if facts["job"]}
    known = profile_words.gpus(profile, partitions)
    if not told and not known:
        nodes = here["scheduler"]["nodes"] if here["scheduler"] else ()
        told = [
            f"{code(node['gres'], 60)} on {escaped(node['name'], 60)} (slurm.conf)" for node in nodes if node["gres"]
        ]
    vendors = {gpu["vendor"] for facts in seen for gpu in facts["gpus"]}
    software = {kind.software for kind in profile.gpus}
    told += known
    if vendors == {"amd"} or (not vendors and software == {"ROCm"}):
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


def _nodes(login: MachineFacts | None, jobs: Sequence[MachineFacts], profile: ClusterProfile) -> str:
    nodes = list(dict.fromkeys(map(_node, jobs))) or profile_words.architectures(profile)
    at_login = login["architecture"] if login else profile.login_architecture
    seen = {facts["architecture"] for facts in jobs} or {one.architecture for one in profile.partitions}
    told = [_node(login) if login else escaped(at_login, 20) or "not seen"] if login or jobs else []
    told += [" · ".join(nodes)] if nodes else []
    differ = len({at_login, *seen} - {""}) > 1
    return " / ".join(told) + (" · **not the same**: build in a job what runs in a job" if differ else "")


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
