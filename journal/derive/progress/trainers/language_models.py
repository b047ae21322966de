"""Trainers of language and speech models: Megatron, DeepSpeed, fairseq, Composer, Marian, ESPnet, llm.c, MaxText.

Most print lines that the general rules read; here is the rest. Sources: megatron/training/training.py, deepspeed
`ThroughputTimer.stop`, fairseq_cli/train.py, composer `ConsoleLogger`, llm.c/train_gpt2.cu, MaxText's metric_logger.
"""

import re

from journal.derive.progress.form import Form

_NUMBER = r"[-+]?\d[\d.,]*(?:[eE][-+]?\d+)?"

FORMS = (
    Form(
        "megatron-lm",
        "[after training is done]",
        re.compile(r"^\[after training is done\]"),
        "[after training is done] datetime: 2026-08-22 03:11:02",
        done=True,
    ),
    Form(
        "deepspeed",
        "/micro_step=",
        re.compile(
            r"epoch=(?P<epoch>\d+)/micro_step=\d+/global_step=(?P<step>\d+), .*CurrSamplesPerSec=(?P<rate>[\d.]+)"
            r"(?:, MemAllocated=[\d.]+GB, MaxMemAllocated=(?P<memory>[\d.]+GB))?"
        ),
        "epoch=0/micro_step=10/global_step=10, RunningAvgSamplesPerSec=31.2, CurrSamplesPerSec=32.8, "
        "MemAllocated=3.7GB, MaxMemAllocated=39.0GB",
        role="work",  # counts from the restart; the step that DeepSpeed logs itself counts from the beginning
        unit="samples/s",
    ),
    Form(
        "deepspeed",
        ", skipped=",
        re.compile(r"step=(?P<step>\d+), skipped=\d+, (?P<pairs>lr=.*?)(?:, mom=|$)"),
        "step=1310, skipped=2, lr=[2.01e-05, 2.01e-05], mom=[(0.9, 0.95), (0.9, 0.95)]",
    ),
    Form(
        "fairseq",
        "done training in",
        re.compile(r"^\W*done training in [\d.]+ seconds"),
        "done training in 29411.2 seconds",
        done=True,
    ),
    Form(
        "mosaicml-composer",
        "batch=",
        re.compile(
            r"^\s*\[(?:epoch=(?P<epoch>\d+)(?:/(?P<total_epochs>\d+))?\]\[)?batch=(?P<step>\d+)/(?P<total_steps>\d+)\]:"
        ),
        "[epoch=2/10][batch=120/782]:",
    ),
    Form("mosaicml-composer", " batch=", re.compile(r"^\s*\[Eval batch="), "[Eval batch=1/12]:", phase="evaluation"),
    Form(
        "mosaicml-composer",
        "Train ",
        re.compile(rf"^\s+Train (?P<pairs>(?!time/(?:batch|sample|token|train|val|total))[\w/.]+: {_NUMBER})\s*$"),
        "\t Train loss/train/total: 1.2011",
    ),
    Form(
        "mosaicml-composer",
        "Eval ",
        re.compile(rf"^\s+Eval (?P<pairs>metrics/[\w/.]+: {_NUMBER})\s*$"),
        "\t Eval metrics/eval/MulticlassAccuracy: 0.7112",
    ),
    Form(
        "marian",
        " : Up. ",
        re.compile(
            r"Ep\. (?P<epoch>\d+) : Up\. (?P<step>\d+) : Sen\. [\d,]+ : (?P<name>Cost) (?P<value>[\d.]+).*? : "
            r"(?P<rate>[\d.]+) (?P<unit>words/s)(?: : (?P<pairs>L\.r\. \S+))?"
        ),
        "Ep. 1 : Up. 1000 : Sen. 50,000 : Cost 5.12013 : Time 60.10s : 12345.67 words/s : L.r. 3.0000e-04",
    ),
    Form(
        "espnet",
        "epoch:train:",
        re.compile(r"(?P<epoch>\d+)epoch:train:\d+-(?P<step>\d+)batch: (?P<pairs>.*)$"),
        "3epoch:train:101-200batch: iter_time=0.101, loss_ctc=50.2, acc=0.512, loss=43.1, train_time=1.2",
        scope="epoch",
        names={"iter_time": "data_time", "train_time": "iter_time"},  # of loading, of all that one batch takes
    ),
    Form(
        "llm.c",
        "% bf16 MFU",
        re.compile(r"(?P<value>[\d.]+)% bf16 (?P<name>MFU)"),
        "step    2/19560 | loss 10.958509 (+0.11z)| 2493.35 ms | 40.3% bf16 MFU | 210274 tok/s",
        alone=False,
    ),
    Form(
        "maxtext",
        "completed step: ",
        re.compile(r"completed step: (?P<step>\d+), seconds: [\d.]+, (?P<pairs>.*)$"),
        "completed step: 11, seconds: 0.660, TFLOP/s/device: 455.9, Tokens/s/device: 9639.2, loss: 10.218",
    ),
    Form(
        "fasttext",
        "words/sec/thread",
        re.compile(
            r"Progress: +[\d.]+% words/sec/thread: +(?P<rate>\d+) (?P<pairs>lr: .*?) ETA: +(?P<eta>\d+h ?\d+m ?\d*s?)"
        ),
        "Progress:  41.2% words/sec/thread:   31250 lr:  0.029400 avg.loss:  1.912000 ETA:   0h 2m11s",
        unit="words/s/thread",
    ),
)
