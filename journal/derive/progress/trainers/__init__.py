"""Trainers, by family, and what each prints that the general rules cannot read.

Another trainer is one more `Form` in the file of its family, or a file of its own with `FORMS`, listed here.
Bars whose names say more than a name have theirs in `bar_names`.
"""

from journal.derive.progress.form import Form
from journal.derive.progress.trainers import (
    bar_names,
    boosting,
    endings,
    evaluation,
    hugging_face,
    language_models,
    lightning,
    loading,
    machine,
    reinforcement,
    scripts,
    simulation,
    vision,
)

FORMS: tuple[Form, ...] = (
    *hugging_face.FORMS,
    *lightning.FORMS,
    *language_models.FORMS,
    *vision.FORMS,
    *reinforcement.FORMS,
    *boosting.FORMS,
    *evaluation.FORMS,
    *scripts.FORMS,
    *simulation.FORMS,
    *loading.FORMS,
    *machine.FORMS,
    *endings.FORMS,
)
NAMES_OF_BARS: tuple[Form, ...] = bar_names.FORMS
