"""What a cluster is like and asks of its users, beyond what a look at one of its nodes shows.

Profiles are data: the shipped ones lie in `cluster_profiles/` beside this file, a person's own in clusters/ beside
their configuration; `journal.derive.profile_file` reads them. Here: what a profile holds, which one fits a machine,
and what follows from both. What is measured on a machine comes before what its profile says.
"""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from journal.machine_facts import MachineFacts

GENERIC = "generic"  # the profile of a Slurm cluster that no other profile knows


class Detection(NamedTuple):
    """How a machine is known to belong to the cluster.

    Attributes:
        clusters: names that Slurm (ClusterName) or Lmod (LMOD_SYSTEM_NAME) gives it: any one is enough.
        hosts: patterns of its nodes' names, `uan[0-9][0-9]`.
        directories: of those that `journal.capture.machine.site_software` looks for in `/`. Where no name of the
            cluster is told, host and directories decide: one of the patterns fits, and all directories are there.
    """

    clusters: tuple[str, ...]
    hosts: tuple[str, ...]
    directories: tuple[str, ...]


class GpuKind(NamedTuple):
    """Equal GPUs of some partitions' nodes.

    Attributes:
        partitions: where they are.
        per_node: how many a node has, as Slurm counts them.
        model: as a reader knows it: `GH200`.
        memory_gib: of each.
        software: what they run: "ROCm", "CUDA".
    """

    partitions: tuple[str, ...]
    per_node: int
    model: str
    memory_gib: int | None
    software: str


class PartitionLimits(NamedTuple):
    """A partition, or a quality of service: limits as Slurm writes them ("" where there is none to tell)."""

    name: str
    max_time: str = ""
    max_nodes: str = ""
    architecture: str = ""
    note: str = ""


class StoragePlace(NamedTuple):
    """A place to store files.

    Attributes:
        name: "home", "scratch".
        path: where; `$USER` stands for the user's name, `$PROJECT` for one directory, a project's.
        size: the quota as the site writes it ("20 GB"), "" where there is none to tell.
        files: how many files it may hold, None where there is no such limit to tell.
        purge_days: days after which a file that nobody touched is deleted, None for never.
        note: what else matters.
    """

    name: str
    path: str
    size: str
    files: int | None
    purge_days: int | None
    note: str


class CacheAdvice(NamedTuple):
    """Where a cache should lie.

    Attributes:
        variable: the environment variable that says so.
        place: its value as the shell of a job reads it; `$PROJECT` is the job's account.
        default: where the cache lies if the variable is not set, below the home directory.
        why: in a few words.
        node_local: it must not lie on a filesystem that nodes share.
    """

    variable: str
    place: str
    default: str
    why: str
    node_local: bool

    def in_project(self, project: str) -> str:
        """The place in a project's storage; `PROJECT` stands for one that is not known."""
        return self.place.replace("$PROJECT", project or "PROJECT")


class Packages(NamedTuple):
    """How Python packages are to be installed.

    Attributes:
        advice: in a phrase.
        instead: the command to use in place of pip and conda.
        avoid_on_network: an environment of thousands of files hurts on the filesystems that nodes share.
    """

    advice: str
    instead: str
    avoid_on_network: bool


class JobAdvice(NamedTuple):
    """What a job needs.

    Attributes:
        required: options of sbatch that must always be given.
        account_pattern: what a project's account looks like; it is also the Unix group of the project.
        account_example: what stands in a script in place of an account that is not known.
        template: a whole script, with placeholders.
    """

    required: tuple[str, ...]
    account_pattern: str
    account_example: str
    template: str


class Provenance(NamedTuple):
    """Where a group of facts was read, and when (`2026-11-24`)."""

    group: str
    source: str
    checked: str


