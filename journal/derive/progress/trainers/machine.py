"""The machine: nvidia-smi's and rocm-smi's tables in a log, and what a job's footer says of its GPUs."""

import re

from journal.derive.progress.form import Form

FORMS = (
    Form(
        None,
        "MiB / ",
        re.compile(r"\|\s+(?P<memory>\d+MiB) / +\d+MiB \|\s+(?P<utilization>\d+)%"),
    ),
)
