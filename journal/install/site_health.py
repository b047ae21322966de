"""What hurts on this cluster, with the command that mends it: checks of `journal doctor` and of `journal env --json`.

Each is one function, quick and quiet where nothing can be known. On a machine that is no cluster's there are none.
"""

import os
import shlex
import time
from collections.abc import Iterator
from pathlib import Path

from journal.capture.filesystem import filesystem_of
from journal.capture.machine.account import account_of
from journal.capture.machine.quota import fullest_limit
from journal.capture.machine.unused_files import unused_files
from journal.derive.amounts import counted
from journal.derive.cluster_profile import CacheAdvice, ClusterProfile, StoragePlace, misplaced_caches, place_of
from journal.derive.profile_words import project_of
from journal.documents.environment import Environment
from journal.documents.job_script import variables_set_by_scripts
from journal.install.doctor_check import Check

_NEARLY_FULL = 0.9
_DAYS_BEFORE = 14  # a file that will be deleted within so many days is told of
_ENVIRONMENTS = (".venv", "venv", "env")


def checks_of_site(environment: Environment) -> list[Check]:
    """The checks of the cluster that a directory lies on; none elsewhere."""
    profile = environment.profile
    if profile is None:
        return []
    return [
        _cluster(profile, environment),
        *_python_environments(profile, environment),
        *_caches(profile, environment),
        *_home(profile, environment),
        *_purge(profile, environment),
    ]


def _cluster(profile: ClusterProfile, environment: Environment) -> Check:
    scheduler = environment.here["scheduler"]
    name = profile.title or (scheduler["cluster"] if scheduler else None) or environment.here["host"]
    checked = min((one.checked for one in profile.provenance if one.checked), default="")
    return Check("cluster", True, f"{name}, profile {profile.name}" + (f", checked {checked}" if checked else ""), "")


def _python_environments(profile: ClusterProfile, environment: Environment) -> Iterator[Check]:
    """An environment of thousands of files on a filesystem that nodes share."""
    if not profile.packages.avoid_on_network:
        return
    active = [Path(os.environ[name]) for name in ("CONDA_PREFIX", "VIRTUAL_ENV") if os.environ.get(name)]
    own = [environment.root.resolve() / name for name in _ENVIRONMENTS]
    for prefix in dict.fromkeys([*active, *own]):
        kind = _kind(prefix)
        filesystem = filesystem_of(prefix)
        if kind and filesystem.network:
            detail = f"{prefix} is a {kind} environment on {filesystem.name}: slow to start, and it slows others"
            yield Check("packages", False, detail, profile.packages.instead or profile.packages.advice)


def _kind(prefix: Path) -> str:
    if (prefix / "conda-meta").is_dir():
        return "conda"
    return "pip" if (prefix / "pyvenv.cfg").is_file() else ""


def _caches(profile: ClusterProfile, environment: Environment) -> Iterator[Check]:
    """Caches that lie in the home, or will: one line for all that have one reason.

    Where nothing says that the home is small, a cache counts only once it is there.
    """
    here = environment.here
    home = here["filesystems"].get("home")
    found = place_of(profile, home["path"]) if home else None
    small = bool(found and found[0].size)
    lies_in = project_of(profile, here)
    project = account_of(profile.job.account_pattern, lies_in) or lies_in
    in_jobs = variables_set_by_scripts(environment.root)
    reasons: dict[str, list[CacheAdvice]] = {}
    for advice in misplaced_caches(profile, here):
        there = home is not None and (Path(home["path"]) / advice.default).exists()
        if (small or there) and (there or advice.variable not in in_jobs):
            reasons.setdefault(advice.why, []).append(advice)
    for why, settings in reasons.items():
        places = [f"{one.variable} ({here['caches'].get(one.variable) or 'not set'})" for one in settings]
        exports = " ".join(f'{one.variable}="{one.in_project(project)}"' for one in settings)
        yield Check("caches", False, f"{', '.join(places)}: {why}", f"export {exports}")


def _home(profile: ClusterProfile, environment: Environment) -> Iterator[Check]:
    """How full the home is, where the filesystem tells it."""
    home = environment.here["filesystems"].get("home")
    if home is None or not home["network"]:
        return
    usage = fullest_limit(Path(home["path"]), home["type"], os.environ.get("USER") or str(os.getuid()))
    if usage is None:
        place = place_of(profile, home["path"])
        if place and place[0].size:
            tells = f"; {profile.usage_command} tells how full it is" if profile.usage_command else ""
            yield Check("home", True, f"{home['path']} may hold {place[0].size}{tells}", "")
        return
    amount = f"{usage.limit / 1024**3:.0f} GiB" if usage.of == "bytes" else f"{usage.limit:,} files"
    fix = f"du -x --inodes -d 2 {shlex.quote(home['path'])} | sort -n | tail"
    if usage.of == "bytes":
        fix = f"du -xh -d 2 {shlex.quote(home['path'])} | sort -h | tail"
    full = usage.share >= _NEARLY_FULL
    yield Check("home", not full, f"{home['path']} is {usage.share:.0%} full of {amount}", fix if full else "")


def _purge(profile: ClusterProfile, environment: Environment) -> Iterator[Check]:
    """Files of the repo that the site will soon delete. (Touching them to keep them is against the rules of sites.)"""
    root = environment.root.resolve()
    found = place_of(profile, str(root))
    if found is None or found[0].purge_days is None:
        return
    after = found[0].purge_days
    unused = unused_files(root, max(1, after - _DAYS_BEFORE), time.time())
    if not unused.files:
        yield Check("purge", True, f"{root} lies where files are purged after {after} days unused; none is near", "")
        return
    count = ("" if unused.complete else "at least ") + counted(unused.files, "file")
    detail = f"{count} in {root} not used for up to {unused.days:.0f} days; after {after} they may be purged"
    yield Check("purge", False, detail, _rescue(profile, environment, root))


def _rescue(profile: ClusterProfile, environment: Environment, root: Path) -> str:
    """The command that copies a directory to the first place of the project that is not emptied."""
    keeping = [place for place in profile.storage if place.purge_days is None and "$PROJECT" in place.path]
    target = _directory(keeping[0], project_of(profile, environment.here)) if keeping else "DIR"
    return f"rsync -a {shlex.quote(str(root))} {target}/"


def _directory(place: StoragePlace, project: str) -> str:
    return place.path.replace("$PROJECT", shlex.quote(project) if project else "PROJECT")
