"""PyTorch Lightning and what is built on it (NeMo, OpenFold). Its bars are read as all bars are.

Source: lightning.pytorch `FitLoop`, `TQDMProgressBar`, `RichProgressBar`.
"""

import re

from journal.derive.progress.form import Form

_NAME = "lightning"

FORMS = (
    Form(
        _NAME,
        "max_epochs=",
        re.compile(r"Trainer\.fit`? stopped: `?max_epochs=(?P<total_epochs>\d+)`? reached"),
        done=True,
    ),
    Form(_NAME, "stopped: ", re.compile(r"Trainer\.fit`? stopped: `?max_(?:steps|time)"), done=True),
    Form(_NAME, "global step", re.compile(r"^Epoch (?P<epoch>\d+), global step \d+: ")),
    Form(_NAME, "Sanity Checking", re.compile(r"^Sanity Checking(?: DataLoader 0)?: ?$"), phase="evaluation"),
)
