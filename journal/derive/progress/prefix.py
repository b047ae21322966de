"""What loggers write before a message: dates, levels, places in the code."""

import re
from datetime import UTC, datetime

_MOST_PARTS = 8
_LEVEL = r"(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL)"
_PART = re.compile(
    r"\s*(?:"
    r"[\w.-]{1,60}-\d{1,3} +\|(?= )"  # docker compose
    r"|\[\d{8} \d\d:\d\d:\d\d\]|\[rank-\d{1,6}/\d{1,6}\]"
    r"|\[?(?P<date>\d{4}[-/]\d\d[-/]\d\d[T ,:_-]{1,2}\d\d:\d\d:\d\d)(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
    r"(?:\]| [\w.-]{1,80}\])?"
    r"|\[?\d\d[-/]\d\d(?:[-/]\d{2,4})?,? \d\d:\d\d:\d\d(?: [\w.]{1,80}\])?\]?"  # [05/02 18:02:19 d2.utils.events]:
    r"|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d [\w.-]{1,80} [\w./-]{1,80}(?:\[\d{1,9}\])?(?=: )"  # syslog
    r"|\[\d\d:\d\d:\d\d(?:[.,]\d{1,9})?\]"
    r"|[IWEF]\d{4} \d\d:\d\d:\d\d\.\d{1,9} +\d{1,12} [\w.-]{1,80}:\d{1,6}\]"  # absl, glog
    r"|\[[IWED] \d{6} \d\d:\d\d:\d\d [\w.-]{1,80}:\d{1,6}\]"  # tornado, logzero
    r"|\[" + _LEVEL + r"\|[^\[\]]{1,100}\]"  # transformers
    r"|\[?" + _LEVEL + r"\b ?\]?(?::[\w.]{1,80}:)?"
    r"|\[[\w./-]{1,80}\.py:\d{1,6}[^\[\]]{0,60}\]|\([\w./-]{1,80}\.py[: ]\d{1,6}\)"
    r"|\[(?:Rank|RANK|rank)[ _]?\d{1,6}\]|\[HUGECTR\]"
    r"|(?<=\] )\(\d{1,6}/\d{1,6}\)(?= )"  # icefall's rank
    r"|\[\d{1,6},[\w:,.-]{1,80}\]<std(?:out|err)>:"  # mpirun on SageMaker
    r"|\((?:[\w.]{1,60} )?(?:pid|ip)=[^()]{1,80}\)"  # ray
    r"|[\w.]{1,60} +(?=[-|] " + _LEVEL + r"\b)"
    r"|(?<=[-|] )(?!(?:train|valid|val|eval|test)\b)[\w.-]{1,60}(?= [-|] )"
    r"|wandb:|>>"
    r")[ \t]*(?::(?= )|(?:-|\||,|>>)(?= ))?[ \t]?"
)


def without_prefix(text: str) -> tuple[float | None, str]:
    """When a message was written, and the message itself.

    Args:
        text: a line, without the prefix of a rank.

    Returns:
        Seconds since 1970 as the line says, its clock taken for UTC: good for differences. None where it has no date.
        Indentation stays.
    """
    at, position = None, 0
    for _ in range(_MOST_PARTS):
        found = _PART.match(text, position)
        if found is None:
            break
        if found["date"]:
            at = _seconds(found["date"])
        position = found.end()
    return at, text[position:]


def _seconds(date: str) -> float | None:
    digits = re.split(r"\D+", date)
    try:
        year, month, day, hour, minute, second = map(int, digits)
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
    except ValueError:
        return None
