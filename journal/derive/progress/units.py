"""Units of throughput: one way to write each."""

import re
from functools import lru_cache

_PER_SECOND = re.compile(r"/(?:sec|second)\b")
_NOUNS = {
    "tok": "tokens", "toks": "tokens", "token": "tokens", "step": "steps", "sample": "samples", "imgs": "img",
    "iter": "it", "iters": "it", "its": "it", "iterations": "it", "batch": "batches", "example": "examples",
    "ex": "examples", "seq": "sequences", "seqs": "sequences", "sequence": "sequences", "word": "words",
    "image": "images", "record": "records", "frame": "frames",
}  # fmt: skip


@lru_cache(maxsize=1024)
def canonical_rate(unit: str) -> str:
    """`tokens/s` of `tok/sec`, `it/s` of `iters/s`, `tokens/s/gpu` of `tokens/gpu/second`; others as they are."""
    unit = _PER_SECOND.sub("/s", unit.strip())
    noun, slash, rest = unit.partition("/")
    if rest.endswith("/s"):
        rest = "s/" + rest.removesuffix("/s")
    if rest == "s" or rest.startswith("s/"):
        return _NOUNS.get(noun, noun) + slash + rest
    return f"s{slash}{rest}" if slash and noun in ("sec", "secs", "second", "seconds") else unit


def is_rate(unit: str) -> bool:
    """Whether a unit is one of throughput: so much per second, or time per step."""
    head, slash, tail = unit.partition("/")
    if not slash:
        return False
    per_second = tail.split("/")[0] in ("s", "sec", "second")
    return per_second or (head in ("s", "ms", "us", "sec", "secs", "min", "µs") and not tail.endswith("s"))
