"""Transformers' Trainer and what is built on it (TRL, Axolotl, Accelerate's examples), Diffusers' scripts.

Sources: transformers `Trainer.train`, `trainer_pt_utils.log_metrics`; the scripts of diffusers/examples.
"""

import re

from journal.derive.progress.form import Form

_NAME = "hf-trainer"

FORMS = (
    Form(_NAME, "***** Running training", re.compile(r"\*{5} Running training \*{5}"), phase="train"),
    Form(_NAME, "***** Running", re.compile(r"(?i)\*{5} Running (?:evaluation|prediction)"), phase="evaluation"),
    Form(_NAME, "Running validation", re.compile(r"Running validation"), phase="evaluation", alone=False),
    Form(_NAME, "Num Epochs = ", re.compile(r"Num Epochs = (?P<total_epochs>\d[\d,]*)")),
    Form(_NAME, "Total optimization steps", re.compile(r"Total optimization steps = (?P<announced>\d[\d,]*)")),
    # The last blocks, `key = value`; one of the evaluation follows that of the training.
    Form(_NAME, "***** train metrics", re.compile(r"\*{5} train metrics \*{5}"), done=True),
    Form(
        _NAME,
        "_per_second",
        re.compile(r"^\s*(?P<name>train_steps_per_second)\s+=\s+(?P<value>(?P<rate>[\d.,]+))"),
        unit="steps/s",
    ),
    Form(
        _NAME,
        "_per_second",
        re.compile(r"^\s*(?P<name>train_samples_per_second)\s+=\s+(?P<value>(?P<rate>[\d.,]+))"),
        unit="samples/s",
    ),
    Form(_NAME, "_per_second", re.compile(r"^\s*(?P<name>\w+_per_second)\s+=\s+(?P<value>[\d.,]+)")),
    # The last dictionary of `Trainer.train`, and those of evaluations.
    Form(_NAME, "'train_runtime'", re.compile(r"(?P<pairs>\{'train_runtime'.*\})"), done=True),
    Form(
        _NAME,
        "'eval_runtime'",
        re.compile(r"(?P<pairs>\{'eval_.*\})"),
        role="evaluation",
        names={"eval_steps_per_second": "eval steps a second", "eval_samples_per_second": "eval samples a second"},
    ),
    Form(_NAME, "'learning_rate'", re.compile(r"(?P<pairs>\{'loss': .*'epoch': .*\})"), phase="train"),
)
