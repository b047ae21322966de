"""Loops that many people copied from a tutorial.

Source: PyTorch's "Training a Classifier".
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
)
