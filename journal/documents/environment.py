"""ENV.md: what the store knows of this machine and what the repo declares, as the document's blocks."""

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from journal.capture.machine.source import read_machine
from journal.capture.place import place_at
from journal.capture.working_tree import WorkingTree
from journal.derive.cluster_profile import ClusterProfile
from journal.derive.environment_report import NO_GOTCHAS, environment_sections
from journal.derive.gotcha.section import gotchas_section
from journal.derive.manifests import Manifests, is_manifest, read_manifests
from journal.derive.section import Section
from journal.documents.blocks import Block
from journal.documents.cluster_profiles import profile_of
from journal.errors import JournalError
from journal.machine_facts import MachineFacts
from journal.paths import data_dir, store_file
from journal.store.gotcha_queries import applying, unsolved

_MOST_EVENTS = 400  # machine events looked at, the newest first
_LARGEST_MANIFEST = 200_000


def environment_blocks(
    connection: sqlite3.Connection, project: str | None, root: Path, host: str | None = None
) -> list[Block]:
    """The blocks of ENV.md.

    Args:
        connection: the store.
        project: the project's id.
        root: the repo's directory, whose manifests are read.
        host: the machine that is meant; this one if None.

    Raises:
        JournalError: a cluster profile of the person's own cannot be read.
    """
    machines = _machines(connection, project)
    login, jobs = choose_machines(machines, host or os.uname().nodename.split(".", 1)[0])
    here = login or (jobs[0] if jobs else None)
    gotchas = gotchas_of(connection, project, _cluster(here) if here else None)
    sections = environment_sections(login, jobs, manifests_of(root), profile_of(here), gotchas)
    return [Block(*section) for section in sections]


def gotchas_of(connection: sqlite3.Connection, project: str | None, cluster: str | None) -> str:
    """The section of the gotchas that apply in a project (None: in none) on a cluster."""
    left = unsolved(connection, project) if project is not None else 0
    return gotchas_section(applying(connection, project, cluster), left, cluster)


class Environment(NamedTuple):
    """What is known of a directory's surroundings.

    Attributes:
        here: this machine, looked at now.
        login: the machine a person works on: this one, or in a job a login node that was looked at before, if any.
        jobs: what was seen inside jobs of the same cluster, one for each partition.
        profile: the cluster's, if any.
        manifests: what the directory declares.
        root: the directory.
        gotchas: the section of those that apply there.
    """

    here: MachineFacts
    login: MachineFacts | None
    jobs: list[MachineFacts]
    profile: ClusterProfile | None
    manifests: Manifests
    root: Path
    gotchas: str = NO_GOTCHAS

    def sections(self) -> list[Section]:
        """The sections of ENV.md."""
        return environment_sections(self.login, self.jobs, self.manifests, self.profile, self.gotchas)


def look_around(root: Path) -> Environment:
    """Looks at this machine for any directory; a journal set up there adds what its jobs saw.

    Raises:
        JournalError: no such directory, or a cluster profile of the person's own that cannot be read.
    """
    if not root.is_dir():
        raise JournalError(f"{root} is not a directory", "name one that exists")
    here = read_machine(root.resolve(), data_dir() if data_dir().exists() else None)
    known, gotchas = _known_of(root, _cluster(here))
    login, jobs = choose_machines([here, *known], here["host"])
    return Environment(here, login, jobs, profile_of(here), manifests_of(root), root, gotchas)


def _known_of(root: Path, cluster: str | None) -> tuple[list[MachineFacts], str]:
    """What the store holds for a directory: the looks of the project around it, newest first, and the gotchas."""
    if not store_file().exists():
        return [], NO_GOTCHAS
    try:
        place = place_at(root)
    except JournalError:
        place = None
    from journal.store.database import open_store

    project = place.project if place else None
    with closing(open_store(store_file())) as connection:
        looks = _machines(connection, project) if project else []
        return looks, gotchas_of(connection, project, cluster)


def _machines(connection: sqlite3.Connection, project: str | None) -> list[MachineFacts]:
    rows = connection.execute(
        "SELECT data FROM event WHERE kind = 'machine' AND project IS ? ORDER BY at DESC, id DESC LIMIT ?",
        (project, _MOST_EVENTS),
    )
    return [json.loads(row[0])["facts"] for row in rows]


def choose_machines(newest_first: list[MachineFacts], host: str) -> tuple[MachineFacts | None, list[MachineFacts]]:
    """Which looks to show: of a cluster the newest from any login node and from jobs the newest of each partition.

    A person meets another login node on each day; the document must not change with it.
    """
    own = next((facts for facts in newest_first if facts["host"] == host), newest_first[0] if newest_first else None)
    if own is None:
        return None, []
    cluster = _cluster(own)
    if cluster is None:
        return own, []
    same = [facts for facts in newest_first if _cluster(facts) == cluster]
    login = next((facts for facts in same if not facts["job"]), None)
    partitions: dict[str, MachineFacts] = {}
    for facts in same:
        if facts["job"]:
            partitions.setdefault(facts["job"]["partition"] or "", facts)
    return login, [partitions[name] for name in sorted(partitions)]


def manifests_of(root: Path) -> Manifests:
    """What the manifests of a directory declare."""
    tree = WorkingTree(root)
    texts = {path: tree.text(path, _LARGEST_MANIFEST) for path in tree.paths if is_manifest(path)}
    return read_manifests({path: text for path, text in texts.items() if text is not None})


def _cluster(facts: MachineFacts) -> str | None:
    return facts["scheduler"]["cluster"] if facts["scheduler"] else None
