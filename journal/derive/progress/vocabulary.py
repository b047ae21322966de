"""What the names in a log mean: `it`, `num_updates`, `Train Epoch`, `tps`, `max mem`, `val_loss`.

Data first: a name that a trainer uses in a sense of its own is one more word in a table here. Names are compared in
small letters, with spaces for underscores and dashes.
"""

import re
from functools import lru_cache
from typing import Literal, NamedTuple

Kind = Literal[
    "step", "batch", "epoch", "train", "eta", "rate", "time per", "memory", "utilization", "metric", "named", "noise"
]


class Meaning(NamedTuple):
    """What a name stands for.

    Attributes:
        kind: "batch" is a step within an epoch; "train" one or the other, by what follows; "rate" a throughput, "time
            per" its inverse; "metric" a name that measures a model whatever else stands in the line, "named" one that
            may; "noise" nothing of interest.
        unit: of a rate; of memory the factor to bytes where the line does not say one.
    """

    kind: Kind
    unit: str = ""


_STEPS = frozenset(
    ("step", "steps", "s", "iter", "iters", "iteration", "iterations", "it", "itr", "global step", "global steps",
     "globalstep", "num updates", "total timesteps", "timesteps", "timestep", "train step", "train steps", "train iter",
     "train iteration", "training step", "training iteration", "optimizer step", "optim step", "completed step",
     "iter num", "iteration number", "n iter", "step num", "num steps", "current step", "trainer/global step",
     "train/global step", "time/batch", "env steps", "environment steps", "num env steps sampled", "timesteps total",
     "num env steps sampled lifetime", "episode", "trial", "round", "boosting round", "gradient step", "ba", "gstep")
)  # fmt: skip
_BATCHES = frozenset(("batch", "batches", "batch idx", "minibatch", "mini batch", "batch number"))
_EPOCHS = frozenset(
    ("epoch", "epochs", "ep", "train epoch", "training epoch", "epoch num", "current epoch", "time/epoch", "train/epoch",
     "train epochs", "epoch idx", "epoch number", "cur epoch", "epoch #")
)  # fmt: skip
_ETAS = frozenset(
    ("eta", "remaining", "remaining time", "time remaining", "time left", "est time remaining", "time to go", "left",
     "estimated time remaining", "estimated remaining time", "est remaining", "time to end")
)  # fmt: skip
_RATES = {
    "tps": "tokens/s", "tok/s": "tokens/s", "toks/s": "tokens/s", "tokens/s": "tokens/s", "tokens/sec": "tokens/s",
    "tokens per sec": "tokens/s", "tokens per second": "tokens/s", "tok/sec": "tokens/s", "token/s": "tokens/s",
    "tokens/second": "tokens/s", "tgs": "tokens/s/gpu", "tokens/s/device": "tokens/s/device",
    "tokens/gpu/s": "tokens/s/gpu", "tokens/sec/gpu": "tokens/s/gpu", "throughput/tokens per sec": "tokens/s",
    "avg generation throughput": "tokens/s",
    "wps": "words/s", "words/s": "words/s", "words/sec": "words/s",
    "fps": "frames/s", "frames/s": "frames/s", "sps": "steps/s",
    "ips": "samples/s", "samples/s": "samples/s", "samples/sec": "samples/s", "samples per sec": "samples/s",
    "samples per second": "samples/s", "samples/second": "samples/s", "train samples per second": "samples/s",
    "currsamplespersec": "samples/s", "throughput/samples per sec": "samples/s", "sample/s": "samples/s",
    "img/s": "img/s", "imgs/s": "img/s", "img/sec": "img/s", "imgs/sec": "img/s", "images/s": "images/s",
    "images/sec": "images/s", "images per sec": "images/s", "images per second": "images/s",
    "train steps per second": "steps/s", "steps per second": "steps/s", "steps per sec": "steps/s", "step/s": "steps/s",
    "steps/s": "steps/s", "steps/sec": "steps/s", "steps/second": "steps/s", "step/sec": "steps/s",
    "global step/sec": "steps/s", "it/s": "it/s", "its/s": "it/s", "iter/s": "it/s", "iters/s": "it/s",
    "iters/sec": "it/s", "iter/sec": "it/s", "iterations/s": "it/s", "iterations/sec": "it/s",
    "batches/s": "batches/s", "batch/s": "batches/s", "batches/sec": "batches/s", "throughput/batches per sec": "batches/s",
    "examples/s": "examples/s", "examples/sec": "examples/s", "ex/s": "examples/s", "examples per second": "examples/s",
    "seq/s": "sequences/s", "seqs/s": "sequences/s", "sequences/s": "sequences/s", "env step/s": "steps/s",
    "throughput": "", "speed": "", "average speed": "", "avg speed": "", "train throughput": "",
}  # fmt: skip
_TIMES_PER = {
    "elapsed time per iteration": "iter", "time per iteration": "iter", "iter time": "iter", "iteration time": "iter",
    "time/iter": "iter", "time per iter": "iter", "s/it": "it", "sec/it": "it", "s/iter": "iter", "sec/iter": "iter",
    "ms/it": "it", "ms/iter": "iter", "ms/batch": "batch", "s/batch": "batch", "sec/batch": "batch",
    "time per batch": "batch", "batch cost": "batch", "avg batch cost": "batch", "batch time": "batch",
    "ms/step": "step", "s/step": "step", "sec/step": "step", "step time": "step", "time per step": "step",
    "step avg": "step", "time/step": "step", "train step timing": "step", "dt": "step", "time": "", "ms per step": "step",
    "seconds per step": "step", "per step time": "step", "step time seconds": "step", "avg step time": "step", "secs per step": "step",
}  # fmt: skip
_MEMORY = {
    "memory": "", "mem": "", "max mem": "", "max memory": "", "gpu mem": "", "gpu memory": "", "memallocated": "",
    "maxmemallocated": "", "peak mem": "", "peak memory": "", "max reserved": "", "max allocated": "", "vram": "",
    "memory/allocated mem": "1e9", "memory/peak allocated mem": "1e9", "gpu memory usage": "", "memory usage": "",
    "peak gpu memory": "", "max mem reserved": "", "max mem allocated": "", "mem reserved": "", "gpu mem usage": "",
    "peak memory alloc": "", "peak memory active": "", "max memory allocated": "", "gpu memory used": "", "cuda mem": "",
    "max cuda mem": "", "max gpu memory": "", "device/mem allocated": "", "memory allocated": "", "memory consumption": "",
}  # fmt: skip
_UTILIZATIONS = frozenset(
    ("gpu util", "gpu utilization", "gpu utilisation", "gpu usage", "gpu load", "utilization.gpu", "gpu", "volatile gpu util")
)
# A name is a metric for one of its words: `val_loss`, `loss_cls`, `Valid accuracy`, `metrics/mAP50(B)`.
_METRIC_WORDS = frozenset(
    """
    loss losses acc accuracy acc1 acc5 top1 top5 ppl perplexity auc auroc auprc f1 bleu rouge rouge1 rouge2 rougel wer
    cer map map50 mrr ndcg hits iou miou dice psnr ssim lpips fid kid inception reward rewards return returns rmse mse
    mae mape r2 nll bpb bpc bpd elbo kl recall precision auc mcc chamfer error err logloss crossentropy rew kappa
    trl tel vloss tloss ap ap50 ap75 sdr pesq stoi
    """.split()
)  # fmt: skip
_NO_METRIC_WORDS = frozenset(
    "weight weights thr threshold fn func type coef coefficient alpha beta name path every interval smoothing".split()
)
# Names that come with metrics and are none: times, sizes, counts of things, places in the code.
_NOISE = re.compile(
    r"(?i)(?:^|[ /.])(?:time|times|elapsed|elapsed time|wall|clock|data|eta|sec|secs|seconds|dur|duration|runtime|mem|memory"
    r"|bsz|wpb|ups|gb free|batch size|size|rank|world|seed|pid|port|line|version|node|nodes|gpus|device|devices|timestamp"
    r"|number of .*|num .*|consumed .*|.* consumed|tokens|samples|n samples|total samples|skipped|epoch time|iterations"
    r"|params|parameters|lineno|time ms|train samples|eval samples|flos|total flos|tflops.*|.*flop/s.*|.*tflop.*|micro step"
    r"|n updates|time elapsed|file|files|in|at|of|to|for|with|by|from|after|took|gpu|id|job|idx|index|workers"
    r"|alloc retries|images|len|length|num|count)$"
)
_CODE = re.compile(r"\.py$|[/\\]\w+\.|\.py:|^https?|[()`$@\\]{2}|::|->")
_NOT_OF_NOW = re.compile(
    r"(?i)\b(?:best|from|every|until|max|maximum|warm-?up|per|last|total|num|number|each|save|log|eval|to|of|first|min|"
    r"next|previous|prev|between|resume|start|initial|stop|patience|skip|skipped|skipping|nan|accumulation|grad accum|decay)\b"
)
_COUNTER_AT_END = re.compile(r"(?i)\b(step|iteration|iter|epoch)$")
_LEVEL = re.compile(r"^(?:info|debug|warning)[: ]+")
_BRACKETED = re.compile(r"\s?\(([^()]*)\)$|\s?\[([^\[\]]*)\]$")
_UNIT_IN_NAME = {"ms": "ms", "s": "s", "sec": "s", "secs": "s", "seconds": "s", "us": "us", "in s": "s"}


