"""What a cluster is like and asks of its users, beyond what a look at one of its nodes shows.

Pure: a profile's TOML comes in (the shipped ones lie in `cluster_profiles/` beside this file, a person's own in
clusters/ beside their configuration), and which profile fits a machine is decided from that machine's facts.
Every group of facts names its `source` and the day it was `checked`: profiles go stale, machines are measured.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from fnmatch import fnmatchcase
from typing import Any, NamedTuple, cast

from journal.errors import JournalError
from journal.machine_facts import MachineFacts

GENERIC = "generic"  # the profile of a Slurm cluster that no other profile knows

# What a job script's template may ask for, written {{name}}; see `journal.derive.job_script`.
PLACEHOLDERS = frozenset({"account", "caches", "command", "gpus", "name", "partition", "time"})


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
        model: as a reader knows it: `GCDs (4 × MI250X)`.
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
    max_time: str
    max_nodes: str
    architecture: str
    note: str


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
        usage_command: tells how full each storage place is.
        containers: what to know of containers; `image` and `setup` (commands before one) as in the template.
        modules: what to know of modules.
    """

    name: str
    title: str
    detection: Detection
    login_architecture: str
    never: tuple[str, ...]
    agents: tuple[str, ...]
    gpus: tuple[GpuKind, ...]
    partitions: tuple[PartitionLimits, ...]
    qos: tuple[PartitionLimits, ...]
    storage: tuple[StoragePlace, ...]
    usage_command: str
    caches: tuple[CacheAdvice, ...]
    container_image: str
    container_setup: tuple[str, ...]
    container_run: str
    modules: str
    packages: Packages
    job: JobAdvice
    provenance: tuple[Provenance, ...]


def read_tables(text: str, where: str) -> dict[str, Any]:
    """The tables of a profile's file, not yet looked into but for the name.

    Args:
        text: TOML.
        where: the file's name, for errors.

    Raises:
        JournalError: no TOML, or without a name.
    """
    try:
        tables = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise JournalError(f"{where} is not valid TOML ({error})", "correct that line") from error
    name = tables.get("name")
    if not isinstance(name, str) or not re.fullmatch(r"[\w.-]{1,60}", name):
        raise JournalError(f"{where}: name is {name!r}", 'give the cluster a name: name = "letters-digits"')
    return tables


def parse_profile(tables: Mapping[str, Any], where: str) -> ClusterProfile:
    """Reads a profile.

    Args:
        tables: from `read_tables`, perhaps of two files merged.
        where: the file's name, for errors.

    Raises:
        JournalError: a key that is unknown, a value of the wrong type, a template that cannot be filled.
    """
    top = _Table(where, "", tables)
    name = top.text("name")
    detect, login, gpus = top.table("detect"), top.table("login"), top.table("gpus")
    partitions, qos, storage = top.table("partitions"), top.table("qos"), top.table("storage")
    caches, containers, modules = top.table("caches"), top.table("containers"), top.table("modules")
    packages, job = top.table("packages"), top.table("job")
    groups = (login, gpus, partitions, qos, storage, caches, containers, modules, packages, job)
    profile = ClusterProfile(
        name=name,
        title=top.text("title"),
        detection=Detection(detect.texts("clusters"), detect.texts("hosts"), detect.texts("directories")),
        login_architecture=login.text("architecture"),
        never=login.texts("never"),
        agents=login.texts("agents"),
        gpus=tuple(map(_gpu_kind, gpus.rows("kinds"))),
        partitions=tuple(map(_limits, partitions.rows("rows"))),
        qos=tuple(map(_limits, qos.rows("rows"))),
        storage=tuple(map(_storage_place, storage.rows("places"))),
        usage_command=storage.text("usage_command"),
        caches=tuple(map(_cache_advice, caches.rows("variables"))),
        container_image=containers.text("image"),
        container_setup=containers.texts("setup"),
        container_run=containers.text("run"),
        modules=modules.text("advice"),
        packages=Packages(packages.text("advice"), packages.text("instead"), packages.flag("avoid_on_network")),
        job=_job_advice(job),
        provenance=tuple(found for group in groups if (found := group.provenance())),
    )
    for table in (top, detect, *groups):
        table.refuse_the_rest()
    return profile


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
    for place in profile.storage:
        pattern = re.escape(place.path.rstrip("/")).replace(r"\$USER", r"[^/]+")
        # The name of a job's directory or of a project; two of one kind in a path are not of any site known.
        pattern = re.sub(r"\\\$\w+", r"(?P<project>[^/]+)", pattern, count=1)
        pattern = re.sub(r"\\\$\w+", r"[^/]+", pattern)
        found = re.match(rf"{pattern}(?:/|$)", path)
        if found:
            return place, found.groupdict().get("project") or ""
    return None


def _looks_like(detection: Detection, facts: MachineFacts) -> bool:
    if not detection.hosts and not detection.directories:
        return False
    host_fits = not detection.hosts or any(fnmatchcase(facts["host"], pattern) for pattern in detection.hosts)
    return host_fits and set(detection.directories) <= set(facts.get("directories", ()))


