"""Transformers' Trainer and what is built on it (TRL, Axolotl), Diffusers' scripts.

Sources: transformers `Trainer.train` and `trainer_pt_utils.log_metrics`, the scripts of diffusers/examples.
"""

import re

from journal.derive.progress.form import Form

_NAME = "hf-trainer"

FORMS = (
    Form(
        _NAME,
        "***** Running training",
        re.compile(r"\*{5} Running training \*{5}"),
        "***** Running training *****",
        phase="train",
    ),
    Form(
        _NAME,
        "***** Running",
        re.compile(r"(?i)\*{5} Running (?:evaluation|prediction)"),
        "***** Running Evaluation *****",
        phase="evaluation",
    ),
    Form(
        "diffusers",
        "Running validation",
        re.compile(r"Running validation"),
        "Running validation...",
        phase="evaluation",
    ),
    Form(
        _NAME,
        "Num Epochs = ",
        re.compile(r"Num Epochs = (?P<total_epochs>\d[\d,]*)"),
        "  Num Epochs = 3",
    ),
    Form(
        _NAME,
        "Total optimization steps",
        re.compile(r"Total optimization steps = (?P<announced>\d[\d,]*)"),
        "  Total optimization steps = 4,800",
    ),
    # The last blocks, `key = value`; one of the evaluation follows that of the training.
    Form(
        _NAME, "***** train metrics", re.compile(r"\*{5} train metrics \*{5}"), "***** train metrics *****", done=True
    ),
    Form(
        _NAME,
        "train_steps_per_second",
        re.compile(r"^\s*(?P<name>train_steps_per_second)\s+=\s+(?P<value>(?P<rate>[\d.,]+))"),
        "  train_steps_per_second   =      3.185",
        unit="steps/s",
    ),
    Form(
        _NAME,
        "train_samples_per_second",
        re.compile(r"^\s*(?P<name>train_samples_per_second)\s+=\s+(?P<value>(?P<rate>[\d.,]+))"),
        "  train_samples_per_second =     25.478",
        unit="samples/s",
    ),
    Form(
        _NAME,
        "_per_second",
        re.compile(r"^\s*(?P<name>\w+_per_second)\s+=\s+(?P<value>[\d.,]+)"),
        "  eval_samples_per_second =    101.2",
    ),
    # The dictionaries: the last one of a training, those of evaluations, those of training.
    Form(
        _NAME,
        "'train_runtime'",
        re.compile(r"(?P<pairs>(?:global_step=\d+, .*)?\{'train_runtime'.*\})"),
        "{'train_runtime': 12.6, 'train_steps_per_second': 3.657, 'train_loss': 0.6127, 'epoch': 3.0}",
        done=True,
    ),
    Form(
        _NAME,
        "'eval_runtime'",
        re.compile(r"(?P<pairs>\{'eval_.*\})"),
        "{'eval_loss': 0.802, 'eval_runtime': 4.1, 'eval_samples_per_second': 97.5, 'epoch': 1.0}",
        role="evaluation",
    ),
    Form(
        _NAME,
        "'learning_rate'",
        re.compile(r"(?P<pairs>\{'loss': .*'epoch': .*\})"),
        "{'loss': 1.9123, 'grad_norm': 2.41, 'learning_rate': 4.9e-05, 'epoch': 0.06}",
        phase="train",
    ),
)
