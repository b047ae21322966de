"""How programs of any kind say that they have reached the end of their training."""

import re

from journal.derive.progress.form import Form

_END = (
    r"(?:training|pre-?training|fine-?tuning|optimi[sz]ation|run|experiment|sampling|simulation|generation|inference"
    r"|evaluation|everything)"
)

FORMS = (
    Form(
        None,
        "raining",
        re.compile(r"(?i)^\W{0,12}(?:training|pre-?training|train) (?:run |loop |process |job )?(?:is |has |was |successfully )*"
                   r"(?:complete|completed|finished|done|ended)(?: successfully)?(?! (?:for|with|epoch|step|on))\b"),
        done=True,
    ),
    Form(
        None,
        "raining",
        re.compile(r"(?i)^\W{0,12}(?:finished|completed|done|end of)(?: with)?(?: the)? (?:training|pre-?training|fine-?tuning)"
                   r"(?! (?:epoch|step|on|for|fold|batch))\b"),
        done=True,
    ),
)
