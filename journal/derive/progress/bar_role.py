"""What a progress bar is for, by its name."""

import re

from journal.derive.progress.said import Context, Role

_TRAINING = (
    "train", "training", "step", "steps", "iter", "iters", "iteration", "iterations", "epoch", "epochs", "pretraining",
    "pre-training", "finetuning", "fine-tuning", "optimizing", "optimising",
)  # fmt: skip
_EVALUATION = (
    "val", "valid", "validation", "validating", "eval", "evaluate", "evaluating", "evaluation", "test", "testing",
    "sanity", "predict", "predicting", "loglikelihood", "generate_until",
)  # fmt: skip
# What comes before the work: files are loaded and saved, data made ready, programs compiled.
_PREPARATION = (
    r"download\w*", "dl", "extract", "extraction", "extracting", "load", "loading", "map", "filter", "fetching",
    r"tokeni[sz]\w*", r"preprocess\w*", r"generating \w+ split", "packing", "unpacking", "grouping", "caching",
    "scanning", "saving", "writing", r"upload\w*", "resolving", "converting", "casting", "concatenating", "flattening",
    "building", "creating", "computing checksums", "reading", "processing data", "shards?", "files?", r"checkpoint\w*",
    "capturing", "compiling", "warm-?up", "adding eos", "truncating", "applying", "formatting", r"unzip\w*", "copying",
    "parsing", "indexing", "setup", r"initiali[sz]\w+", r"prepar\w+",
)  # fmt: skip
_FILE = r"[\w.-]+\.(?:tar|gz|zip|bin|safetensors|json|parquet|txt|model|pt|pth|ckpt|whl|h5|arrow)\b"

_IS_TRAINING = re.compile(rf"(?i)^\W*(?:{'|'.join(_TRAINING)})\b")
_IS_EVALUATION = re.compile(rf"(?i)\b(?:{'|'.join(_EVALUATION)})\b|(?-i:mAP|^\s*Class\b)")  # YOLO's columns
_IS_PREPARATION = re.compile(rf"(?i)\b(?:{'|'.join(_PREPARATION)})\b|^{_FILE}")


def role_of_bar(name: str, context: Context) -> Role:
    """What a bar is for, by its name; without one, by what the program said that it does."""
    if not name:
        return "work" if context.phase in (None, "train") else context.phase
    if _IS_EVALUATION.search(name):
        return "evaluation"
    if _IS_TRAINING.search(name):
        return "train"
    return "preparation" if _IS_PREPARATION.search(name) else "work"
