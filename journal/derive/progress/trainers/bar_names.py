"""Names of progress bars that say more than a name: YOLO's columns, torchtune's `epoch|step|Loss`."""

import re

from journal.derive.progress.form import Form

FORMS = (
    Form(
        "yolo",
        "/",
        re.compile(r"^(?P<epoch>\d{1,7})/(?P<total_epochs>\d{1,7})\s+(?P<memory>\d[\d.]{0,8}[GM])?(?:\s+[\d.e+-]+){2,12}$"),
        scope="epoch",
    ),
    Form("torchtune", "|", re.compile(r"^(?P<epoch>\d{1,7})\|\d{1,12}\|(?P<pairs>Loss: .*)$"), scope="epoch"),
)
