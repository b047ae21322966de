"""What we last generated in a document, kept beside the repository and not in it.

A small JSON file per document: without it, a person's edit inside one of our blocks could not be told from what
we wrote there. Losing it loses nothing of theirs (see `journal.documents.blocks.render`).
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast

from journal.marked_text import digest_of, read_marked
from journal.paths import private_dir


class Bases(NamedTuple):
    """What we know of one document.

    Attributes:
        blocks: name → body as last generated.
        previous: the same before that: a process killed between writing this file and the document leaves the
            document at these.
        title: the title line that we wrote when we made the document; None where a person made it.
    """

    blocks: Mapping[str, str]
    previous: Mapping[str, str]
    title: str | None


def read_bases(path: Path) -> Bases:
    """Reads a file of bases; one that is missing or damaged is as good as none."""
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError, ValueError):
        return Bases({}, {}, None)
    if not isinstance(content, dict):
        return Bases({}, {}, None)
    values = cast("dict[str, Any]", content)
    title = values.get("title")
    return Bases(
        _bodies(values.get("blocks")), _bodies(values.get("previous")), title if isinstance(title, str) else None
    )


def write_bases(path: Path, bases: Bases) -> None:
    """Replaces a file of bases, readable by its owner alone. Raises OSError."""
    private_dir(path.parent)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    content = json.dumps(bases._asdict(), ensure_ascii=False, indent=0)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def bases_of(text: str, bases: Bases) -> dict[str, str]:
    """For each block the body that its marker speaks of: the last generated, or the one before."""
    chosen = dict(bases.blocks)
    for block in read_marked(text).blocks:
        previous = bases.previous.get(block.name)
        if previous is not None and block.digest == digest_of(previous):
            chosen[block.name] = previous
    return chosen


def _bodies(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    items = cast("dict[str, Any]", value).items()
    return {name: body for name, body in items if isinstance(body, str)}