class _Table:
    """One table of a profile: gives values of the type asked for, and knows which keys nobody asked for."""

    def __init__(self, where: str, name: str, values: object) -> None:
        if not isinstance(values, Mapping):
            raise JournalError(f"{where}: {name} is {values!r}", f"write it as a table, [{name}]")
        self._where = where
        self._name = name
        self._values = dict(cast("Mapping[str, Any]", values))
        self._asked: set[str] = set()

    def text(self, key: str) -> str:
        """A string without control characters but newlines; "" where it is missing."""
        value = self._take(key, "")
        if not isinstance(value, str) or re.search(r"[\x00-\x09\x0b-\x1f\x7f]", value):
            raise self._wrong(key, value, "a string in quotes")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of such strings."""
        value = self._take(key, [])
        if not isinstance(value, list):
            raise self._wrong(key, value, "a list of strings")
        items: list[Any] = value
        return tuple(_Table(self._where, self._full(key), {"item": item}).text("item") for item in items)

    def number(self, key: str) -> int | None:
        """A whole number above zero, or None where it is missing."""
        value = self._take(key, None)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
            raise self._wrong(key, value, "a whole number above zero")
        return value

    def flag(self, key: str) -> bool:
        """A truth value, false where it is missing."""
        value = self._take(key, False)
        if not isinstance(value, bool):
            raise self._wrong(key, value, "true or false")
        return value

    def table(self, key: str) -> "_Table":
        """A table inside, empty where it is missing."""
        return _Table(self._where, self._full(key), self._take(key, {}))

    def rows(self, key: str) -> list["_Table"]:
        """The tables of a list."""
        value = self._take(key, [])
        if not isinstance(value, list):
            raise self._wrong(key, value, f"tables, [[{self._full(key)}]]")
        items: list[Any] = value
        return [_Table(self._where, self._full(key), item) for item in items]

    def provenance(self) -> Provenance | None:
        """Where the group was read; None where it does not say."""
        source, checked = self.text("source"), self._take("checked", "")
        if isinstance(checked, date):
            checked = checked.isoformat()
        if not isinstance(checked, str):
            raise self._wrong("checked", checked, "a date, 2026-11-24")
        return Provenance(self._name, source, checked) if source else None

    def refuse_the_rest(self) -> None:
        """Raises JournalError where a key is left that nobody asked for."""
        for key in self._values.keys() - self._asked:
            known = ", ".join(sorted(self._asked))
            raise JournalError(f"{self._where} sets {self._full(key)!r}, which is unknown", f"use one of {known}")

    def required(self, key: str) -> str:
        """A string that must be there."""
        value = self.text(key)
        if not value:
            raise JournalError(f"{self._where}: {self._name} has no {key}", f"add {key} = …")
        return value

    def _take(self, key: str, default: Any) -> Any:
        self._asked.add(key)
        return self._values.get(key, default)

    def _full(self, key: str) -> str:
        return f"{self._name}.{key}" if self._name else key

    def _wrong(self, key: str, value: object, wanted: str) -> JournalError:
        return JournalError(f"{self._where}: {self._full(key)} is {str(value)[:80]!r}", f"write {wanted}")


def _gpu_kind(row: _Table) -> GpuKind:
    kind = GpuKind(
        partitions=row.texts("partitions"),
        per_node=row.number("per_node") or 1,
        model=row.required("model"),
        memory_gib=row.number("memory_gib"),
        software=row.text("software"),
    )
    row.refuse_the_rest()
    return kind


def _limits(row: _Table) -> PartitionLimits:
    fields = ("max_time", "max_nodes", "architecture", "note")
    limits = PartitionLimits(row.required("name"), *(row.text(field) for field in fields))
    row.refuse_the_rest()
    return limits


def _storage_place(row: _Table) -> StoragePlace:
    place = StoragePlace(
        name=row.required("name"),
        path=row.required("path"),
        size=row.text("size"),
        files=row.number("files"),
        purge_days=row.number("purge_days"),
        note=row.text("note"),
    )
    row.refuse_the_rest()
    return place


def _cache_advice(row: _Table) -> CacheAdvice:
    advice = CacheAdvice(
        variable=row.required("name"),
        place=row.required("place"),
        default=row.text("default"),
        why=row.text("why"),
        node_local=row.flag("node_local"),
    )
    if not re.fullmatch(r"[A-Za-z_]\w*", advice.variable):
        raise JournalError(f"a cache variable is called {advice.variable!r}", "use a name that a shell takes")
    if not re.fullmatch(r"[\w./${}~-]+", advice.place):
        raise JournalError(f"{advice.variable} lies in {advice.place!r}", "use letters, digits, / . _ - and $NAME")
    row.refuse_the_rest()
    return advice


def _job_advice(table: _Table) -> JobAdvice:
    advice = JobAdvice(
        required=table.texts("required"),
        account_pattern=table.text("account_pattern"),
        account_example=table.text("account_example"),
        template=table.text("template"),
    )
    try:
        re.compile(advice.account_pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise JournalError(f"job.account_pattern is no regular expression ({error})", "correct it") from error
    unknown = set(re.findall(r"\{\{(.*?)\}\}", advice.template)) - PLACEHOLDERS
    if unknown:
        problem = f"job.template asks for {{{{{min(unknown)}}}}}, which is unknown"
        raise JournalError(problem, f"use one of {', '.join(sorted(PLACEHOLDERS))}")
    return advice
