"""What the names in a log mean: `it`, `num_updates`, `Train Epoch`, `tps`, `max mem`, `val_loss`.

Data first: a name that a trainer uses in a sense of its own is one more word in a table here. Names are compared in
small letters, with spaces for underscores and dashes.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from journal.derive.progress.units import canonical_rate, is_rate

Kind = Literal[
    "step",
    "batch",
    "epoch",
    "total steps",
    "total epochs",
    "train",
    "eta",
    "rate",
    "time per",
    "memory",
    "utilization",
    "metric",
    "split",
    "named",
    "noise",
]


class Meaning(NamedTuple):
    """What a name stands for.

    Attributes:
        kind: "batch" is a step within an epoch; "train" one or the other, by what follows; "rate" a throughput, "time
            per" its inverse; "metric" a name that measures a model whatever else stands in the line, "split" the part
            of the data that it was measured on, "named" one that may; "noise" nothing of interest.
        unit: of a rate; of memory the factor to bytes, or the unit, where the line does not say one with the number.
    """

    kind: Kind
    unit: str = ""


ONLY_WITH_A_TOTAL = ("progress", "processed", "completed")  # `Processed 120/1000 batches`
_NAMES: dict[Kind, tuple[str, ...]] = {
    "step": (
        "step", "steps", "s", "iter", "iters", "iteration", "iterations", "it", "itr", "global step", "global steps",
        "globalstep", "num updates", "total timesteps", "timesteps", "timestep", "train step", "train steps",
        "train iter", "train iteration", "training step", "training iteration", "optimizer step", "optim step",
        "completed step", "iter num", "iteration number", "n iter", "step num", "num steps", "current step",
        "trainer/global step", "train/global step", "env steps", "environment steps", "num env steps sampled",
        "num env steps sampled lifetime", "timesteps total", "episode", "trial", "round", "boosting round",
        "gradient step", "gstep", "current steps", "global step/max steps", "num timesteps", "update", "updates",
        *ONLY_WITH_A_TOTAL,
    ),
    "total steps": (
        "total steps", "max steps", "total iters", "max iters", "total iterations", "max iterations", "total updates",
    ),
    "total epochs": ("total epochs", "max epochs", "num epochs", "n epochs", "num train epochs"),
    "batch": ("batch", "batches", "batch idx", "minibatch", "mini batch", "batch number"),
    "epoch": (
        "epoch", "epochs", "ep", "train epoch", "train epochs", "training epoch", "epoch num", "epoch number",
        "current epoch", "cur epoch", "epoch idx", "epoch #", "time/epoch", "train/epoch",
    ),
    "train": ("train", "training"),
    "split": ("val", "valid", "validation", "test", "dev", "eval", "approx. train"),
    "eta": (
        "eta", "remaining", "remaining time", "time remaining", "time left", "left", "time to go", "time to end",
        "est time remaining", "estimated time remaining", "estimated remaining time", "est remaining",
    ),
    "utilization": (
        "gpu", "gpu util", "gpu utilization", "gpu utilisation", "gpu usage", "gpu load", "utilization.gpu",
    ),
    "memory": (
        "memory", "mem", "max mem", "max memory", "gpu mem", "gpu memory", "memallocated", "maxmemallocated", "vram",
        "peak mem", "peak memory", "peak gpu memory", "max reserved", "max allocated", "mem reserved", "cuda mem",
        "gpu memory usage", "gpu mem usage", "gpu memory used", "memory usage", "memory consumption", "max cuda mem",
        "max mem reserved", "max mem allocated", "max memory allocated", "max gpu memory", "memory allocated",
        "peak memory alloc", "peak memory active", "device/mem allocated",
    ),
}  # fmt: skip
_GIGABYTES = ("memory/allocated mem", "memory/peak allocated mem")  # Composer's
_RATES = {
    "tokens/s": (
        "tps", "tok/s", "toks/s", "token/s", "tokens/s", "tokens/sec", "tok/sec", "tokens/second", "tokens per sec",
        "tokens per second", "avg generation throughput",
    ),
    "tokens/s/gpu": ("tgs", "tokens/gpu/s", "tokens/sec/gpu"),
    "tokens/s/device": ("tokens/s/device",),
    "words/s": ("wps", "words/s", "words/sec"),
    "frames/s": ("fps", "frames/s", "fps total"),
    "samples/s": (
        "ips", "samples/s", "sample/s", "samples/sec", "samples/second", "samples per sec", "samples per second",
        "train samples per second", "currsamplespersec",
    ),
    "img/s": ("img/s", "imgs/s", "img/sec", "imgs/sec"),
    "images/s": ("images/s", "images/sec", "images per sec", "images per second"),
    "steps/s": (
        "sps", "step/s", "steps/s", "step/sec", "steps/sec", "steps/second", "steps per sec", "steps per second",
        "train steps per second", "global step/sec", "env step/s",
    ),
    "it/s": (
        "it/s", "its/s", "iter/s", "iters/s", "iter/sec", "iters/sec", "iterations/s", "iterations/sec",
    ),
    "batches/s": ("batch/s", "batches/s", "batches/sec", "batches per sec"),
    "examples/s": ("ex/s", "examples/s", "examples/sec", "examples per second"),
    "sequences/s": ("seq/s", "seqs/s", "sequences/s"),
    "": ("throughput", "speed", "average speed", "avg speed", "train throughput"),  # the unit stands with the number
}  # fmt: skip
_TIMES_PER = {
    "iter": (
        "elapsed time per iteration", "time per iteration", "time per iter", "iteration time", "iter time",
        "time/iter", "time/iteration", "s/iter", "sec/iter", "ms/iter",
    ),
    "it": ("s/it", "sec/it", "ms/it"),
    "batch": (
        "ms/batch", "s/batch", "sec/batch", "time per batch", "batch time", "batch cost", "avg batch cost",
    ),
    "step": (
        "ms/step", "s/step", "sec/step", "ms per step", "seconds per step", "secs per step", "step time",
        "step time seconds", "avg step time", "time per step", "per step time", "sec per step", "time/step", "step avg",
        "dt", "train step timing",
    ),
    "": ("time",),  # by what else stands in the line
}  # fmt: skip

# A name is a metric for one of its words: `val_loss`, `loss_cls`, `Valid accuracy`, `metrics/mAP50(B)`.
_METRIC_WORDS = frozenset(
    (
        "loss", "losses", "acc", "accuracy", "top", "ppl", "perplexity", "auc", "auroc", "auprc", "f", "bleu", "rouge",
        "rougel", "wer", "cer", "map", "mrr", "ndcg", "hits", "iou", "miou", "dice", "psnr", "ssim", "lpips", "fid",
        "kid", "inception", "reward", "rewards", "return", "returns", "rew", "rmse", "mse", "mae", "mape", "r", "nll",
        "logloss", "bpb", "bpc", "bpd", "elbo", "kl", "recall", "precision", "mcc", "kappa", "chamfer", "error", "err",
        "crossentropy", "trl", "tel", "vloss", "tloss", "ap", "sdr", "pesq", "stoi",
    )
)  # fmt: skip
_BARE_LETTERS = frozenset("fr")  # `f1`, `r2`: only with their number
_NO_METRIC_WORDS = frozenset(
    ("weight", "weights", "thr", "threshold", "fn", "func", "type", "coef", "coefficient", "alpha", "beta", "name",
     "path", "every", "interval", "smoothing")
)  # fmt: skip
_AROUND_A_METRIC = frozenset(("mean", "avg", "average", "step", "epoch", "std", "min", "max", "value", "total"))
# Names that come with metrics and are none: times, sizes, counts of things, places in the code.
_NOISE = re.compile(
    r"(?:^|[ /.])(?:time|times|elapsed|elapsed time|wall|clock|data|eta|sec|secs|seconds|dur|duration|runtime|mem"
    r"|memory|bsz|wpb|ups|gb free|batch size|size|rank|world|seed|pid|port|line|version|v num|node|nodes|gpus|device"
    r"|devices"
    r"|number of .*|num .*|consumed .*|.* consumed|tokens|samples|n samples|total samples|skipped|epoch time|iterations"
    r"|params|parameters|lineno|time ms|train samples|eval samples|flos|total flos|tflops.*|.*flop/s.*|.*tflop.*"
    r"|n updates|time elapsed|file|files|in|at|of|to|for|over|with|by|from|after|took|gpu|id|job|idx|index|workers"
    r"|timestamp"
    r"|micro step|alloc retries|images|len|length|num|count)$"
)
_CODE = re.compile(r"\.py$|[/\\]\w+\.|\.py:|^https?|[()`$@\\]{2}|::|->")
_IN_A_FILE = re.compile(r"\w\w\.\w")  # `L.r.` is none
_COUNTER_AT_END = re.compile(r" (?P<kind>step|iteration|iter|epoch)$")
_AT_A_COUNT = re.compile(
    r"^(?:\w+ ){0,3}loss (?:at|after) (?P<kind>step|iteration|iter|epoch)$"
)  # `loss at step 3: 0.5`
_NOT_OF_NOW = re.compile(
    r"\b(?:best|from|every|until|max|maximum|warm ?up|per|last|total|num|number|each|save|log|eval|to|of|first|min|"
    r"next|previous|prev|between|resume|start|initial|stop|patience|skip|skipped|skipping|nan|accumulation|decay|fps)\b"
)
_BRACKETED = re.compile(r"\s?[(\[](?P<inside>[^()\[\]]*)[)\]]$")
_LEVEL = re.compile(r"^(?:info|debug|warning)[: ]+")
_OF_TRAINING = re.compile(r"(?:train|training|trainer|time)[ /]")
_SAME_OF_TRAINING = ("step", "batch", "epoch", "eta", "rate")  # `train_num_updates`, `training/global_step`
_PER_SECOND = re.compile(r"^\w{2,12}(?:/\w{2,12})?/s(?:ec|econd)?$")
_MOST_WORDS = 5


@lru_cache(maxsize=4096)
def meaning(name: str) -> Meaning:
    """What a name in front of a number stands for.

    Args:
        name: as printed.
    """
    plain, bracketed = _plain(name)
    tail = plain.rpartition("/")[2]  # `throughput/device/tokens_per_second`
    known = _KNOWN.get(plain) or (_KNOWN.get(tail) if len(tail) > 3 else None)
    if known is not None and (known.kind in ("rate", "time per") or plain in _KNOWN):
        return _with_unit(known, plain, bracketed)
    known = _KNOWN.get(plain[found.end() :]) if (found := _OF_TRAINING.match(plain)) else None
    if known is not None and known.kind in _SAME_OF_TRAINING:
        return _with_unit(known, plain, bracketed)
    if _PER_SECOND.search(plain) and "flop" not in plain:
        return Meaning("rate", canonical_rate(plain))
    if is_rate(bracketed) and "flop" not in bracketed.lower():  # `tokens per GPU (tokens/s/GPU)`
        return Meaning("rate", canonical_rate(bracketed))
    return _of_a_metric(plain, name)


def _known_names() -> Iterator[tuple[str, Meaning]]:
    for kind, names in _NAMES.items():
        yield from ((name, Meaning(kind)) for name in names)
    yield from ((name, Meaning("memory", "GB")) for name in _GIGABYTES)
    for unit, names in _RATES.items():
        yield from ((name, Meaning("rate", unit)) for name in names)
    for noun, names in _TIMES_PER.items():
        yield from ((name, Meaning("time per", noun)) for name in names)


_KNOWN = dict(_known_names())


def _plain(name: str) -> tuple[str, str]:
    """A name in small letters without what stands in brackets at its end, and that."""
    bracketed = ""
    if found := _BRACKETED.search(name):
        bracketed, name = found["inside"].strip(), name[: found.start()]
    plain = _LEVEL.sub("", " ".join(name.lower().replace("_", " ").replace("-", " ").split()))
    if plain.endswith((" in s", " in ms")):
        plain, _, bracketed = plain.rpartition(" in ")
    elif plain.endswith("per iteration ms"):
        plain, _, bracketed = plain.rpartition(" ")
    return plain, bracketed


def _with_unit(known: Meaning, plain: str, bracketed: str) -> Meaning:
    """A meaning with the unit that the name itself says: `elapsed time per iteration (ms)`."""
    if known.kind == "rate":
        return Meaning("rate", canonical_rate(bracketed) if "/" in bracketed else known.unit)
    if known.kind == "time per":
        unit = "ms" if plain.startswith("ms") else "s" if plain.startswith(("s/", "sec")) else _time_unit(bracketed)
        return Meaning("time per", f"{unit}/{known.unit}")
    return Meaning(known.kind, known.unit or bracketed)


def _time_unit(bracketed: str) -> str:
    return {"ms": "ms", "s": "s", "sec": "s", "secs": "s", "seconds": "s", "us": "us"}.get(bracketed, "")


def _of_a_metric(plain: str, name: str) -> Meaning:
    if _CODE.search(name):
        return Meaning("noise")
    if found := _AT_A_COUNT.search(plain):
        return Meaning("epoch" if found["kind"] == "epoch" else "step")
    words = re.split(r"[ /.@]+", plain)
    while len(words) > 1 and (words[-1] in _AROUND_A_METRIC or words[-1].isdecimal()):
        words.pop()
    if (
        len(words) <= _MOST_WORDS + 2 * plain.count("/")
        and not _NO_METRIC_WORDS.intersection(words)
        and any(map(_measures, words))
    ):
        return Meaning("metric")
    if (found := _COUNTER_AT_END.search(plain)) and not _NOT_OF_NOW.search(plain):  # `saving checkpoint at step`
        return Meaning("epoch" if found["kind"] == "epoch" else "step")
    is_noise = _NOISE.search(plain) or len(words) > _MOST_WORDS or not words[0] or _IN_A_FILE.search(name)
    return Meaning("noise" if is_noise else "named")


def _measures(word: str) -> bool:
    stem = word.rstrip("0123456789")
    return (stem in _METRIC_WORDS and (word not in _BARE_LETTERS)) or word.endswith(("loss", "accuracy"))
