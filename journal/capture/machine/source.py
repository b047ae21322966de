"""The door to the machine: what a capture ran on, as one dictionary, and the source that tells of changes.

This file is on the path of every capture, so the probes are imported only when one is due (once a day).
"""

from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from journal import moments
from journal.events import Batch, Event, canonical_json, make_event

if TYPE_CHECKING:
    from pathlib import Path

    from journal.capture.machine.view import MachineView
    from journal.machine_facts import MachineFacts, Place

SECONDS_BETWEEN_PROBES = 86400.0


def read_machine(
    repo: "Path | None" = None, data_dir: "Path | None" = None, view: "MachineView | None" = None
) -> "MachineFacts":
    """What the machine looks like, JSON-able. Takes well under 0.3 s; commands that hang are given up after 2 s in all.

    Args:
        repo: the repo whose Python and filesystem are meant.
        data_dir: the journal's data directory.
        view: the machine to look at; this one if None.
    """
    from journal.capture.machine import hardware, site_software
    from journal.capture.machine.python_environment import python_environment
    from journal.capture.machine.view import this_machine

    view = view or this_machine()
    answers = view.run({**hardware.gpu_commands(view), **site_software.version_commands(view)})
    return {
        "host": view.host,
        "architecture": view.architecture,
        "os": hardware.operating_system(view),
        "cpu": hardware.processors(view),
        "memory_gib": hardware.memory_gib(view),
        "gpus": hardware.gpus(view, answers),
        "gpu_software": hardware.gpu_software(view, answers),
        "scheduler": site_software.scheduler(view, answers),
        "job": site_software.job(view),
        "modules": site_software.modules(view),
        "containers": site_software.container_runtimes(view, answers),
        "python": python_environment(view, repo),
        "package_tools": site_software.package_tools(view),
        "caches": site_software.cache_variables(view),
        "filesystems": _filesystems(view, repo, data_dir),
        "directories": site_software.site_directories(view),
    }


def _filesystems(view: "MachineView", repo: "Path | None", data_dir: "Path | None") -> "dict[str, Place]":
    from pathlib import Path

    from journal.capture.filesystem import filesystem_of

    environ = view.environ
    places = {
        "repo": repo,
        "home": Path(environ["HOME"]) if environ.get("HOME") else None,
        "data": data_dir,
        "scratch": Path(environ["SCRATCH"]) if environ.get("SCRATCH") else None,
    }
    mountinfo = view.path("/proc/self/mountinfo")
    found: dict[str, Place] = {}
    for name, place in places.items():
        if place is not None:
            filesystem = filesystem_of(place, mountinfo)
            found[name] = {"path": str(place), "type": filesystem.name, "network": filesystem.network}
    return found


class MachineSource:
    """Tells what the machine looks like when that has changed; looks at most once a day.

    Args:
        project: the project's id or None.
        repo: the repo's main worktree.
        data_dir: the journal's data directory.
        now: the present, seconds since 1970.
        view: the machine; this one if None.
        force: look even if it was looked at today.
    """

    name = "machine"

    def __init__(
        self,
        project: str | None,
        repo: "Path",
        data_dir: "Path",
        now: float,
        view: "MachineView | None" = None,
        *,
        force: bool = False,
    ) -> None:
        self._project = project
        self._repo = repo
        self._data_dir = data_dir
        self._now = now
        self._view = view
        self._force = force

    def read(self, cursors: Mapping[str, Any]) -> Iterator[Batch]:
        """Yields one batch when a look is due: a `machine` event if the facts changed, and the new cursor.

        The key holds the moment besides the facts: a machine that goes from A to B and back to A has looked
        three ways, and the last must be the one that counts.
        """
        place = self._place()
        cursor = cursors.get(place)
        seen: dict[str, Any] = cursor if isinstance(cursor, dict) else {}  # pyright: ignore[reportUnknownVariableType] (JSON)
        probed = seen.get("probed")
        fresh = isinstance(probed, int | float) and 0 <= self._now - probed < SECONDS_BETWEEN_PROBES
        if fresh and not self._force:
            return
        facts = read_machine(self._repo, self._data_dir, self._view)
        digest = _digest(facts)
        at = moments.from_epoch(self._now)
        events: list[Event] = []
        if seen.get("digest") != digest:
            data = {"host": facts["host"], "facts": facts}
            key = (at, canonical_json(facts))
            events.append(make_event("machine", at, self._project, self.name, key, data))
        yield Batch(events, {place: {"probed": self._now, "digest": digest}}, {})

    def _place(self) -> str:
        """The cursor's name: the host; for jobs the partition, or each compute node would be told of anew."""
        import os

        environ = self._view.environ if self._view else os.environ
        if "SLURM_JOB_ID" in environ:
            return f"partition {environ.get('SLURM_CLUSTER_NAME', '')}/{environ.get('SLURM_JOB_PARTITION', '')}"
        host = self._view.host if self._view else os.uname().nodename.split(".", 1)[0]
        return f"host {host}"


def _digest(facts: "MachineFacts") -> str:
    told = {**facts, "host": None} if facts["job"] else facts
    return blake2b(canonical_json(told).encode(), digest_size=16).hexdigest()
