"""Loops that many people copied from a tutorial.

Sources: PyTorch's "Training a Classifier"; Catalyst's console logger; kuangliu's pytorch-cifar;
TensorFlow's official models.
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
    Form(
        None,
        "ms | Loss: ",
        re.compile(
            r"Step: \S+ \| Tot: \S+ \| (?P<pairs>Loss: [^|]*\| Acc: [\d.]+%) \([\d/]+\) "
            r"(?P<step>\d+)/(?P<total_steps>\d+)"
        ),
        " [=====>........]  Step: 38ms | Tot: 4s120ms | Loss: 0.412 | Acc: 85.200% (10650/12500) 98/391",
        scope="epoch",
    ),
    Form(
        "tensorflow",
        "TimeHistory: ",
        re.compile(
            r"TimeHistory: [\d.]+ seconds, (?P<rate>[\d.]+) (?P<unit>\w+/second) between steps \d+ and (?P<step>\d+)"
        ),
        "TimeHistory: 10.21 seconds, 1253.60 examples/second between steps 300 and 400",
    ),
)
