"""Trainers of language models: Megatron, DeepSpeed, fairseq, Composer, torchtune, llm.c, MaxText.

Most print lines that the general rules read; here is the rest. Sources: megatron/training/training.py, deepspeed
`ThroughputTimer.stop`, fairseq_cli/train.py, composer `ConsoleLogger`, torchtune's recipes, llm.c/train_gpt2.cu.
"""

import re

from journal.derive.progress.form import Form

_NUMBER = r"[-+]?\d[\d.,]*(?:[eE][-+]?\d+)?"

FORMS = (
    Form("megatron-lm", "[after training is done]", re.compile(r"^\[after training is done\]"), done=True),
    Form(
        "deepspeed",
        "/micro_step=",
        re.compile(
            r"epoch=(?P<epoch>\d+)/micro_step=\d+/global_step=(?P<step>\d+), .*CurrSamplesPerSec=(?P<rate>[\d.]+)"
            r"(?:, MemAllocated=[\d.]+GB, MaxMemAllocated=(?P<memory>[\d.]+GB))?"
        ),
        role="work",  # counts from the restart; the step that DeepSpeed logs itself counts from the beginning
        unit="samples/s",
    ),
    Form(
        "deepspeed",
        ", skipped=",
        re.compile(r"step=(?P<step>\d+), skipped=\d+, (?P<pairs>lr=.*?)(?:, mom=|$)"),
    ),
    Form("fairseq", "done training in", re.compile(r"^\W*done training in [\d.]+ seconds"), done=True),
    Form(
        "mosaicml-composer",
        "batch=",
        re.compile(
            r"^\s*\[(?:epoch=(?P<epoch>\d+)(?:/(?P<total_epochs>\d+))?\]\[)?batch=(?P<step>\d+)/(?P<total_steps>\d+)\]:"
        ),
    ),
    Form("mosaicml-composer", " batch=", re.compile(r"^\s*\[Eval batch="), phase="evaluation"),
    Form(
        "mosaicml-composer",
        "Train ",
        re.compile(rf"^\s+Train (?P<pairs>(?!time/(?:batch|sample|token|train|val|total))[\w/.]+: {_NUMBER})\s*$"),
    ),
    Form("mosaicml-composer", "Eval ", re.compile(rf"^\s+Eval (?P<pairs>metrics/[\w/.]+: {_NUMBER})\s*$")),
    Form("llm.c", "% bf16 MFU", re.compile(r"(?P<value>[\d.]+)% bf16 (?P<name>MFU)"), alone=False),
    Form(
        "maxtext",
        "completed step: ",
        re.compile(r"completed step: (?P<step>\d+), seconds: [\d.]+, (?P<pairs>.*)$"),
    ),
)
