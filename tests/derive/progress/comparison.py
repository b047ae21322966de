"""What a labelled log's last state should be, and what was read: used by the tests and by tests/bench/corpus.py."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from journal.derive.log.lines import split_lines
from journal.derive.progress.progress import Progress, progress_json
from journal.derive.progress.reader import ProgressReader

FIELDS = ("step", "total_steps", "epoch", "total_epochs", "metrics", "throughput", "eta_seconds", "done")
OWN_CASES = Path(__file__).with_name("cases.jsonl")


def read_cases(path: Path = OWN_CASES) -> list[dict[str, Any]]:
    """The cases of a file: one JSON object a line with `id`, `text` and `expect`."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def progress_of(text: str) -> Progress:
    """What a whole log says."""
    reader = ProgressReader()
    reader.feed(split_lines(text.encode()))
    return reader.progress()


def wrong_fields(case: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The fields of a case that were read otherwise, as (read, expected); of metrics those that are expected count."""
    told = progress_json(progress_of(case["text"]))
    told["eta_seconds"] = told.pop("eta_s")
    pairs = {field: (told[field], case["expect"][field]) for field in FIELDS}
    return {field: pair for field, pair in pairs.items() if not _is_same(*pair)}


def _is_same(read: Any, expected: Any) -> bool:
    if isinstance(expected, dict) and isinstance(read, dict):
        metrics, wanted = cast("dict[str, Any]", read), cast("dict[str, Any]", expected)
        return all(name in metrics and _is_same(metrics[name], value) for name, value in wanted.items())
    if isinstance(expected, int | float) and not isinstance(expected, bool):
        return isinstance(read, int | float) and math.isclose(read, expected, rel_tol=1e-6, abs_tol=1e-12)
    return bool(read == expected)
