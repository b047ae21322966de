"""Which failures are lessons, and how far a lesson holds before it was seen in a second place.

Not every end of a job teaches something. That it was cancelled or interrupted is what a person wanted; a failed node
or a pre-emption is the machine's doing, and the next run passes unchanged; a time limit says only that this run was
longer than its limit, which the job itself shows. These become no gotchas unless a person says so.
"""

NO_FAILURE = "ok"
NO_LESSONS = frozenset({NO_FAILURE, "cancelled", "keyboard_interrupt", "node_failure", "preempted", "time_limit"})

# What the code itself got wrong: once it is mended, others are not helped by it unless it strikes again.
OWN_CODE = frozenset({"other_exception", "data_shape", "numeric", "config_error"})

# What comes and goes with the load of a network or a node: the next run may pass with nothing changed.
_PASSING = frozenset({"hub_network", "nccl_comm", "port_in_use"})

# What lies in the machine rather than in a repo: the next repo there will meet it too.
_OF_THE_CLUSTER = frozenset(
    {
        "container", "cuda_driver_mismatch", "disk_quota", "gpu_arch_unsupported", "hub_network", "nccl_comm",
        "port_in_use", "rocm_hip", "shm_dataloader", "slurm_submit",
    }
)  # fmt: skip


def is_lesson(label: str) -> bool:
    """Whether a failure of this label becomes a candidate by itself."""
    return label not in NO_LESSONS


def is_passing(label: str | None) -> bool:
    """Whether a failure of this label may go by itself. Of all others something was changed, seen or not."""
    return label in _PASSING


def scope_of(label: str | None, projects: int, clusters: int) -> str:
    """How far a gotcha holds: "repo", "cluster" or "general".

    Args:
        label: the failure's; None where none is known.
        projects: how many projects it was seen in.
        clusters: on how many clusters.

    What was seen in one project only is that repo's on however many clusters, unless it lies in the machine: on
    several of those it holds in general.
    """
    of_the_cluster = label in _OF_THE_CLUSTER
    if clusters > 1 and (projects > 1 or of_the_cluster):
        return "general"
    return "cluster" if projects > 1 or of_the_cluster else "repo"
