"""What an event says in words: one line for a listing, and all its words for a search."""

import re
from collections.abc import Callable, Mapping
from typing import Any

Fact = Mapping[str, Any]
_TITLE_LENGTH = 160


def title_of(kind: str, fact: Fact) -> str:
    """One line that tells an event; text from outside is folded to one line but not otherwise escaped."""
    telling = _TITLES.get(kind)
    return first_line(telling(fact)) if telling else kind


def body_of(kind: str, fact: Fact) -> str:
    """The words by which a person may look for an event, beyond its title."""
    gathering = _BODIES.get(kind)
    return gathering(fact) if gathering else ""


def first_line(text: str) -> str:
    """The first line with words in it, cut to what a listing can hold."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= _TITLE_LENGTH else line[: _TITLE_LENGTH - 1] + "…"


def short_sha(sha: str) -> str:
    """The first seven digits, as git shows them."""
    return sha[:7]


def is_sha(place: str) -> bool:
    """Whether it is a commit's whole SHA rather than a branch's name."""
    return len(place) in (40, 64) and not place.strip("0123456789abcdef")


def name_of(place: str) -> str:
    """A branch's name as it is, a detached commit's SHA shortened."""
    return short_sha(place) if is_sha(place) else place


_SECRET_VALUE = re.compile(
    r"(?i)(?P<name>\b\w*(?:key|token|secret|passw(?:or)?d|passphrase|credential|auth)\w*)=(?P<value>[^\s,'\"]+)"
)


def without_secrets(command_line: str) -> str:
    """A command line without the values of variables that promise a secret: `--export=ALL,WANDB_API_KEY=[redacted]`."""
    return _SECRET_VALUE.sub(lambda found: f"{found['name']}=[redacted]", command_line)


def _branch_title(fact: Fact) -> str:
    if fact["action"] == "renamed":
        return f"branch {fact.get('old_name', '?')} renamed to {fact['name']}"
    start = f" from {name_of(fact['start'])}" if fact.get("start", "HEAD") != "HEAD" else ""
    return f"branch {fact['name']} {fact['action']}{start}"


def _merge_title(fact: Fact) -> str:
    into = f" into {fact['into']}" if fact.get("into") else ""
    return f"merged {name_of(fact['merged'])}{into}" + (" (fast-forward)" if fact["fast_forward"] else "")


def _log_title(fact: Fact) -> str:
    said = f": {first_line(fact['signature'])}" if fact["signature"] else ""
    return f"log of job {fact['job_id']}: {label_words(fact['label'])}{said}"


def label_words(label: str) -> str:
    """A failure's label in words: "missing module"."""
    return label.replace("_", " ")


def number_of(job: str) -> str:
    """The number of a job that is written as in a link: `job:lab/8122902`."""
    return job.rpartition("/")[2]


def _fix_title(fact: Fact) -> str:
    error = first_line(fact["fingerprint"].removeprefix(f"{fact['label']}: "))
    return f"job {number_of(fact['passed'])} got past what failed {number_of(fact['failed'])}: {error}"


# What was done with a gotcha, by GotchaFact's word.
GOTCHA_ACTIONS = {"add": "added", "edit": "edited", "confirm": "confirmed", "drop": "dropped"}


def _gotcha_title(fact: Fact) -> str:
    told = first_line(fact.get("title") or fact.get("advice") or fact.get("why") or "")
    return f"gotcha {GOTCHA_ACTIONS.get(fact['action'], fact['action'])}" + (f": {told}" if told else "")


def _usage_title(fact: Fact) -> str:
    return f"{fact['model']}: {fact['input']} in, {fact['output']} out"


_TITLES: dict[str, Callable[[Fact], str]] = {
    "commit": lambda fact: f"{short_sha(fact['sha'])} {first_line(fact['message'])}",
    "branch": _branch_title,
    "checkout": lambda fact: f"{name_of(fact['from_name'])} → {name_of(fact['to_name'])}",
    "merge": _merge_title,
    "reset": lambda fact: f"reset {fact['branch'] or 'HEAD'} to {name_of(fact['target'])}",
    "rewrite": lambda fact: f"{short_sha(fact['old'])} became {short_sha(fact['new'])} ({fact['how']})",
    "session": lambda fact: f"{fact['agent']} session {fact['session_id'][:8]}",
    "title": lambda fact: fact["title"],
    "prompt": lambda fact: fact["text"],
    "usage": _usage_title,
    "note": lambda fact: fact["text"],
    "link": lambda fact: f"{fact['subject']} {fact['how']} {fact['object']}",
    "machine": lambda fact: f"machine {fact['host']}",
    "job": lambda fact: f"{fact['job_id']} {fact['name']}",
    "submission": lambda fact: without_secrets(f"{fact['command']} {' '.join(fact['argv'] or ())}"),
    "attempt": lambda fact: f"{fact['raw_id']} {fact.get('name', '')} {fact['state']}",
    "script": lambda fact: f"script of job {fact['job_id']}",
    "drift": lambda fact: f"code of job {fact['job_id']} at its {fact['moment']}",
    "log": _log_title,
    "fix": _fix_title,
    "gotcha": _gotcha_title,
    "clone": lambda fact: f"clone of {fact['name']} at {fact['path']}",
}


def _commit_words(fact: Fact) -> str:
    files = fact["files"] or ()
    paths = "\n".join(file["path"] for file in files[:500])
    return f"{fact['message']}\n{paths}\n{fact['author']}\n{fact['sha']}"


def _fix_words(fact: Fact) -> str:
    patches = (file.get("patch", "") for file in fact["changed"])
    paths = (file["path"] for file in fact["changed"])
    return "\n".join((fact["fingerprint"], *fact["commands"], *fact["environment"], *paths, *patches))


def _gotcha_words(fact: Fact) -> str:
    return "\n".join(fact[field] for field in ("title", "advice", "fingerprint", "why") if fact.get(field))


_BODIES: dict[str, Callable[[Fact], str]] = {
    "commit": _commit_words,
    "branch": lambda fact: fact["name"],
    "session": lambda fact: fact["session_id"],
    "prompt": lambda fact: fact["text"],
    "note": lambda fact: fact["text"],
    "job": lambda fact: f"{fact['job_id']} {fact['name']} {fact['work_dir'] or ''}",
    "submission": lambda fact: f"{' '.join(fact['argv'] or ())} {fact['job_id'] or ''}",
    "script": lambda fact: fact["text"],
    "log": lambda fact: f"{fact['signature'] or ''}\n{fact['explanation']}" if fact["signature"] else "",
    "fix": _fix_words,
    "gotcha": _gotcha_words,
}
