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
        "timm", "*** Best metric", re.compile(r"^\*{3} Best metric: "), "*** Best metric: 78.9 (epoch 299)", done=True
    ),
    Form(
        "torchvision",
        "Total time: ",
        re.compile(r"^\S.{0,80}Total time: \d"),
        "Epoch: [0] Total time: 0:42:01 (0.5041 s / it)",
    ),
)
