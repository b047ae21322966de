"""PyTorch Lightning and what is built on it (NeMo, OpenFold). Its bars are read as all bars are.

Source: lightning.pytorch `FitLoop` and `ModelCheckpoint`.
"""

import re

from journal.derive.progress.form import Form

_NAME = "lightning"

FORMS = (
    Form(
        _NAME,
        "max_epochs=",
        re.compile(r"Trainer\.fit`? stopped: `?max_epochs=(?P<total_epochs>\d+)`? reached"),
        "`Trainer.fit` stopped: `max_epochs=10` reached.",
        done=True,
    ),
    Form(
        _NAME,
        "stopped: ",
        re.compile(r"Trainer\.fit`? stopped: `?max_(?:steps|time)"),
        "`Trainer.fit` stopped: `max_steps=1000` reached.",
        done=True,
    ),
    Form(
        _NAME,
        "global step",
        re.compile(r"^Epoch (?P<epoch>\d+), global step \d+: "),
        "Epoch 3, global step 400: 'val_loss' reached 0.51 (best 0.51), saving model to 'x.ckpt' as top 1",
    ),
)
