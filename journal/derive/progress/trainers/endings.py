"""How programs of any kind say that they have reached the end of their training."""

import re

from journal.derive.progress.form import Form

_TAG = r"^(?:\[[^\[\]]{0,60}\])?\W{0,12}"
_TRAINING = r"(?:training|pre-?training|fine-?tuning)"
_NOT_ALL = r"(?! (?:for|with|on|epoch|step|fold|batch|iteration|round|set|data|dataset|loader)\b)"

FORMS = (
    Form(
        None,
        "ning",
        re.compile(
            rf"(?i){_TAG}{_TRAINING} (?:run |loop |process |job )?(?:is |has |was |successfully )*"
            rf"(?:completed?|finished|done|ended)\b(?: successfully)?{_NOT_ALL}"
        ),
        "Training completed successfully",
        done=True,
    ),
    Form(
        None,
        "ning",
        re.compile(rf"(?i){_TAG}(?:finished|completed|done|end of)(?: with)?(?: the)? {_TRAINING}\b{_NOT_ALL}"),
        "Finished Training",
        done=True,
    ),
    Form(None, "训练", re.compile(rf"{_TAG}训练(?:已)?(?:完成|结束)"), "训练完成", done=True),
)
