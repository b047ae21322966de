"""Loops that many people copied from a tutorial.

Sources: PyTorch's "Training a Classifier"; Catalyst's console logger.
"""

import re

from journal.derive.progress.form import Form

FORMS = (
    Form(
        None,
        "] loss: ",
        re.compile(r"^\[(?P<epoch>\d{1,7}), {1,8}(?P<step>\d{1,9})\] (?P<pairs>loss: .*)$"),
        "[1,  4000] loss: 1.871",
        scope="epoch",
    ),
    Form(
        "catalyst",
        " * Epoch (",
        re.compile(r"^(?P<epoch>\d+)/(?P<total_epochs>\d+) \* Epoch \([^()]*\): (?P<pairs>.*)$"),
        "4/20 * Epoch (train): accuracy: 0.8123 | loss: 0.4121 | lr: 0.0010",
    ),
)
