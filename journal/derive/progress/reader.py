"""Reads a log as it grows, and knows at any time how far the run is."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

from journal.derive.log.lines import LogLine, without_rank
from journal.derive.progress.ledger import MOST_HISTORY, MOST_PACE, Ledger
from journal.derive.progress.losses import is_diverging
from journal.derive.progress.prefix import without_prefix
from journal.derive.progress.progress import Gpu, Progress, Throughput
from journal.derive.progress.recognition import LONGEST, said_by
from journal.derive.progress.series import Series


_A_COUNT = re.compile(r"\s*\d{1,9}:\s+learn: ")  # CatBoost begins with its step as launchers do with the rank


class ProgressReader:
    def __init__(self) -> None:
        self._ledger = Ledger()

    def feed(self, lines: Iterable[LogLine], at: float | None = None) -> None:
        for line in lines:
            self._read(line.text)
        if at is not None:
            self._ledger.dated(at, "read")

    def _read(self, text: str) -> None:
        text = text[:LONGEST]
        if not _A_COUNT.match(text):
            _, text = without_rank(text)
        at, text = without_prefix(text)
        for said in said_by(text, self._ledger.context):
            self._ledger.enter(said, at)

    def progress(self) -> Progress:
        known = self._ledger
        flags = []
        if known.loss and not math.isfinite(known.loss[1]):
            flags.append("nan")
        if is_diverging(known.history.points):
            flags.append("diverging")
        total = known.total_steps
        if total is None and known.announced and known.scope == "run" and (known.step or 0) <= known.announced:
            total = known.announced
        return Progress(
            step=known.step, total_steps=total, step_scope=known.scope, epoch=known.epoch, total_epochs=known.total_epochs,
            metrics=dict(known.metrics), throughput=known.throughput, eta_s=known.eta_s, done=known.done,
            framework=known.framework, gpu=Gpu(known.memory, known.utilization), flags=tuple(flags),
            history=known.history.points, pace=known.pace.points)
