"""How well logs are read: counts over labelled logs, `python tests/bench/corpus.py --failures F --progress P`.

A file of failures has one JSON object a line: `id`, `text`, `label` and `signature`, the decisive line verbatim. A file
of progress has `id`, `text` and `expect`, the last state. Without the options the project's own cases are read, so that
this runs anywhere.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))

from journal.derive.failure.diagnosis import Diagnosis, diagnose  # noqa: E402  (the project, when this runs as a script)
from journal.derive.log.lines import split_lines  # noqa: E402
from journal.ingest.failure_rules import load_rules  # noqa: E402
from tests.derive.progress.comparison import FIELDS, OWN_CASES, wrong_fields  # noqa: E402

OWN_FAILURES = HERE.parent / "derive/failure/cases.jsonl"


class Counts(NamedTuple):
    """How many of so many were right.

    Attributes:
        labels, signatures, same_line, healthy: (right, of how many). A signature is right if it is the same text, white
            space at its ends aside; `same_line` also counts a part of the line, or more of it.
        wrong: what was not, in words.
    """

    labels: tuple[int, int]
    signatures: tuple[int, int]
    same_line: tuple[int, int]
    healthy: tuple[int, int]
    wrong: tuple[str, ...]


def read_cases(path: Path) -> list[dict[str, Any]]:
    """The cases of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def count_failures(cases: Iterable[Mapping[str, Any]]) -> Counts:
    """Diagnoses each case and compares."""
    rules = load_rules()
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for case in cases:
        found = diagnose(list(split_lines(case["text"].encode())), rules)
        healthy = case["label"] == "ok"
        label = found.label == case["label"]
        exact, near = _signature(found, case)
        counts.update(all=1, label=label, healthy=healthy, ok=healthy and label)
        if not healthy:
            counts.update(failed=1, exact=exact, near=near)
        if not label or (not healthy and not near):
            wanted = f"{case['id']}: {case['label']} {case['signature']!r}"
            wrong.append(f"{wanted}\n    {found.label} {found.signature!r} {found.rule}")
        elif not exact and not healthy:
            wrong.append(f"{case['id']}: a part of the line\n    {case['signature']!r}\n    {found.signature!r}")
    return Counts(
        (counts["label"], counts["all"]),
        (counts["exact"], counts["failed"]),
        (counts["near"], counts["failed"]),
        (counts["ok"], counts["healthy"]),
        tuple(wrong),
    )


def _signature(found: Diagnosis, case: Mapping[str, Any]) -> tuple[bool, bool]:
    wanted = case["signature"]
    if wanted is None or found.signature is None:
        return found.signature == wanted, found.signature == wanted
    [wanted] = {line.text.strip() for line in split_lines(wanted.strip().encode())}
    return found.signature == wanted, wanted in found.signature or found.signature in wanted


class ProgressCounts(NamedTuple):
    """How many of so many were right.

    Attributes:
        fields: (right, of how many), each field of each case.
        each: the same for one field.
        cases: of which every field was right.
        wrong: what was not, in words.
    """

    fields: tuple[int, int]
    each: Mapping[str, tuple[int, int]]
    cases: tuple[int, int]
    wrong: tuple[str, ...]


def count_progress(cases: Iterable[Mapping[str, Any]]) -> ProgressCounts:
    """Reads each case and compares its last state, field by field; of metrics those that are expected count."""
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for case in cases:
        found = wrong_fields(case)
        counts.update(all=1, right=not found)
        counts.update(field for field in FIELDS if field not in found)
        wrong += [f"{case['id']}: {field} {read!r}, not {expected!r}" for field, (read, expected) in found.items()]
    every = counts["all"]
    each = {field: (counts[field], every) for field in FIELDS}
    right = sum(count for count, _ in each.values())
    return ProgressCounts((right, every * len(FIELDS)), each, (counts["right"], every), tuple(wrong))


def _line(what: str, right: tuple[int, int]) -> str:
    share = 100 * right[0] / right[1] if right[1] else 100.0
    return f"{what:<34} {right[0]:>4} of {right[1]:<4} {share:5.1f} %"


def main() -> None:
    """Prints the counts, and with -v what was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--failures", type=Path, default=OWN_FAILURES, help="labelled failures (the project's own)")
    parser.add_argument("--progress", type=Path, default=OWN_CASES, help="labelled progress (the project's own)")
    parser.add_argument("-v", "--verbose", action="store_true", help="show what was wrong")
    options = parser.parse_args()
    counts = count_failures(read_cases(options.failures))
    print(f"failures of {options.failures}")
    print(_line("cause right", counts.labels))
    print(_line("signature exact", counts.signatures))
    print(_line("signature on the right line", counts.same_line))
    print(_line("healthy runs not called failures", counts.healthy))
    if options.verbose:
        print(*counts.wrong, sep="\n")
    progress = count_progress(read_cases(options.progress))
    print(f"progress of {options.progress}")
    print(_line("fields exact", progress.fields))
    print(_line("cases with every field exact", progress.cases))
    for field, right in progress.each.items():
        print(_line(f"  {field}", right))
    if options.verbose:
        print(*progress.wrong, sep="\n")


if __name__ == "__main__":
    main()
