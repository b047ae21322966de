"""The code in a README: fenced and indented blocks, and inline spans, with their lines. Prose is never returned."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_FENCE = re.compile(r"^ {0,12}(?:>\s*)?(`{3,}|~{3,})\s*\{?\.?([\w+-]*)")
_INLINE = re.compile(r"(?<!`)`([^`\n]{4,300})`(?!`)")
_SHELL = frozenset(
    {"", "bash", "sh", "shell", "console", "zsh", "terminal", "cmd", "shellscript", "shell-session", "text"}
)
_RST_CODE = re.compile(r"^(\s*)(?:\.\. (?:code-block|code|sourcecode|prompt)::\s*(\w*)|(?!\.\. ).*::\s*$)")


class CodeBlock(NamedTuple):
    """Lines of one block with their numbers, counted from 1."""

    lines: tuple[tuple[int, str], ...]


def shell_blocks(text: str, *, restructured: bool = False) -> Iterator[CodeBlock]:
    """The blocks of a document that may hold shell commands, in order.

    Args:
        text: Markdown, or reStructuredText.
        restructured: the text is reStructuredText.
    """
    lines = text.split("\n")
    yield from _directives(lines) if restructured else _fences(lines)


def _fences(lines: list[str]) -> Iterator[CodeBlock]:
    fence, wanted = "", False
    block: list[tuple[int, str]] = []
    indented: list[tuple[int, str]] = []
    for number, line in enumerate(lines, 1):
        if not fence and line.startswith(("    ", "\t")) and not _FENCE.match(line):
            indented.append((number, line.strip()))
            continue
        if indented and line.strip():
            yield CodeBlock(tuple(indented))
            indented = []
        opened = _FENCE.match(line)
        if fence:
            if opened and opened[1].startswith(fence) and not opened[2]:
                if wanted and block:
                    yield CodeBlock(tuple(block))
                fence, block = "", []
            else:
                block.append((number, line))
        elif opened:
            fence, wanted, block = opened[1], opened[2].lower() in _SHELL, []
        else:
            for span in _INLINE.finditer(line):
                yield CodeBlock(((number, span[1]),))
    if (fence and wanted and block) or indented:
        yield CodeBlock(tuple(block or indented))


def _directives(lines: list[str]) -> Iterator[CodeBlock]:
    margin: int | None = None
    block: list[tuple[int, str]] = []
    for number, line in enumerate(lines, 1):
        indent = len(line) - len(line.lstrip())
        if margin is not None and (not line.strip() or indent > margin):
            block.append((number, line.strip()))
            continue
        if block:
            yield CodeBlock(tuple(block))
        found = _RST_CODE.match(line)
        margin = indent if found and (found[2] or "").lower() in _SHELL else None
        block = []
    if block:
        yield CodeBlock(tuple(block))
