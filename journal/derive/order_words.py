"""Whether text from a repository, a log or a commit gives orders to the agent that reads it."""

import re

_ORDER = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:instruction|prompt|rule|guideline|context|above"
    r"|previous|prior|earlier|everything)"
    r"|\b(?:system|developer)\s+(?:prompt|message|instruction)"
    r"|\byou\s+(?:are\s+now|must|should|will\s+now|have\s+to)\b"
    r"|\b(?:ai|coding|language)\s+(?:agents?|assistants?|models?)\s*(?:[:,]|must|should|please)"
    r"|\b(?:claude|chatgpt|copilot|cursor|assistant)\s*[:,]"
    r"|\bdo\s+not\s+(?:tell|mention|reveal|inform|ask)\b"
    r"|</?(?:system|instructions?|assistant|human|user|important)\b",
    re.IGNORECASE | re.DOTALL,
)


def reads_like_orders(text: str) -> bool:
    """Whether text speaks to an agent rather than about the work: such lines are left out, not quoted."""
    return _ORDER.search(text.replace("-", " ").replace("_", " ")) is not None
