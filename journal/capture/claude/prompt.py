"""What a person typed, told apart from all else that a transcript writes in the person's name."""

import re

from journal.capture.claude.line import Block, Origin, PromptLine

PROMPT_LIMIT = 20_000  # characters of a prompt that are kept; how many were cut is told in their place

# What the client, a hook or another agent put where a person's words would stand.
_NOT_TYPED = re.compile(
    r"<(?:local-command-[a-z]+|bash-std[a-z]+|task-notification|user-prompt-submit-hook|system-reminder|ide_[a-z_]+"
    r"|teammate-message)[ >]"
    r"|\[Request interrupted by user"
    r"|This session is being continued from a previous conversation"
)


def typed(line: PromptLine) -> str | None:
    """What a person typed, as they saw it, or None where the line is nothing that a person typed.

    Slash commands read `/name arguments`, shell commands `! command`; an image is only named. Of a text longer than
    `PROMPT_LIMIT` the rest is cut, and that is said.
    """
    if line.is_meta or line.is_sidechain or line.agent_id:
        return None
    if line.type == "user":
        words = _message(line)
    elif line.type == "attachment":
        words = _queued(line)
    elif line.type == "system":
        words = _command(line)
    else:
        words = None
    if words is None or len(words) <= PROMPT_LIMIT:
        return words
    return f"{words[:PROMPT_LIMIT]}\n[{len(words) - PROMPT_LIMIT:,} more characters not kept]"


def _message(line: PromptLine) -> str | None:
    """An ordinary message, unless it is a tool's result, a summary or a notification."""
    made_up = line.is_compact_summary or line.is_visible_in_transcript_only or line.prompt_source == "system"
    if made_up or line.tool_use_result is not None or line.message is None or not _by_a_person(line.origin):
        return None
    return _words(line.message.content)


def _queued(line: PromptLine) -> str | None:
    """A message typed while the agent worked, which the client handed to it between two steps."""
    queued = line.attachment
    if queued is None or queued.type != "queued_command" or not _by_a_person(queued.origin):
        return None
    if queued.command_mode not in (None, "prompt", "bash"):
        return None
    words = _words(queued.prompt)
    return f"! {words}" if words and queued.command_mode == "bash" else words


def _command(line: PromptLine) -> str | None:
    """A command that the client ran without telling the model."""
    if line.subtype != "local_command" or not isinstance(line.content, str) or "<command-name>" not in line.content:
        return None
    return _words(line.content)


def _by_a_person(origin: Origin | None) -> bool:
    return origin is None or origin.kind in (None, "human")


def _words(content: str | list[Block] | None) -> str | None:
    if content is None:
        return None
    if isinstance(content, str):
        return _text(content)
    parts = [_text(block.text or "") if block.type == "text" else _thing(block) for block in content]
    return "\n".join(part for part in parts if part) or None


def _thing(block: Block) -> str | None:
    return f"[{block.type}]" if block.type in ("image", "document") else None


def _text(text: str) -> str | None:
    text = text.strip()
    if text.startswith("<bash-input>"):
        return f"! {_between(text, 'bash-input')}"
    if text.startswith("<command-") and "<command-name>" in text:
        return f"{_between(text, 'command-name')} {_between(text, 'command-args')}".strip()
    return None if _NOT_TYPED.match(text) else text or None


def _between(text: str, tag: str) -> str:
    return text.partition(f"<{tag}>")[2].partition(f"</{tag}>")[0].strip()