class ClusterProfile(NamedTuple):
    """A cluster as its documentation tells of it. What it does not say is empty.

    Attributes:
        name: by which a person's profile replaces parts of a shipped one.
        title: what people call the cluster; "" for the name that Slurm gives it.
        login_architecture: of the login nodes' processors.
        never: what must not be done on login nodes, a phrase each.
        agents: rules for AI agents, a phrase each.
        mounts: patterns of directories below which the places really lie, `/pfs/lustrep[0-9]`: a path that the kernel
            gives begins with one.
        usage_command: tells how full each storage place is.
        container_image, container_setup, container_run: the site's image, commands before it is used, and the one that
            runs a program in it.
        modules: what to know of modules.
    """

    name: str = ""
    title: str = ""
    detection: Detection = Detection((), (), ())
    login_architecture: str = ""
    never: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    gpus: tuple[GpuKind, ...] = ()
    partitions: tuple[PartitionLimits, ...] = ()
    qos: tuple[PartitionLimits, ...] = ()
    storage: tuple[StoragePlace, ...] = ()
    mounts: tuple[str, ...] = ()
    usage_command: str = ""
    caches: tuple[CacheAdvice, ...] = ()
    container_image: str = ""
    container_setup: tuple[str, ...] = ()
    container_run: str = ""
    modules: str = ""
    packages: Packages = Packages("", "", avoid_on_network=False)
    job: JobAdvice = JobAdvice((), "", "", "")
    provenance: tuple[Provenance, ...] = ()


NO_CLUSTER = ClusterProfile()  # of a machine that is no cluster's: it says nothing


def choose_profile(profiles: Sequence[ClusterProfile], facts: MachineFacts) -> ClusterProfile | None:
    """The profile that fits a machine: by the cluster's name, else by host and directories, else the generic one.

    Args:
        profiles: the person's own before the shipped ones: the first that fits is taken.
        facts: the machine.

    Returns:
        None for a machine that is no cluster's.
    """
    scheduler = facts["scheduler"]
    cluster = (scheduler["cluster"] or "").lower() if scheduler else ""
    for profile in profiles:
        if cluster and cluster in map(str.lower, profile.detection.clusters):
            return profile
    for profile in profiles:
        if _looks_like(profile.detection, facts):
            return profile
    return next((profile for profile in profiles if profile.name == GENERIC), None) if scheduler else None


def place_of(profile: ClusterProfile, path: str) -> tuple[StoragePlace, str] | None:
    """The storage place that an absolute path lies in, and the project's directory in it ("" where it has none)."""
    path = _as_documented(profile, path)
    for place in profile.storage:
        pattern = re.escape(place.path.rstrip("/")).replace(r"\$USER", r"[^/]+")
        # The name of a job's directory or of a project; two of one kind in a path are not of any site known.
        pattern = re.sub(r"\\\$\w+", r"(?P<project>[^/]+)", pattern, count=1)
        pattern = re.sub(r"\\\$\w+", r"[^/]+", pattern)
        found = re.match(rf"{pattern}(?:/|$)", path)
        if found:
            return place, found.groupdict().get("project") or ""
    return None


def misplaced_caches(profile: ClusterProfile, facts: MachineFacts) -> list[CacheAdvice]:
    """Caches that lie, or would lie, in the home; or, if meant for a single node, on storage that nodes share.

    A place in a scratch directory that the machine does not have is no advice.
    """
    advised = [one for one in profile.caches if "$SCRATCH" not in one.place or "SCRATCH" in facts["caches"]]
    return [one for one in advised if not _lies_well(profile, one, facts)]


def _lies_well(profile: ClusterProfile, advice: CacheAdvice, facts: MachineFacts) -> bool:
    set_to = facts["caches"]
    lies = set_to.get(advice.variable)
    if lies is None and advice.default.startswith(".cache/") and not advice.node_local:
        lies = set_to.get("XDG_CACHE_HOME")  # which the default follows
    if lies is None:
        return False
    home = facts["filesystems"].get("home")
    inside = _as_documented(profile, home["path"]).rstrip("/") + "/" if home else ""
    if inside and (_as_documented(profile, lies) + "/").startswith(inside):
        return False
    return not (advice.node_local and place_of(profile, lies))


def _as_documented(profile: ClusterProfile, path: str) -> str:
    """A path as the site writes it, without the mount that symbolic links lead to."""
    for mount in profile.mounts:
        depth = mount.count("/") + 1
        parts = path.split("/")
        if len(parts) > depth and fnmatchcase("/".join(parts[:depth]), mount):
            return "/" + "/".join(parts[depth:])
    return path


def _looks_like(detection: Detection, facts: MachineFacts) -> bool:
    if not detection.hosts and not detection.directories:
        return False
    host_fits = not detection.hosts or any(fnmatchcase(facts["host"], pattern) for pattern in detection.hosts)
    return host_fits and set(detection.directories) <= set(facts.get("directories", ()))
