"""The three documents of a worktree, written together."""

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from journal.capture.git.repository import Repository
from journal.capture.local_zone import local_zone
from journal.documents.blocks import Block
from journal.documents.environment import environment_blocks
from journal.documents.files import Written, write_document
from journal.documents.repo_map import map_blocks
from journal.documents.scratch import scratch_blocks
from journal.paths import document_base

DOCUMENTS = ("SCRATCH.md", "ENV.md", "REPO_MAP.md")


class _Content(NamedTuple):
    title: str
    blocks: Sequence[Block]


def write_documents(
    connection: sqlite3.Connection, repository: Repository, project: str, *, check: bool = False
) -> list[Written]:
    """Brings SCRATCH.md, ENV.md and REPO_MAP.md of a worktree up to date.

    Args:
        connection: an open store.
        repository: the worktree; a bare repository has no documents.
        project: the project's id.
        check: only say what would change.

    Raises:
        JournalError: a document cannot be written.
    """
    root = repository.root
    if root is None:
        return []
    name = root.name
    contents = {
        "SCRATCH.md": _Content(f"# SCRATCH · {name}", scratch_blocks(connection, project, local_zone())),
        "ENV.md": _Content(f"# ENV · {name}", environment_blocks(connection, project, root)),
        "REPO_MAP.md": _Content(f"# REPO MAP · {name}", map_blocks(root)),
    }
    return [
        write_document(
            root / document, document_base(repository.git_dir, document), content.blocks, content.title, check=check
        )
        for document, content in contents.items()
    ]