@lru_cache(maxsize=4096)
def meaning(name: str) -> Meaning:
    """What a name in front of a number stands for.

    Args:
        name: as printed.
    """
    plain, bracketed = _plain(name)
    if plain in _STEPS:
        return Meaning("step")
    if plain in _EPOCHS:
        return Meaning("epoch")
    if plain in _BATCHES:
        return Meaning("batch")
    if plain in ("train", "training"):
        return Meaning("train")
    tail = plain.rpartition("/")[2]
    if plain not in _RATES and len(tail) > 3 and (tail in _RATES or tail in _TIMES_PER):
        plain = tail
    if plain in _ETAS:
        return Meaning("eta", bracketed)
    if plain in _RATES:
        return Meaning("rate", _rate_unit(bracketed) or _RATES[plain])
    if plain in _TIMES_PER:
        return Meaning("time per", _time_unit(plain, bracketed) + "/" + _TIMES_PER[plain])
    if plain in _MEMORY:
        return Meaning("memory", _MEMORY[plain] or bracketed)
    if plain in _UTILIZATIONS:
        return Meaning("utilization")
    if "flop" not in bracketed.lower() and is_rate(bracketed) and bracketed.split("/")[1] in ("s", "sec", "second"):
        return Meaning("rate", canonical_rate(bracketed))
    return _of_a_metric(plain, name)


