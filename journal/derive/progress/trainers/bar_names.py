"""Names of progress bars that say more than a name: YOLO's columns, torchtune's `epoch|step|Loss`."""

import re

from journal.derive.progress.form import Form

FORMS = (
    Form(
        "yolo",
        "/",
        re.compile(
            r"^(?P<epoch>\d{1,7})/(?P<total_epochs>\d{1,7})\s+(?P<memory>\d[\d.]{0,8}[GM])?(?:\s+[\d.e+-]{1,20}){2,12}$"
        ),
        "140/150      10.6G       1.33       1.08     0.8587         82       1024",
        scope="epoch",
    ),
    Form(
        "torchtune",
        "|",
        re.compile(r"^(?P<epoch>\d{1,7})\|\d{1,12}\|(?P<pairs>Loss: .*)$"),
        "1|26|Loss: 1.5866110324859619",
        scope="epoch",
    ),
)
