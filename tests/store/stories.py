"""Events of an invented project, for tests of the store."""

from typing import Any

from hypothesis import strategies as st

from journal.events import Event, make_event

PROJECT = "p" * 32
WRITER = "w" * 16


def at(minute: int) -> str:
    """A moment on 12 November 2026."""
    return f"2026-11-12T{minute // 60 % 24:02}:{minute % 60:02}:00.000Z"


def sha(number: int) -> str:
    """The name of the number-th commit."""
    return f"{number:040x}"


def commit(number: int, message: str = "Add cosine schedule", **more: Any) -> Event:
    """The number-th commit, made in its minute."""
    fact = {
        "sha": sha(number),
        "tree": sha(number + 1000),
        "parents": [sha(number - 1)] if number else [],
        "author": "Ada Tester",
        "author_email": "ada@example.org",
        "authored_at": "2026-11-12T10:14:03+01:00",
        "committer": "Ada Tester",
        "committer_email": "ada@example.org",
        "committed_at": "2026-11-12T10:14:03+01:00",
        "message": message,
        "files": [{"path": "train.py", "added": 3, "removed": 1}],
        "patch_id": None,
        **more,
    }
    return make_event("commit", at(number), PROJECT, "git", (sha(number),), fact)


def rewrite(old: int, new: int, how: str = "amend") -> Event:
    """One commit took another's place."""
    fact = {"old": sha(old), "new": sha(new), "how": how}
    return make_event("rewrite", at(new), PROJECT, "git", (sha(old), sha(new)), fact)


def session(name: str, minute: int = 0) -> Event:
    """A session of an agent."""
    fact = {"session_id": name, "agent": "claude-code", "version": "2.1", "cwd": "/home/u/p", "branch": "main"}
    return make_event("session", at(minute), PROJECT, "claude-code", ("claude-code", name), fact)


def title(name: str, words: str, by: str = "agent", minute: int = 1) -> Event:
    """A session's title."""
    fact = {"session_id": name, "title": words, "by": by}
    return make_event("title", at(minute), PROJECT, "claude-code", (name, by, words), fact)


def prompt(name: str, words: str, minute: int = 1) -> Event:
    """What a person typed in a session."""
    fact = {"session_id": name, "text": words, "branch": "main", "cwd": None}
    return make_event("prompt", at(minute), PROJECT, "claude-code", (f"{name}-{words}-{minute}",), fact)


def note(words: str, minute: int = 0) -> Event:
    """A person's note."""
    fact = {"text": words, "origin": "command", "branch": None}
    return make_event("note", at(minute), PROJECT, "note", (words, str(minute)), fact)


def link(subject: str, how: str, target: str) -> Event:
    """Two things belong together."""
    fact = {"subject": subject, "how": how, "object": target, "proof": "hook"}
    return make_event("link", at(0), PROJECT, "git", (subject, how, target), fact)


def branch(name: str, action: str, minute: int) -> Event:
    """A branch came or went."""
    fact = {"action": action, "name": name, "sha": sha(minute)}
    return make_event("branch", at(minute), PROJECT, "git", (WRITER, name, action, str(minute)), fact)


def usage(message: str, name: str, output: int) -> Event:
    """Tokens of a reply."""
    counts = {"input": 3, "output": output, "cache_write_5m": 0, "cache_write_1h": 0, "cache_read": 10}
    fact = {"session_id": name, "message_id": message, "model": "claude-x", "agent_id": None, "branch": None, **counts}
    return make_event("usage", at(2), PROJECT, "claude-code", (message, str(output)), fact)


_numbers = st.integers(min_value=0, max_value=8)
_names = st.sampled_from(["5a1e", "77d2"])
EVENTS = st.one_of(
    st.builds(commit, _numbers),
    st.builds(rewrite, _numbers, _numbers),
    st.builds(session, _names, _numbers),
    st.builds(title, _names, st.text(max_size=8), st.sampled_from(["person", "agent", "summary"]), _numbers),
    st.builds(prompt, _names, st.text(max_size=8), _numbers),
    st.builds(note, st.text(max_size=8), _numbers),
    st.builds(branch, st.sampled_from(["main", "bf16"]), st.sampled_from(["created", "deleted"]), _numbers),
    st.builds(usage, st.sampled_from(["m1", "m2"]), _names, _numbers),
    st.builds(lambda number, name: link(f"commit:{sha(number)}", "made in", f"session:{name}"), _numbers, _names),
)
