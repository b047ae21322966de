"""Probes of what a site offers: scheduler, environment modules, container runtimes.

The scheduler's controller is never asked: version by `--version`, the rest from its configuration file.
"""

import re
from collections.abc import Mapping

from journal.capture.machine.view import MachineView
from journal.machine_facts import InJob, Modules, Nodes, Partition, Scheduler

_SLURM_CONFS = (
    "/etc/slurm/slurm.conf",
    "/run/slurm/conf/slurm.conf",  # nodes that fetch their configuration keep it here
    "/var/spool/slurmd/conf-cache/slurm.conf",
    "/etc/slurm-llnl/slurm.conf",
    "/opt/slurm/etc/slurm.conf",
)
_CONTAINER_RUNTIMES = ("apptainer", "singularity", "podman", "docker", "enroot")
_PACKAGE_TOOLS = (
    "uv",
    "conda",
    "mamba",
    "micromamba",
    "pixi",
    "poetry",
    "cotainr",
    "conda-containerize",
    "pip-containerize",
)
_CACHE_VARIABLES = (
    "HF_HOME",
    "HF_HUB_CACHE",
    "TORCH_HOME",
    "XDG_CACHE_HOME",
    "PIP_CACHE_DIR",
    "UV_CACHE_DIR",
    "CONDA_PKGS_DIRS",
    "SINGULARITY_CACHEDIR",
    "APPTAINER_CACHEDIR",
    "MIOPEN_USER_DB_PATH",
    "MIOPEN_CUSTOM_CACHE_DIR",
    "TRITON_CACHE_DIR",
    "TORCHINDUCTOR_CACHE_DIR",
    "TMPDIR",
    "SCRATCH",
)
# Directories in / by which sites are told apart where Slurm does not name the cluster.
_SITE_DIRECTORIES = frozenset(
    {"appl", "cluster", "flash", "gpfs", "lustre", "nird", "pfs", "projappl", "project", "scratch", "users", "work"}
)
_MOST_ROWS = 24
_LONGEST_CONF = 1024 * 1024
_LONGEST_VALUE = 500


def version_commands(view: MachineView) -> dict[str, list[str]]:
    """The commands that `scheduler` and `container_runtimes` want answered."""
    tools = {name: view.which(name) for name in _CONTAINER_RUNTIMES}
    commands = {name: [tool, "--version"] for name, tool in tools.items() if tool}
    slurm = view.which("sinfo") or view.which("sbatch")
    return {**commands, "slurm": [slurm, "--version"]} if slurm else commands


def scheduler(view: MachineView, answers: Mapping[str, str]) -> Scheduler | None:
    """The batch system, or None; its partitions and nodes where this node has the configuration file."""
    environ = view.environ
    chosen = environ.get("SLURM_CONF")
    places = (chosen, *_SLURM_CONFS) if chosen else _SLURM_CONFS
    conf = next((text for place in places if (text := view.text(place, _LONGEST_CONF))), "")
    if not (conf or "slurm" in answers or view.which("sbatch") or "SLURM_JOB_ID" in environ):
        return None
    version = re.search(r"slurm\S*\s+(\S+)", answers.get("slurm", ""))
    cluster = re.search(r"^[ \t]*ClusterName[ \t]*=[ \t]*(\S+)", conf, re.MULTILINE | re.IGNORECASE)
    partitions, nodes = _slurm_tables(conf)
    return {
        "name": "slurm",
        "version": version[1] if version else None,
        "cluster": cluster[1] if cluster else environ.get("SLURM_CLUSTER_NAME") or environ.get("LMOD_SYSTEM_NAME"),
        "partitions": partitions,
        "nodes": nodes,
    }


def job(view: MachineView) -> InJob | None:
    """Where in the batch system this process runs, or None outside a job."""
    if "SLURM_JOB_ID" not in view.environ:
        return None
    return {"partition": view.environ.get("SLURM_JOB_PARTITION")}


def modules(view: MachineView) -> Modules | None:
    """The environment modules system and what is loaded, or None."""
    environ = view.environ
    if not environ.get("MODULESHOME") and not environ.get("LMOD_VERSION"):
        return None
    system = "Lmod" if environ.get("LMOD_VERSION") or environ.get("LMOD_CMD") else "Environment Modules"
    loaded = [name for name in environ.get("LOADEDMODULES", "").split(":") if name]
    return {
        "system": system,
        "version": environ.get("LMOD_VERSION") or environ.get("MODULES_RELEASE"),
        "loaded": loaded[:60],
    }


def container_runtimes(view: MachineView, answers: Mapping[str, str]) -> dict[str, str | None]:
    """Container runtimes on `$PATH` → version (None: it would not say)."""
    found: dict[str, str | None] = {}
    for name in _CONTAINER_RUNTIMES:
        if view.which(name):
            version = re.search(r"\d+\.\d+[\w.+-]*", answers.get(name, ""))
            found[name] = version[0].rstrip(".") if version else None
    return found


def package_tools(view: MachineView) -> list[str]:
    """Package and environment tools on `$PATH`."""
    return [name for name in _PACKAGE_TOOLS if view.which(name)]


def cache_variables(view: MachineView) -> dict[str, str]:
    """The variables that say where caches and scratch lie: these and no others are ever recorded."""
    environ = view.environ
    return {name: environ[name][:_LONGEST_VALUE] for name in _CACHE_VARIABLES if environ.get(name)}


def site_directories(view: MachineView) -> list[str]:
    """Which directories in `/` are typical of clusters."""
    return [name for name in view.names("/") if name in _SITE_DIRECTORIES]


def _slurm_tables(conf: str) -> tuple[list[Partition], list[Nodes]]:
    partitions: list[Partition] = []
    nodes: list[Nodes] = []
    for line in conf.replace("\\\n", " ").splitlines():
        settings = {key.lower(): value for key, value in re.findall(r"(\w+)=(\S+)", line.split("#", 1)[0])}
        if settings.get("partitionname", "DEFAULT").upper() != "DEFAULT":
            partitions.append(
                {
                    "name": settings["partitionname"],
                    "default": settings.get("default", "").upper() == "YES",
                    "max_time": settings.get("maxtime"),
                    "max_nodes": settings.get("maxnodes"),
                    "nodes": settings.get("nodes"),
                }
            )
        elif settings.get("nodename", "DEFAULT").upper() != "DEFAULT":
            memory = settings.get("realmemory", "")
            nodes.append(
                {
                    "name": settings["nodename"],
                    "cpus": int(settings["cpus"]) if settings.get("cpus", "").isdecimal() else None,
                    "memory_gib": round(int(memory) / 1024) if memory.isdecimal() else None,
                    "gres": settings.get("gres"),
                }
            )
    return partitions[:_MOST_ROWS], nodes[:_MOST_ROWS]
