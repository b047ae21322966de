"""The file of a cluster profile: TOML with one table for each group of facts.

Every group may name its `source` and the day it was `checked`, since profiles go stale. What a file may hold is shown
by the shipped ones in `cluster_profiles/`; a key that is not known there is an error, told with the file and the key.
"""

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from typing import Any, cast

from journal.derive.cluster_profile import (
    CacheAdvice,
    ClusterProfile,
    Detection,
    GpuKind,
    JobAdvice,
    Packages,
    PartitionLimits,
    Provenance,
    StoragePlace,
)
from journal.errors import JournalError

# What a job script's template may ask for, written {{name}}; see `journal.derive.job_script`.
PLACEHOLDERS = frozenset({"account", "caches", "command", "gpus", "name", "partition", "time"})


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
    except (ValueError, RecursionError) as error:
        raise JournalError(f"{where} is not valid TOML ({error})", "correct that line") from error
    name = tables.get("name")
    if not isinstance(name, str) or not re.fullmatch(r"[\w.-]{1,60}", name):
        raise JournalError(f"{where}: name is {_shown(name)}", 'give the cluster a name: name = "letters-digits"')
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
        mounts=storage.texts("mounts"),
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


class _Table:
    """One table of a profile: gives values of the type asked for, and knows which keys nobody asked for."""

    def __init__(self, where: str, name: str, values: object) -> None:
        if not isinstance(values, Mapping):
            raise JournalError(f"{where}: {name} is {_shown(values)}", f"write it as a table, [{name}]")
        self._where = where
        self._name = name
        self._values = dict(cast("Mapping[str, Any]", values))
        self._asked: set[str] = set()

    def text(self, key: str) -> str:
        """A string without control characters but newlines; "" where it is missing."""
        value = self._take(key, "")
        if not isinstance(value, str) or re.search(r"[\x00-\x09\x0b-\x1f\x7f]", value):
            raise self.wrong(key, value, "a string in quotes")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of such strings."""
        items = self._list(key, "a list of strings")
        return tuple(_Table(self._where, self._full(key), {"item": item}).text("item") for item in items)

    def number(self, key: str) -> int | None:
        """A whole number above zero, or None where it is missing."""
        value = self._take(key, None)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
            raise self.wrong(key, value, "a whole number above zero")
        return value

    def flag(self, key: str) -> bool:
        """A truth value, false where it is missing."""
        value = self._take(key, False)
        if not isinstance(value, bool):
            raise self.wrong(key, value, "true or false")
        return value

    def table(self, key: str) -> "_Table":
        """A table inside, empty where it is missing."""
        return _Table(self._where, self._full(key), self._take(key, {}))

    def rows(self, key: str) -> list["_Table"]:
        """The tables of a list."""
        items = self._list(key, f"tables, [[{self._full(key)}]]")
        return [_Table(self._where, self._full(key), item) for item in items]

    def provenance(self) -> Provenance | None:
        """Where the group was read; None where it does not say."""
        source, checked = self.text("source"), self._take("checked", "")
        if isinstance(checked, date):
            checked = checked.isoformat()
        if not isinstance(checked, str):
            raise self.wrong("checked", checked, "a date, 2026-11-24")
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

    def _list(self, key: str, wanted: str) -> list[Any]:
        value = self._take(key, [])
        if not isinstance(value, list):
            raise self.wrong(key, value, wanted)
        return value  # pyright: ignore[reportUnknownVariableType] (TOML)

    def _take(self, key: str, default: Any) -> Any:
        self._asked.add(key)
        return self._values.get(key, default)

    def _full(self, key: str) -> str:
        return f"{self._name}.{key}" if self._name else key

    def wrong(self, key: str, value: object, wanted: str) -> JournalError:
        """The error for a value that cannot be used."""
        return JournalError(f"{self._where}: {self._full(key)} is {_shown(value)}", f"write {wanted}")


def _shown(value: object) -> str:
    """A value as an error shows it."""
    try:
        return repr(value)[:80]
    except ValueError:  # Python writes no number of thousands of digits
        return "a number too long to show"


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
        raise row.wrong("name", advice.variable, "a name that a shell takes")
    if not re.fullmatch(r"[\w./${}~-]+", advice.place):
        raise row.wrong("place", advice.place, "a path of letters, digits, / . _ - and $NAME")
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
        raise table.wrong("account_pattern", advice.account_pattern, f"a regular expression ({error})") from error
    for asked in re.findall(r"\{\{(.*?)\}\}", advice.template):
        if asked not in PLACEHOLDERS:
            known = ", ".join(sorted(PLACEHOLDERS))
            raise table.wrong("template", f"{{{{{asked}}}}}", f"only placeholders that are known: {known}")
    return advice
