"""The lines of Claude Code's transcripts: the few fields wanted of each kind, and decoding that survives damage.

Fields are optional and unknown ones are passed over, since the format changes without notice. A field that is there in
another type than here makes the line unreadable, so what is not needed is not named.
"""

import json
from typing import Any, TypeVar

import msgspec


class CacheSplit(msgspec.Struct):
    ephemeral_5m_input_tokens: int | None = None
    ephemeral_1h_input_tokens: int | None = None


class Usage(msgspec.Struct):
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation: CacheSplit | None = None


class Reply(msgspec.Struct):
    id: str | None = None
    model: str | None = None
    usage: Usage | None = None


class AgentTurn(msgspec.Struct):
    message: Reply | None = None
    timestamp: str | None = None


class Progress(msgspec.Struct):
    message: AgentTurn | None = None
    agent_id: str | None = msgspec.field(default=None, name="agentId")


class Line(msgspec.Struct, rename="camel"):
    """What every line may say of itself."""

    type: str | None = None
    timestamp: str | None = None
    session_id: str | None = None
    git_branch: str | None = None
    cwd: str | None = None
    is_sidechain: bool | None = None
    agent_id: str | None = None


class HeadLine(Line, rename="camel"):
    version: str | None = None


class ReplyLine(Line, rename="camel"):
    message: Reply | None = None
    data: Progress | None = None
    uuid: str | None = None
    request_id: str | None = None
    request_session_id: str | None = None  # in a fork: the session that made the request


class Block(msgspec.Struct):
    type: str | None = None
    text: str | None = None


class Said(msgspec.Struct):
    content: str | list[Block] | None = None


class Origin(msgspec.Struct):
    kind: str | None = None


class Queued(msgspec.Struct, rename="camel"):
    type: str | None = None
    prompt: str | list[Block] | None = None
    command_mode: str | None = None
    origin: Origin | None = None


class PromptLine(Line, rename="camel"):
    subtype: str | None = None
    message: Said | None = None
    content: str | list[Block] | None = None
    attachment: Queued | None = None
    uuid: str | None = None
    is_meta: bool | None = None
    is_compact_summary: bool | None = None
    is_visible_in_transcript_only: bool | None = None
    origin: Origin | None = None
    prompt_source: str | None = None
    tool_use_result: Any = None


class TitleLine(Line, rename="camel"):
    ai_title: str | None = None
    custom_title: str | None = None
    summary: str | None = None
    leaf_uuid: str | None = None


class ToolUse(msgspec.Struct):
    type: str | None = None
    name: str | None = None
    input: Any = None


class Turn(msgspec.Struct):
    content: str | list[ToolUse] | None = None


class ToolLine(Line, rename="camel"):
    message: Turn | None = None


_Wanted = TypeVar("_Wanted", bound=Line)
HEAD = msgspec.json.Decoder(HeadLine)
REPLY = msgspec.json.Decoder(ReplyLine)
PROMPT = msgspec.json.Decoder(PromptLine)
TITLE = msgspec.json.Decoder(TitleLine)
TOOL = msgspec.json.Decoder(ToolLine)


def decode(decoder: "msgspec.json.Decoder[_Wanted]", text: bytes, skipped: dict[str, int]) -> _Wanted | None:
    """A line as its decoder's type, or None, with the reason counted in `skipped`, where it cannot be that.

    Lone surrogates and bytes that are not UTF-8 are replaced, NUL bytes around the line passed over.
    """
    try:
        return decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    # What msgspec is strict about and a crashed or foreign writer leaves: NUL bytes before a line, control
    # characters and lone surrogates in strings, bytes that are not UTF-8.
    try:
        value = json.loads(text.strip(b"\0 \r").decode("utf-8", "replace"), strict=False)
        return msgspec.convert(value, decoder.type)
    except msgspec.ValidationError:
        reason = "unexpected shape"
    except RecursionError:
        reason = "nested too deep"
    except ValueError:
        reason = "invalid JSON"
    skipped[reason] = skipped.get(reason, 0) + 1
    return None
