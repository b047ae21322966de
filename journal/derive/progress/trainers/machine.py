"""What a log says of the GPUs: nvidia-smi's table, and the report of DCGM that sites append to a job's output.

Sources: nvidia-smi's manual, `dcgmi stats --job --verbose`.
"""

import re

from journal.derive.progress.form import Form

FORMS = (
    Form(
        None,
        "MiB / ",
        re.compile(r"\|\s+(?P<memory>\d+MiB) / +\d+MiB \|\s+(?P<utilization>\d+)%"),
        "| N/A   41C    P0   301W / 400W |  61203MiB / 81920MiB |     97%      Default |",
    ),
    Form(
        None,
        "Max GPU Memory Used",
        re.compile(r"Max GPU Memory Used \(bytes\) +\| (?P<memory>\d+)"),
        "| Max GPU Memory Used (bytes)        | 66748153856                             |",
    ),
    Form(
        None,
        "SM Utilization",
        re.compile(r"SM Utilization \(%\) +\| Avg: (?P<utilization>\d+)"),
        "| SM Utilization (%)                 | Avg: 96, Max: 100, Min: 0               |",
    ),
)
