"""The commands that the README shows, to be run and to be compared with those that exist."""

import re

_FENCE = re.compile(
    r"^(?P<fence>```+|~~~+)(?P<language>\w*)[^\n]*\n(?P<text>.*?)^(?P=fence)[ \t]*$", re.MULTILINE | re.DOTALL
)
_CODE_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_COMMAND = re.compile(r"(?:^|[;&|(]\s*)journal +([a-z]\w*)", re.MULTILINE)

# Lines that set a machine up: a test has done that already, or stands in the very run that they start.
_SET_UP = re.compile(r"(sudo |apt |apt-get |brew |git clone |cd |pip3? |pipx |uv |python3? -m |\. |source |tests/run)")
_ENDLESS = re.compile(r"journal watch\b")


def shell_blocks(markdown: str) -> list[str]:
    """The text of each block fenced as `sh`, and of each fenced as `console` without its prompts and output."""
    blocks: list[str] = []
    for match in _FENCE.finditer(markdown):
        if match["language"] == "sh":
            blocks.append(match["text"])
        elif match["language"] == "console":
            lines = [line[2:] for line in match["text"].splitlines() if line.startswith("$ ")]
            blocks.append("".join(f"{line}\n" for line in lines))
    return blocks


def without_set_up(block: str) -> str:
    """A block less the lines that clone, install or start these tests, or that run until interrupted."""
    lines = block.splitlines(keepends=True)
    return "".join(line for line in lines if not _SET_UP.match(line) and not _ENDLESS.match(line))


def commands_shown(markdown: str) -> set[str]:
    """Which `journal COMMAND` the blocks and the inline code of a document show."""
    inline = _CODE_SPAN.findall(_FENCE.sub("", markdown))
    return {name for text in [*shell_blocks(markdown), *inline] for name in _COMMAND.findall(text)}
