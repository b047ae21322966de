"""Golden files: what a document looked like when a person last read it and found it good."""

import os
from pathlib import Path

GOLDEN = Path(__file__).parent / "fixtures/golden"


def assert_golden(name: str, text: str) -> None:
    """Compares text with `fixtures/golden/NAME`; JOURNAL_TEST_GOLDEN=write writes it anew, to be read again."""
    path = GOLDEN / name
    if os.environ.get("JOURNAL_TEST_GOLDEN") == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
