"""SCRATCH.md: where things stand, and the days."""

import os
import sqlite3
from datetime import tzinfo

from journal.derive.diary.parts import diary
from journal.documents.blocks import Block
from journal.store.diary_queries import read_story


def scratch_blocks(connection: sqlite3.Connection, project: str, zone: tzinfo) -> list[Block]:
    """The blocks of SCRATCH.md in their order: head, days newest first, what was before.

    Args:
        connection: the store; only read.
        project: the project's id.
        zone: where days begin, and what the times are told in.
    """
    story = read_story(connection, project, zone, own_uid=os.getuid())
    return [Block(part.name, part.markdown) for part in diary(story, zone)]