def _plain(name: str) -> tuple[str, str]:
    """A name in small letters without what stands in brackets at its end, and that."""
    bracketed = ""
    if found := _BRACKETED.search(name):
        bracketed = (found[1] or found[2] or "").strip()
        name = name[: found.start()]
    plain = _LEVEL.sub("", " ".join(name.lower().replace("_", " ").replace("-", " ").split()))
    if plain.endswith((" in s", " in ms")):
        plain, _, bracketed = plain.rpartition(" in ")
    return plain, bracketed


def _time_unit(plain: str, bracketed: str) -> str:
    if plain.startswith("ms"):
        return "ms"
    if plain.startswith(("s/", "sec")):
        return "s"
    return _UNIT_IN_NAME.get(bracketed, "")


def _rate_unit(bracketed: str) -> str:
    return canonical_rate(bracketed) if "/" in bracketed else ""


def _of_a_metric(plain: str, name: str) -> Meaning:
    if _CODE.search(name):
        return Meaning("noise")
    words = re.split(r"[ /.@]+", plain)
    while len(words) > 1 and words[-1] in ("mean", "avg", "average", "step", "epoch", "std", "min", "max", "value", "total"):
        words.pop()
    if len(words) <= 5 and not _NO_METRIC_WORDS.intersection(words) and any(map(_measures, words)):
        return Meaning("metric")
    if (found := _COUNTER_AT_END.search(plain)) and " " in plain and not _NOT_OF_NOW.search(plain):
        return Meaning("epoch" if found[1] == "epoch" else "step")
    if _NOISE.search(plain) or len(words) > 5 or not words[0] or "." in name.strip("."):
        return Meaning("noise")
    return Meaning("named")


def _measures(word: str) -> bool:
    return word in _METRIC_WORDS or word.rstrip("0123456789") in _METRIC_WORDS or word.endswith(("loss", "accuracy"))


_PER_SECOND = re.compile(r"/(?:sec|second)\b")
_NOUNS = {
    "tok": "tokens", "toks": "tokens", "token": "tokens", "step": "steps", "sample": "samples", "imgs": "img",
    "iter": "it", "iters": "it", "its": "it", "batch": "batches", "example": "examples", "ex": "examples",
    "seq": "sequences", "seqs": "sequences", "sequence": "sequences", "word": "words", "image": "images",
    "record": "records", "frame": "frames", "iterations": "it",
}  # fmt: skip


@lru_cache(maxsize=1024)
def canonical_rate(unit: str) -> str:
    """One way to write each unit of throughput: `tokens/s` of `tok/sec`, `it/s` of `iters/s`; others as they are."""
    unit = _PER_SECOND.sub("/s", unit.strip())
    noun, slash, rest = unit.partition("/")
    if rest.endswith("/s"):  # tokens/gpu/s
        rest = "s/" + rest.removesuffix("/s")
    if rest == "s" or rest.startswith("s/"):
        return _NOUNS.get(noun, noun) + slash + rest
    return unit


def is_rate(unit: str) -> bool:
    """Whether a unit is one of throughput: so much per second, or time per step."""
    head, slash, tail = unit.partition("/")
    if not slash:
        return False
    per_second = tail.split("/")[0] in ("s", "sec", "second")
    return per_second or (head in ("s", "ms", "us", "sec", "min", "µs") and not tail.endswith("s"))
