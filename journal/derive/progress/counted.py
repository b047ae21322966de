"""Any line of names and numbers: `Epoch [3/10] loss: 2.31 lr 1e-4 12.3 it/s`, `{'loss': 0.68, 'epoch': 0.02}`.

Most trainers print such lines, each in a way of its own. They are read by what the names mean, not by who prints
them; what cannot be read so has a recogniser in `journal.derive.progress.trainers`.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from journal.derive.progress.figures import magnitude, seconds
from journal.derive.progress.pairs import Pair, pairs
from journal.derive.progress.progress import StepScope, Throughput
from journal.derive.progress.said import Role, Said
from journal.derive.progress.speed import Speed
from journal.derive.progress.units import is_rate
from journal.derive.progress.vocabulary import ONLY_WITH_A_TOTAL, Kind, Meaning, meaning

MOST_METRICS = 48  # of one line
_SHORT = 60  # characters: too few for many numbers
LONGEST_RUN = 10**15  # steps; a larger number is an identifier

_EVALUATION = re.compile(
    r"(?i)^\W*(?:\w+ ){0,2}?(?:val|valid|validation|validating|eval|evaluation|evaluating|test|testing|dev|inference)\b"
    r"|\b(?:epoch|iter)\((?:val|test)\)"
)
_NO_PROGRESS = re.compile(r"(?i)\b(?:best|loaded?|loading|resum\w+|restor\w+|warm-?up|patience|early.?stop\w*)\b")
_BARE = re.compile(
    r"(?<=[\d.])(?:[\s,;]{1,80}[-+]?\d[\d.]{0,40}(?:[eE][-+]?\d{1,4})?){8,}"
)  # numbers that nothing names
_RECORD = re.compile(r"\s*\{.*\}\s*")
_AT = re.compile(r" (?:at|after) ")  # `loss at step 300: 0.51`
_OF_THE_BEST = re.compile(r"(?i)\W*best\b.{0,80}\b(?:epoch|step|iteration)\b")


def counted(text: str, *, trusted: bool = False) -> Said | None:
    """What a line of names and numbers says; None where it says nothing of progress.

    Args:
        text: the line, without a logger's prefix.
        trusted: it is known to be progress, as what follows a progress bar is: whatever it names counts.
    """
    text = _BARE.sub(" ; ", text) if len(text) > _SHORT else text
    line = _Line(is_evaluation=bool(_EVALUATION.search(text)))
    every = list(pairs(text))
    line.leads_with_eta = bool(every) and meaning(every[0].name).kind == "eta"
    for position, pair in enumerate(every):
        line.take(pair, meaning(pair.name) if pair.name else None, every[position + 1 :][:1])
    if (line.counts and _NO_PROGRESS.search(text) and not line.has_loss) or _OF_THE_BEST.match(text):
        return None
    return line.said(text, trusted=trusted)


@dataclass
class _Line:
    """What was found in a line so far."""

    is_evaluation: bool
    step: int | None = None
    total_steps: int | None = None
    step_name: str = ""
    scope: StepScope = "run"
    epoch: float | None = None
    total_epochs: float | None = None
    metrics: dict[str, float] = field(default_factory=dict[str, float])
    named: dict[str, float] = field(default_factory=dict[str, float])
    speed: Speed = field(default_factory=Speed)
    eta_s: float | None = None
    memory: int | None = None
    utilization: float | None = None
    plural: bool = False
    first_name: str = ""
    told_total: int | None = None
    told_epochs: int | None = None
    leads_with_eta: bool = False
    about: str = ""

    @property
    def counts(self) -> bool:
        return self.step is not None or self.epoch is not None

    @property
    def has_loss(self) -> bool:
        return any("loss" in name.lower() for name in self.metrics)

    def take(self, pair: Pair, meant: Meaning | None, following: Sequence[Pair]) -> None:
        """One more number of the line, with the one after it."""
        if meant is None:
            self._nameless(pair, following)
        elif pair.kind == "time":
            self.eta_s = pair.value if meant.kind == "eta" else self.eta_s
        elif meant.kind in ("step", "batch", "epoch", "train"):
            self._counter(pair, meant, following)
        elif meant.kind in ("rate", "time per"):
            self.speed.take(pair, meant)
        elif meant.kind in ("total steps", "total epochs"):
            self._total(pair, meant.kind)
        elif meant.kind in ("metric", "split", "named", "noise"):
            self._metric(pair, meant)
        else:
            self._circumstance(pair, meant)

    def _total(self, pair: Pair, kind: str) -> None:
        """`"current_steps": 10, "total_steps": 300`; alone it is of a configuration."""
        if not _is_count(pair):
            return
        if kind == "total steps":
            self.told_total = int(pair.value)
        else:
            self.told_epochs = int(pair.value)

    def _circumstance(self, pair: Pair, meant: Meaning) -> None:
        if meant.kind == "eta":
            self.eta_s = seconds(pair.text + (pair.unit or meant.unit or "s"))
        elif meant.kind == "memory":
            self.memory = max(_bytes(pair, meant.unit) or 0, self.memory or 0) or None
        elif pair.unit == "%" or "util" in pair.name.lower():
            self.utilization = pair.value

    def _counter(self, pair: Pair, meant: Meaning, following: Sequence[Pair]) -> None:
        if not _is_count(pair, allow_fraction=meant.kind == "epoch"):
            if meant.kind == "train":  # `Train: 0.5612, Val: 0.4501`
                self._metric(pair, Meaning("split"))
            return
        self.first_name = self.first_name or pair.name.lower()
        self.about = _AT.split(pair.name)[0]
        kind = meant.kind
        if kind == "train":  # `Train: 29 [0/4]`, `Train: [0/300][10/1251]`; `Train: [10/1251]` alone counts steps
            kind = "epoch" if any(not then.name and _is_boxed(then) for then in following) else "step"
            if kind == "step" and pair.total is None:
                return
        if pair.total is None and _is_no_count(pair.name.lower(), kind):
            return
        if kind == "epoch" and self.is_evaluation and pair.total is not None and pair.name.endswith(")"):
            kind = "batch"  # `Epoch(test) [10/116]`
        if kind == "epoch":
            if self.epoch is None:
                self.epoch = pair.value if "." in pair.text else _tidy(pair.value)
                self.total_epochs = _tidy(pair.total)
        elif self.step is None or (self.scope == "epoch" and kind == "step" and self.total_steps is None):
            in_epoch = kind == "batch" or (
                self.epoch is not None and pair.total is not None and "global" not in pair.name
            )
            self._set_step(pair, "epoch" if in_epoch else "run")
            self.plural |= pair.total is None and pair.name.lower().endswith("s") and len(pair.name) > 1

    def _set_step(self, pair: Pair, scope: StepScope) -> None:
        self.step, self.total_steps, self.scope = int(pair.value), _whole(pair.total), scope
        self.step_name = pair.name.lower()

    def _nameless(self, pair: Pair, following: Sequence[Pair]) -> None:
        """`[  0/4572]` after the epoch, `200/ 2983 batches`, `[0/25][3/80]`, `[100] loss=…`, `209000 tok/s`."""
        if pair.kind == "time":
            return
        if is_rate(pair.unit):
            self.speed.take_explicit(pair)
        elif not self.counts and _is_boxed(pair) and following and not following[0].name and _is_boxed(following[0]):
            self.epoch, self.total_epochs = _tidy(pair.value), _tidy(pair.total)
        elif pair.total is not None and self.step is None and _is_count(pair):
            named_run = self.epoch is None and not self.is_evaluation
            self._set_step(pair, "run" if named_run else "epoch")
        elif self.about and "loss" in self.about.lower() and not pair.unit:  # `loss at step 300: 0.51`
            self.metrics.setdefault(self.about, pair.value)
        elif pair.unit == "ms" and self.step is not None:
            self.speed.take_milliseconds(pair)
        elif pair.opened == "[" and not self.counts and not self.metrics and _is_count(pair) and "." not in pair.text:
            self._set_step(pair, "run")

    def _metric(self, pair: Pair, meant: Meaning) -> None:
        if is_rate(pair.unit):
            self.speed.take_explicit(pair)
            return
        if meant.kind == "noise" or not pair.name or (pair.total is not None and pair.percent is None):
            return
        measures = meant.kind == "metric" or (meant.kind == "split" and "." in pair.text and pair.unit in ("", "%"))
        found = self.metrics if measures else self.named
        if len(found) < MOST_METRICS:
            found.setdefault(pair.name, pair.value if pair.percent is None else pair.percent)

    def said(self, text: str, *, trusted: bool) -> Said | None:
        """All of it; None where too little was found to be sure that it is progress."""
        if self.step is not None and self.step > LONGEST_RUN:
            return None
        if self.step is not None and self.total_steps is None and self.step <= (self.told_total or -1):
            self.total_steps = self.told_total
        if self.epoch is not None and self.total_epochs is None and self.epoch <= (self.told_epochs or -1):
            self.total_epochs = self.told_epochs
        sure = bool(self.metrics or self.speed.rate or self.eta_s is not None or self.total_steps or self.total_epochs)
        if not self.counts:
            return self._uncounted(text, trusted=trusted)
        says_it_first = text.lstrip(" \t*#=->[(").lower().startswith(self.first_name)
        if not sure and not self.named and (self.plural or not says_it_first):
            return None  # `epochs: 300` of a configuration, `step 3 is not allowed`
        metrics = {**self.metrics, **self.named} if sure or self.named else {}
        throughput = self.speed.rate or self._of_a_step(text)
        role: Role = "train" if metrics or throughput or self.eta_s is not None or self.epoch is not None else "work"
        keeps_step = not self.is_evaluation or self.scope == "run"
        if self.is_evaluation and self.scope == "epoch":
            role = "evaluation"
        elif self.is_evaluation:
            throughput = self.eta_s = None
        return Said(
            role=role,
            step=self.step if keeps_step or self.epoch is None else None,
            total_steps=self.total_steps if keeps_step or self.epoch is None else None,
            scope=self.scope,
            epoch=self.epoch,
            total_epochs=self.total_epochs,
            metrics=metrics,
            throughput=throughput,
            eta_s=self.eta_s,
            memory=self.memory,
            utilization=self.utilization,
            phase="evaluation" if self.is_evaluation else "train" if metrics else None,
        )

    def _uncounted(self, text: str, *, trusted: bool) -> Said | None:
        """A line without a counter: what measures a model counts all the same."""
        trusted = trusted or bool(self.metrics and _RECORD.fullmatch(text))
        metrics = {**self.metrics, **self.named} if trusted else self.metrics
        eta_s = self.eta_s if self.metrics or self.leads_with_eta else None
        time_per = self._of_a_step(text) if trusted or self.speed.says_per_what else None
        rate = None if self.is_evaluation else self.speed.rate or time_per
        if not (metrics or rate or self.memory or self.utilization is not None or eta_s is not None):
            return None
        return Said(
            role="evaluation" if self.is_evaluation else "train",
            metrics=metrics,
            throughput=rate,
            eta_s=eta_s,
            memory=self.memory,
            utilization=self.utilization,
        )

    def _of_a_step(self, text: str) -> Throughput | None:
        is_of_an_epoch = self.epoch is not None and self.step is None
        return self.speed.of_a_step(text, self.step_name, is_of_an_epoch=is_of_an_epoch)


def _is_count(pair: Pair, *, allow_fraction: bool = False) -> bool:
    whole = math.isfinite(pair.value) and pair.value >= 0 and (allow_fraction or pair.value == int(pair.value))
    return whole and pair.unit in ("", "batches", "steps", "it", "iters", "iterations", "epochs", "samples")


def _is_no_count(name: str, kind: Kind) -> bool:
    """`epochs: 300` is how many there will be, `completed 3` may be anything."""
    return name in ONLY_WITH_A_TOTAL or (kind == "epoch" and name.endswith("epochs"))


def _is_boxed(pair: Pair) -> bool:
    """`[3/80]`."""
    return pair.opened == "[" and pair.total is not None and _is_count(pair)


def _tidy(value: float | None) -> float | None:
    """A whole number as an integer."""
    if value is None or not math.isfinite(value):
        return None
    return int(value) if value == int(value) else value


def _whole(value: float | None) -> int | None:
    return int(value) if value is not None and math.isfinite(value) else None


def _bytes(pair: Pair, factor: str) -> int | None:
    """Memory in bytes; a bare number is MB where it is large, as PyTorch programs print it, else GB."""
    if not math.isfinite(pair.value) or pair.value < 0 or pair.unit == "%":
        return None
    size = magnitude(f"{pair.value:f}".rstrip("0") + pair.unit) if pair.unit else None
    if size is not None:
        return int(size)
    if factor and (scale := magnitude("1" + factor) if not factor[0].isdigit() else float(factor)):
        return int(pair.value * scale)
    return int(pair.value * (1e6 if pair.value >= 200 else 1e9))
