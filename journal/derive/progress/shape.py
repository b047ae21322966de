"""The shape of a line: what stays of it between steps, and whether lines of that shape can say anything.

A log is mostly lines that differ in nothing but their numbers, and what a line says hangs on its words.
"""

import re

_MOST_KNOWN = 4096  # shapes
_WITHOUT = str.maketrans("", "", " 0123456789.,:+-%")
_FILLING = re.compile(r"\|[█▏▎▍▌▋▊▉ ]{0,400}\|")
_RUNS = re.compile(r"[━╸╺─]{5,}|[█▏▎▍▌▋▊▉]{4,}")
_DIGIT = re.compile(r"\d")
_DENOMINATOR = re.compile(r"/ {0,8}(\d{1,12}[kMG]?)")
_NUMBERS_ONLY = frozenset("enaifkmgbtolsh|│/()[]{}<>*\t_~='█▏▎▍▌▋▊▉")

# In small letters and without what _WITHOUT takes out, one of these is in every line with a number that says something.
_WORDS = (
    "step", "iter", "epoch", "loss", "train", "acc", "[<", "||", "it/s", "s/it", "b/s", "/sec", "tok", "sample", "eta",
    "auc", "throughput", "sps", "reward", "return", "trl", "tel", "learn", "trial", "episode", "bleu", "rouge", "score",
    "ppl", "perplex", "rmse", "mse", "mae", "iou", "psnr", "ssim", "mib/", "util", "remain", "elapsed", "examples/s",
    "saved[", "length", "mll", "#", "━", "[=", "[>", "objects", "batch", "mem", "slurm", "srun", "dueto", "recall",
    "precision", "]\t", "time", "update", "fps", "of)", "task", "running", "dice", "wer", "fid", "nll", "error", "best",
    "mdrun", "()ms", "buildingtree", "训练",
)  # fmt: skip
# The same for lines without a number.
_WORDS_ALONE = (
    "epoch", "step", "iter", "train", "running", "traceback", "slurm", "srun", "finish", "version", "round", "tuning",
    "stopp", "mll", "训练",
)  # fmt: skip

_known: dict[str, bool] = {}  # shape → whether it may say something: it depends on nothing else


def squeezed(text: str) -> str:
    """A line without the filling of its progress bars, which says nothing that their numbers do not."""
    if text.isascii():
        return text
    text = _FILLING.sub("||", text)
    return text if text.isascii() else _RUNS.sub(_shorter, text)


def _shorter(found: re.Match[str]) -> str:
    return found[0][:4]


def shape_of(text: str) -> str:
    """The words of a line, and its first denominator: two bars of different lengths are not of one shape."""
    shape = text.translate(_WITHOUT)
    if "/" in text and (found := _DENOMINATOR.search(text)):
        return f"{shape}\n{found[1]}"
    return shape


def may_say(shape: str, text: str) -> bool:
    """Whether a line can say anything of progress, judged by its shape alone.

    Args:
        shape: of the line.
        text: the line; whether there is a number in it is all that matters.
    """
    words = shape.partition("\n")[0]
    key = words if _DIGIT.search(text) else "\r" + words
    known = _known.get(key)
    if known is None:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        known = _known[key] = _judged(words.lower(), has_number=key is words)
    return known


def _judged(words: str, *, has_number: bool) -> bool:
    if not has_number:
        return any(word in words for word in _WORDS_ALONE)
    return any(word in words for word in _WORDS) or _NUMBERS_ONLY.issuperset(words)
