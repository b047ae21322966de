"""Which of a run's metrics is its loss, and whether it goes well with it."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import median

# The names of a training's loss, the most telling first; any other loss comes after these.
_NAMES = (
    "loss", "train loss", "training loss", "lm loss", "total loss", "reduced train loss", "train loss step",
    "loss/train/total", "train/loss", "global avg loss", "trl", "average loss", "avg loss", "learn",
)  # fmt: skip
_NOT_OF_TRAINING = ("val", "valid", "validation", "eval", "test", "dev", "best", "scale")

FEWEST = 20  # points that a judgement needs
_WINDOW = 5
_FAR_IN_NOISE = 6.0
_FAR = 0.25  # of where it was at its best


def loss_in(metrics: Mapping[str, float], known: str | None) -> tuple[str, float] | None:
    """The name and value of the main loss among some metrics; None where none is one.

    Args:
        metrics: what a line tells of.
        known: the name of the run's main loss so far.
    """
    best = min(((_rank(name), position, name) for position, name in enumerate(metrics)), default=None)
    if best is None or best[0] > len(_NAMES):
        return None
    if known is None or _rank(known) > best[0]:
        return best[2], metrics[best[2]]
    return (known, metrics[known]) if known in metrics else None


def _rank(name: str) -> int:
    plain = " ".join(name.lower().replace("_", " ").split())
    if plain in _NAMES:
        return _NAMES.index(plain)
    words = plain.replace("/", " ").split()
    is_loss = any(word.endswith("loss") for word in words) and not any(word in _NOT_OF_TRAINING for word in words)
    return len(_NAMES) if is_loss else len(_NAMES) + 1


def is_diverging(history: Sequence[tuple[float, float]]) -> bool:
    """Whether a loss rose far over what it was, for longer than noise does.

    Args:
        history: (step, value), oldest first.
    """
    values = [value for _, value in history if math.isfinite(value)]
    if len(values) < FEWEST:
        return False
    smooth = [median(values[start : start + _WINDOW]) for start in range(len(values) - _WINDOW + 1)]
    noise = median(abs(one - other) for one, other in pairwise(values))
    lowest = min(smooth)
    return smooth[-1] > lowest + max(_FAR_IN_NOISE * noise, _FAR * abs(lowest))
