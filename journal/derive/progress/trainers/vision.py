"""Vision: YOLO in its versions, detectron2, timm, torchvision's references and what follows them (DETR, MAE, Swin).

Sources: ultralytics `BaseTrainer`, yolov5/7 train.py, detectron2 `HookBase`, timm train.py, torchvision/references.
"""

import re

from journal.derive.progress.form import Form

FORMS = (
    Form(
        "yolo",
        "epochs completed in",
        re.compile(r"^(?P<epoch>(?P<total_epochs>\d+)) epochs completed in [\d.]+ hours"),
        "100 epochs completed in 0.612 hours.",
        done=True,
        over=True,
    ),
    Form(
        "yolo",
        "Starting training for",
        re.compile(r"Starting training for (?P<total_epochs>\d+) epochs"),
        "Starting training for 100 epochs...",
        phase="train",
    ),
    Form(
        "detectron2",
        "Overall training speed",
        re.compile(r"Overall training speed: \d+ iterations in"),
        "Overall training speed: 1498 iterations in 0:03:00 (0.1204 s / it)",
        done=True,
    ),
    Form(
        "detectron2",
        "Starting training from",
        re.compile(r"Starting training from iteration \d+"),
        "Starting training from iteration 0",
        phase="train",
    ),
    Form(
        "torchvision",
        "raining time",
        re.compile(r"^(?:Total t|T)raining time:? \d"),
        "Training time 2 days, 14:11:02",
        done=True,
    ),
    Form(
        "darknet",
        " avg",
        re.compile(
            r"^\s*(?P<step>\d{1,9}): [-\d.naif]+, (?P<value>[-\d.naif]+) (?P<name>avg(?: loss)?), [\d.]+ rate, "
            r"(?P<rate>[\d.]+) seconds, \d+ images(?:, (?P<eta>[\d.]+ hours) left)?"
        ),
        "1200: 0.871234, 0.912345 avg loss, 0.001000 rate, 3.101234 seconds, 76800 images, 5.250000 hours left",
        unit="s/iter",
    ),
    Form(
        "nerfstudio",
        "%) ",
        re.compile(r"^(?P<step>\d+) \([\d.]+%\) +(?P<rate>[\d.]+) ms +(?P<eta>\d[\d., dhms]{0,60}?s)(?:  |$)"),
        "1200 (40.00%)       21.250 ms            38 s, 250.500 ms     25.10 M",
        unit="ms/iter",
    ),
    Form(
        "timm", "*** Best metric", re.compile(r"^\*{3} Best metric: "), "*** Best metric: 78.9 (epoch 299)", done=True
    ),
    Form(
        "torchvision",
        "Total time: ",
        re.compile(r"^\S.{0,80}Total time: \d"),
        "Epoch: [0] Total time: 0:42:01 (0.5041 s / it)",
    ),
    Form(
        "mxnet",
        "Batch [",
        re.compile(r"Epoch\[(?P<epoch>\d+)\] Batch \[\d+-(?P<step>\d+)\]\s+(?P<pairs>.*)$"),
        "Epoch[2] Batch [40-60]\tSpeed: 1980.21 samples/sec\taccuracy=0.612300",
        scope="epoch",
    ),
    Form(
        "stylegan",
        " kimg ",
        re.compile(r"^tick (?P<step>\d+) +kimg [\d.]+ +time .* sec/tick +(?P<rate>[\d.]+)"),
        "tick 12    kimg 48.0     time 20m 31s      sec/tick 98.1    sec/kimg 24.51   maintenance 0.2    cpumem 5.21",
        unit="s/tick",
    ),
)
