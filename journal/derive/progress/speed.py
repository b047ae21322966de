"""How fast the work goes, as one line says it: rates, and the times that steps take."""

import math
import re
from dataclasses import dataclass

from journal.derive.progress.pairs import Pair
from journal.derive.progress.progress import Throughput
from journal.derive.progress.units import canonical_rate, is_rate
from journal.derive.progress.vocabulary import Meaning

_SCALES = {"k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9}
_NAMES_OF_A_LOOP = re.compile(r"(?i)\bdata(?:_time)?\b|\beta\b|\blr\b|\bloss")


@dataclass
class Speed:
    """What was found in a line so far.

    Attributes:
        rate: of several the one that is known best, of steps before that of samples.
        time_per: of a step; what stands for is left out of its unit where the line does not say it.
    """

    rate: Throughput | None = None
    time_per: Throughput | None = None
    _rank: int = 0

    def take(self, pair: Pair, meant: Meaning) -> None:
        """A number whose name says that it is a rate, or a time per step."""
        if meant.kind == "rate":
            prefix, space, printed = pair.unit.rpartition(" ")
            unit = canonical_rate(printed) if is_rate(printed) else meant.unit
            scale = _SCALES.get(prefix if space else pair.unit, 1)  # `Tokens/s: 7.39K`
            self._set(pair.value * scale, unit, rank={"steps/s": 3, "it/s": 1}.get(unit, 2))
            return
        unit, slash, noun = meant.unit.partition("/")
        unit = pair.unit if pair.unit in ("ms", "s", "us") else unit
        self.time_per = self.time_per or Throughput(pair.value, unit + slash + noun)

    def take_explicit(self, pair: Pair) -> None:
        """`1082.47/s`, `5.01 s/it`: a rate that says its own unit."""
        if "flop" in pair.unit.lower():
            return
        prefix, space, unit = pair.unit.rpartition(" ")  # `123.4k tok/s`
        scale = _SCALES[prefix] if space else 1
        self._set(pair.value * scale, "img/s" if unit in ("/s", "/sec") else canonical_rate(unit), rank=1)

    def take_milliseconds(self, pair: Pair) -> None:
        """`2493.35 ms` without a name."""
        self.time_per = self.time_per or Throughput(pair.value, "ms/")

    def _set(self, value: float, unit: str, rank: int) -> None:
        if unit and math.isfinite(value) and rank > self._rank:
            self.rate, self._rank = Throughput(value, unit), rank

    @property
    def says_per_what(self) -> bool:
        """Whether there is a time of something that the line names."""
        return self.time_per is not None and not self.time_per.unit.endswith("/")

    def of_a_step(self, text: str, step_name: str, *, is_of_an_epoch: bool) -> Throughput | None:
        """The time of a step, where it is one: `time` alone may also be that of the whole run.

        Args:
            text: the line.
            step_name: what the line calls its steps.
            is_of_an_epoch: the line counts epochs and no steps.
        """
        if self.time_per is None or not math.isfinite(self.time_per.value):
            return None
        unit, _, noun = self.time_per.unit.partition("/")
        if not noun:
            if is_of_an_epoch or (not unit and not _NAMES_OF_A_LOOP.search(text)):
                return None
            if unit == "s" and "time:" not in text.lower() and "time=" not in text.lower():
                return None
            noun = "step" if "step" in step_name else "iter"
        return Throughput(self.time_per.value, f"{unit or 's'}/{noun}")
