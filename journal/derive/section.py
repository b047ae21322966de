"""One section of a generated document."""

from typing import NamedTuple


class Section(NamedTuple):
    """A section, the stuff of one block of a document: its name (letters, digits, hyphens) and its Markdown."""

    name: str
    body: str
