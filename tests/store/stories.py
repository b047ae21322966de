"""Events of an invented project, for tests of the store."""

from typing import Any

from hypothesis import strategies as st

from journal.derive.gotcha.identity import gotcha_id
from journal.events import Event, canonical_json, make_event

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


def job(number: str, minute: int = 0, name: str = "train", **more: Any) -> Event:
    """A job as it was submitted."""
    fact = {
        "cluster": "lab",
        "job_id": number,
        "submitted_at": at(minute),
        "name": name,
        "command": "sbatch",
        "work_dir": "/home/u/p",
        **more,
    }
    return make_event("job", at(minute), PROJECT, "slurm", ("lab", number, at(minute)), fact)


def attempt(number: str, state: str, minute: int = 0, **more: Any) -> Event:
    """What was told of one try of a job; `minute` is its submission's."""
    fact = {
        "told_by": "sacct",
        "cluster": "lab",
        "job_id": number,
        "raw_id": number,
        "submitted_at": at(minute),
        "state": state,
        "name": "train",
        "work_dir": "/home/u/p",
        **more,
    }
    when = fact.get("ended_at") or fact.get("started_at") or at(minute)
    return make_event("attempt", when, PROJECT, "slurm", (canonical_json(fact),), fact)


def submission(number: str | None, minute: int = 0, **more: Any) -> Event:
    """A job handed to sbatch, with its code."""
    fact = {
        "command": "sbatch",
        "told_by": "shim",
        "job_id": number,
        "cluster": None,
        "host": "login1",
        "argv": ["train.sh"],
        "cwd": "/home/u/p",
        "root": "/home/u/p",
        "branch": "main",
        "commit": sha(1),
        "snapshot": sha(77),
        "snapshot_at": at(minute),
        "changed": [{"path": "sched.py", "added": 2, "removed": 1}],
        "left_out": 0,
        "problem": None,
        "session": None,
        **more,
    }
    return make_event("submission", at(minute), PROJECT, "slurm", (number or "", str(minute), str(fact["argv"])), fact)


def script(number: str, text: str, minute: int = 0) -> Event:
    """A job's script."""
    fact = {"cluster": "lab", "job_id": number, "submitted_at": at(minute), "text": text, "told_by": "slurmctld"}
    return make_event("script", at(minute), PROJECT, "slurm", ("lab", number, at(minute)), fact)


def drift(number: str, moment: str, files: list[dict[str, Any]], minute: int = 0) -> Event:
    """How the code differed from the snapshot."""
    fact = {
        "cluster": "lab",
        "job_id": number,
        "submitted_at": at(minute),
        "moment": moment,
        "reached_at": at(minute + 1),
        "snapshot": sha(77),
        "found": sha(78),
        "files": files,
    }
    return make_event("drift", at(minute + 2), PROJECT, "slurm", ("lab", number, at(minute), moment), fact)


MISSING = "ModuleNotFoundError: No module named 'einops'"


def log(
    number: str, label: str = "missing_module", minute: int = 0, project: str | None = PROJECT, **more: Any
) -> Event:
    """What the log of a job's only try said; `minute` is its submission's, a minute later it ended."""
    failed = label != "ok"
    fact = {
        "cluster": "lab",
        "job_id": number,
        "submitted_at": at(minute),
        "raw_id": number,
        "try_submitted_at": at(minute),
        "path": f"/home/u/p/slurm-{number}.out",
        "label": label,
        "signature": MISSING if failed else None,
        "line": 12 if failed else None,
        "fingerprint": f"{label}: {MISSING}" if failed else None,
        "component": "python" if failed else None,
        "explanation": "A package that the code imports is not installed." if failed else "",
        "advice": ["Install it in the environment that the job uses."] if failed else [],
        "rule": label if failed else None,
        "progress": None,
        **more,
    }
    key = (fact["cluster"], number, at(minute), fact["raw_id"], fact["try_submitted_at"])
    return make_event("log", at(minute + 1), project, "log", key, fact)


def fix(failed: tuple[str, int], passed: tuple[str, int], label: str = "missing_module", **more: Any) -> Event:
    """What got past a failure; jobs by their numbers and the minutes of their submission."""
    fact = {
        "fingerprint": f"{label}: {MISSING}",
        "label": label,
        "cluster": "lab",
        "failed": f"job:lab/{failed[0]}",
        "failed_submitted_at": at(failed[1]),
        "passed": f"job:lab/{passed[0]}",
        "passed_submitted_at": at(passed[1]),
        "compared": True,
        "changed": [{"path": "requirements.txt", "added": 1, "removed": 0, "patch": "@@ -3,0 +4 @@\n+einops"}],
        "left_out": 0,
        "commands": ["pip install einops"],
        "environment": [],
        "session": None,
        **more,
    }
    key = (fact["fingerprint"], fact["failed"], at(failed[1]), fact["passed"], at(passed[1]))
    return make_event("fix", at(passed[1] + 1), PROJECT, "log", key, fact)


def gotcha(name: str, action: str, minute: int = 0, **more: Any) -> Event:
    """What a person said of the gotcha with this fingerprint, or id."""
    fact = {"gotcha": name, "action": action, "by": "person", "cluster": "lab", **more}
    return make_event("gotcha", at(minute), PROJECT, "gotcha", (canonical_json(fact), str(minute)), fact)


_numbers = st.integers(min_value=0, max_value=8)
_names = st.sampled_from(["5a1e", "77d2"])
_labels = st.sampled_from(["missing_module", "time_limit"])
_gotchas = st.sampled_from(
    [gotcha_id(f"{label}: {MISSING}") for label in ("missing_module", "time_limit")] + ["0" * 32]
)
_jobs = st.sampled_from(["7", "8"])
_states = st.sampled_from(["PENDING", "RUNNING", "SUSPENDED", "COMPLETED", "REQUEUED", "NODE_FAIL", "SOMETHING_NEW"])
_details: dict[str, Any] = {
    "told_by": st.sampled_from(["sacct", "squeue"]),
    "seen_at": st.sampled_from([at(20), at(21)]),
    "stdout": st.sampled_from(["/home/u/p/slurm-%j.out", "/home/u/p/slurm-7.out", "/home/u/p/x.out"]),
    "name": st.sampled_from(["train", "eval"]),
}
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
    st.builds(job, _jobs, _numbers, st.sampled_from(["train", "eval"])),
    st.builds(attempt, _jobs, _states, _numbers, **_details),
    st.builds(submission, st.none() | _jobs, _numbers),
    st.builds(script, _jobs, st.text(max_size=8), _numbers),
    st.builds(drift, _jobs, st.sampled_from(["start", "end"]), st.just([]), _numbers),
    st.builds(log, _jobs, _labels | st.just("ok"), _numbers),
    st.builds(fix, st.tuples(_jobs, _numbers), st.tuples(_jobs, _numbers), _labels, changed=st.just([])),
    st.builds(
        gotcha,
        _gotchas,
        st.sampled_from(["add", "edit", "confirm", "drop"]),
        _numbers,
        title=st.text(max_size=8),
        scope=st.sampled_from(["repo", "general"]),
    ),
)
