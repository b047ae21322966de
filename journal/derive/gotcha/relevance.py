"""How likely a change has to do with a failure: judged by the words that both hold.

Nothing is proved by it: it only decides what is told first, and whether a change is called the fix or merely what came
between.
"""

import re
from collections.abc import Iterable, Sequence

_QUOTED = re.compile(r"'([^'\n]{2,80})'|\"([^\"\n]{2,80})\"|`([^`\n]{2,80})`")
_NAME = re.compile(
    r"(?<![\w$-])(--?[a-z][\w-]+|[A-Za-z]\w*_\w+|[A-Z][A-Z0-9]{3,}|[a-z]+[A-Z]\w+|[A-Za-z]\w*\.\w[\w.]*)"
)
_KINDS_OF_ERROR = ("error", "exception", "warning")  # how a name ends that says only what sort of failure it was

# What a change is likely to touch where the failure's own words say nothing of it, by label.
_INSTALLS = (
    r"\b(?:pip3?|uv|conda|mamba|micromamba|poetry|pixi|module|ml) |requirements|pyproject|environment\.ya?ml|\.def\b"
)
_TOUCHES = {
    **dict.fromkeys(
        ("missing_module", "import_symbol", "version_conflict", "build_failure", "cuda_driver_mismatch", "rocm_hip"),
        _INSTALLS,
    ),
    "gpu_arch_unsupported": rf"{_INSTALLS}|arch",
    "gpu_oom": r"batch|accum|checkpoint|alloc_conf|bf16|fp16|float16|precision|seq|max_len|gpus?\b|offload|amp\b",
    "host_oom": r"\bmem|memory|workers|batch|prefetch|cpus?\b",
    "time_limit": r"time|limit|steps|epochs",
    "disk_quota": r"cache|tmp|scratch|_home|\brm\b|output|keep|save",
    "nccl_comm": r"nccl|timeout|ifname|backend|gloo",
    "hub_network": r"hf_|offline|proxy|cache|download|hub",
    "port_in_use": r"port",
    "shm_dataloader": r"shm|workers|sharing",
    "permission": r"chmod|chown|chgrp|umask|\bacl\b|path|dir",
    "slurm_submit": r"partition|account|qos|time|gres|gpus|mem|nodes|ntasks|constraint|limit",
    "container": r"bind|\.sif|apptainer|singularity|enroot|image|podman",
    "data_missing": r"data|path|root|dir|download|wget|curl|ln |rsync|tar",
    "numeric": r"\blr\b|learning|clip|eps|precision|bf16|fp16|scale|warm",
    "config_error": r"\.ya?ml|\.toml|\.json|config|cfg|=|--",
}  # fmt: skip

LIKELY = 2  # from so much on a change is called the fix


class FailureWords:
    """The words of a failure, weighted: what it quotes says more than a name in the advice.

    Args:
        label: the failure's.
        told: its fingerprint and decisive line.
        advice: what its rule says to try.
    """

    def __init__(self, label: str, told: Iterable[str], advice: Sequence[str] = ()) -> None:
        self._weights: dict[str, int] = {}
        for text in told:
            for quoted in _QUOTED.finditer(text):
                name = next(group for group in quoted.groups() if group)
                self._add(name, 3)
                self._add(re.split(r"[./]", name)[0], 3)
            self._add_names(text, 3)
        for text in advice:
            self._add_names(text, 2)
        self._touches = re.compile(_TOUCHES[label], re.IGNORECASE) if label in _TOUCHES else None

    def _add_names(self, text: str, weight: int) -> None:
        for name in _NAME.findall(text):
            self._add(name, weight)

    def _add(self, name: str, weight: int) -> None:
        word = _folded(name.strip())
        if len(word.strip("_.")) >= 2 and not word.endswith(_KINDS_OF_ERROR):
            self._weights[word] = max(weight, self._weights.get(word, 0))

    def in_text(self, text: str) -> int:
        """How much of a failure a text speaks of: 0 nothing, from `LIKELY` on it is likely the fix."""
        folded = _folded(text)
        found = sum(weight for word, weight in self._weights.items() if _holds(folded, word))
        return found + (LIKELY if self._touches and self._touches.search(text) else 0)


def _folded(text: str) -> str:
    """Lower case, with one kind of dash: a package `flash-attn` is the module `flash_attn`."""
    return text.lower().replace("-", "_")


def _holds(text: str, word: str) -> bool:
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        before = text[start - 1] if start else " "
        after = text[end] if end < len(text) else " "
        if not (before.isalnum() or after.isalnum()):
            return True
        start = text.find(word, start + 1)
    return False
