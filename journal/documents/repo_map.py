"""REPO_MAP.md: the files of a working tree in, the document's blocks out."""

from pathlib import Path

from journal.capture.working_tree import WorkingTree
from journal.derive.repo_map.sections import map_sections
from journal.derive.repo_map.survey import RepoMap, bytes_wanted, lift_commands, survey
from journal.documents.blocks import Block

_MOST_READ = 4_000  # files
_MOST_BYTES = 64 * 1024 * 1024


def map_blocks(root: Path, name: str | None = None, budget: int = 2500) -> list[Block]:
    """The blocks of REPO_MAP.md for a directory, which need not be a git repo.

    Args:
        root: the directory.
        name: what the project is called; the directory's name if None.
        budget: about how many tokens the map may take.
    """
    return [Block(section.name, section.body) for section in map_sections(survey_tree(root, name), budget)]


def survey_tree(root: Path, name: str | None = None) -> RepoMap:
    """What is found in a directory's files; reads at most some thousand of them."""
    tree = WorkingTree(root)
    texts: dict[str, str] = {}
    left = _MOST_BYTES
    for path in tree.paths:
        wanted = min(bytes_wanted(path), left)
        if wanted and len(texts) < _MOST_READ:
            text = tree.text(path, wanted)
            if text is not None:
                texts[path] = text
                left -= len(text)
    read = lift_commands(name or root.resolve().name, tree.paths, texts)
    return survey(read, frozenset(filter(tree.exists, read.doubtful)))
