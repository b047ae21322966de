"""The shape of what a machine looked like: the `facts` of a machine event. Types only.

Versions, names and limits are text as the machine gives them; sizes are whole GiB. What does not apply is None or
empty. A later release may add fields, so readers of stored events ask with `.get` for what came after 0.1.
"""

from typing import NotRequired, TypedDict


class OperatingSystem(TypedDict):
    """The distribution and the kernel's release."""

    name: str
    kernel: str


class Processors(TypedDict):
    """Logical processors of the node and their model, where the kernel names one (it does not on ARM)."""

    count: int | None
    model: str | None


class Gpu(TypedDict):
    """Equal GPUs of the node."""

    vendor: str  # "nvidia", "amd"
    model: str | None
    memory_gib: int | None  # of each
    count: int
    target: NotRequired[str | None]  # AMD's: gfx90a


class Partition(TypedDict):
    """A partition as slurm.conf has it."""

    name: str
    default: bool
    max_time: str | None
    max_nodes: str | None
    nodes: NotRequired[str | None]  # ranges, as Nodes.name; or ALL


class Nodes(TypedDict):
    """A range of nodes as slurm.conf has it."""

    name: str
    cpus: int | None
    memory_gib: int | None
    gres: str | None


class Scheduler(TypedDict):
    """The batch system."""

    name: str  # "slurm"
    version: str | None
    cluster: str | None
    partitions: list[Partition]
    nodes: list[Nodes]


class InJob(TypedDict):
    """Where in the batch system the look was taken."""

    partition: str | None


class Modules(TypedDict):
    """The environment modules system and the modules loaded."""

    system: str  # "Lmod", "Environment Modules"
    version: str | None
    loaded: list[str]


class Python(TypedDict):
    """The Python of the repo."""

    where: str  # ".venv", "$VIRTUAL_ENV", "$CONDA_PREFIX", "PATH"
    kind: str  # "venv", "conda", "system"
    version: str | None
    packages: dict[str, str]  # frameworks found installed → version


class Place(TypedDict):
    """A directory and the filesystem it lies on."""

    path: str
    type: str
    network: bool


class MachineFacts(TypedDict):
    """What the machine looked like."""

    host: str
    architecture: str
    os: OperatingSystem
    cpu: Processors
    memory_gib: int | None
    gpus: list[Gpu]
    gpu_software: dict[str, str]  # nvidia_driver, cuda, amd_driver, rocm → version
    scheduler: Scheduler | None
    job: InJob | None  # None: outside a job
    modules: Modules | None
    containers: dict[str, str | None]  # runtime → version, None where it would not say
    python: Python | None
    package_tools: list[str]
    caches: dict[str, str]  # variable → value, of an allowlist
    filesystems: dict[str, Place]  # repo, home, scratch, data
    directories: NotRequired[list[str]]  # in /, of those that are typical of clusters
