"""Vision: YOLO in its versions, detectron2, maskrcnn-benchmark, timm, torchvision's references, DETR and its kin.

Sources: ultralytics `BaseTrainer`, yolov5/7 train.py, detectron2 `SimpleTrainer`, timm train.py.
"""

import re

from journal.derive.progress.form import Form

FORMS = (
    Form(
        "yolo",
        "epochs completed in",
        re.compile(r"^(?P<epoch>(?P<total_epochs>\d+)) epochs completed in [\d.]+ hours"),
        done=True,
        over=True,
    ),
    Form("yolo", "Starting training for", re.compile(r"Starting training for (?P<total_epochs>\d+) epochs"), phase="train"),
    Form("detectron2", "Overall training speed", re.compile(r"Overall training speed: \d+ iterations in"), done=True),
    Form("detectron2", "Starting training from", re.compile(r"Starting training from iteration \d+"), phase="train"),
    Form("torchvision", "raining time", re.compile(r"^(?:Total t|T)raining time:? \d"), done=True),
    Form("timm", "*** Best metric", re.compile(r"^\*{3} Best metric: "), done=True),
    Form("torchvision", "Total time: ", re.compile(r"^\S.{0,80}Total time: \d")),
)
