"""What a command is for, told by the names in it: the file it runs first, then its directories and arguments."""

import posixpath
import re

ROLES = ("install", "prepare data", "train", "evaluate", "sample", "run", "test")

# In this order: the first that matches a name decides ("prepare_train_data" prepares, "eval_pretrained" evaluates).
_NAMES = (
    ("install", r"^(?:setup|install)(?=$|_)|requirements|^environment"),
    (
        "prepare data",
        r"prepare|preprocess|pre_process|download|make_(?:data|dataset)|build_(?:data|dataset)|^collect_|_h5$|_(?:data|dataset|records)$|convert|tokeni[sz]e|extract",
    ),
    (
        "evaluate",
        r"(?:^|_)(?:e?val|evaluate|evaluation|evaluator|test|score|bench|benchmark|metrics?|linear|knn|fid|ablation_eval)(?=$|_)|^eval|^bench",
    ),
    ("train", r"(?:^|_)(?:pre|fine_?)?(?:train|tune|tuning)(?:er|ing)?(?=$|_)|finetune|pretrain|^train|^ablate|sweep"),
    ("sample", r"sampl|generat|infer|demo|predict|render|visuali[sz]|(?:^|_)(?:vis|gen|chat|interpolate|viz)(?=$|_)"),
)
_PATTERNS = tuple((role, re.compile(pattern)) for role, pattern in _NAMES)
_TESTERS = frozenset({"pytest", "tox", "nox", "unittest"})
_INSTALLERS = frozenset({"pip", "pip3", "conda", "mamba", "micromamba", "pixi"})


def role_of(words: list[str], target: str | None) -> str:
    """One of `ROLES`.

    Args:
        words: the command's words, unquoted.
        target: the file it runs, as written.
    """
    if _TESTERS & {posixpath.basename(word) for word in words[:4]}:
        return "test"
    if posixpath.basename(words[0]) in _INSTALLERS or words[:2] in (["uv", "sync"], ["uv", "pip"], ["uv", "add"]):
        return "install"
    if words[1:3] == ["-m", "pip"] or words[:2] == ["poetry", "install"]:
        return "install"
    if target and target.endswith("setup.py") and any("test" in word for word in words):
        return "test"
    if target:
        *directories, name = target.lower().split("/")
        if any(re.match(r"eval", posixpath.basename(word)) and "." in word for word in words if word != target):
            return "evaluate"  # train.py config/eval_gpt2.py
        for part in (_stem(name), *map(_stem, reversed(directories))):
            role = _named(part)
            if role:
                return role
        if name.startswith("main") or not _named(name):
            return _argued(words) or "run"
    program = _named(posixpath.basename(words[0]).lower().replace("-", "_"))
    return program or _argued(words) or "run"


def _stem(name: str) -> str:
    return name.rsplit(".", 1)[0].replace("-", "_")


def _named(name: str) -> str | None:
    return next((role for role, pattern in _PATTERNS if pattern.search(name)), None)


def _argued(words: list[str]) -> str | None:
    """The role that flags or sub-commands tell: `--eval`, `--mode train`, `fit`."""
    for index, word in enumerate(words[1:], 1):
        flag = word.lstrip("-").lower().replace("-", "_").partition("=")[0]
        if word.startswith("--") and flag in ("eval", "evaluate", "eval_only", "do_eval", "test", "validate"):
            return "evaluate"
        if word.startswith("--") and flag in ("train", "do_train"):
            return "train"
        value = word.partition("=")[2] or (words[index + 1] if index + 1 < len(words) else "")
        if flag in ("mode", "phase", "task", "stage", "split") and value.isalpha():
            return {"train": "train", "fit": "train", "test": "evaluate", "eval": "evaluate"}.get(value.lower())
    if "fit" in words[1:3]:
        return "train"
    return None
