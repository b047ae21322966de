"""Stores for the tests of publishing: rows as a projection would have made them, without the road there."""

import json
import random
import sqlite3
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from itertools import count
from pathlib import Path

from journal import moments, paths
from journal.events import make_event

PROJECT = "p" * 32


class MadeUpStore:
    """An in-memory store that is filled by saying what happened."""

    def __init__(self) -> None:
        self.db = sqlite3.connect(":memory:")
        for script in sorted(paths.shipped("schema").glob("0*.sql")):
            self.db.executescript(script.read_text())
        self._serial = count(1)

    def clone(self, name: str = "pointdiff") -> None:
        row = (
            "w1",
            PROJECT,
            name,
            "/home/adal/pointdiff",
            "/home/adal/pointdiff/.git",
            None,
            "2026-11-01T00:00:00.000Z",
        )
        self.db.execute("INSERT INTO clone VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def event(self, kind: str, at: str, data: dict[str, object]) -> str:
        event = make_event(kind, at, PROJECT, "test", (str(next(self._serial)),), data)
        self.db.execute(
            "INSERT INTO event (id, kind, at, project, writer, source, data) VALUES (?, ?, ?, ?, 'w1', ?, ?)",
            (event.id, kind, at, PROJECT, event.source, event.data),
        )
        return event.id

    def commit(
        self,
        at: str,
        subject: str,
        *,
        branch: str | None = None,
        session: str | None = None,
        author: str = "Ada Lovelace",
        email: str = "ada@example.org",
        files: int | None = 1,
        added: int | None = 10,
        removed: int | None = 2,
        parents: str = "",
        sha: str | None = None,
    ) -> str:
        sha = sha or sha1(f"{at}{subject}{next(self._serial)}".encode(), usedforsecurity=False).hexdigest()
        event = self.event("commit", at, {"sha": sha})
        row = (
            PROJECT,
            sha,
            event,
            sha,
            parents,
            author,
            email,
            at,
            author,
            email,
            at,
            subject,
            None,
            files,
            added,
            removed,
        )
        self._insert("git_commit", row)
        if branch:
            self.link(at, f"commit:{sha}", "made on", f"branch:{branch}")
        if session:
            self.link(at, f"commit:{sha}", "made in", f"session:{session}")
        return sha

    def link(self, at: str, subject: str, how: str, thing: str) -> None:
        event = self.event("link", at, {"subject": subject, "how": how, "object": thing, "proof": "hook"})
        self.db.execute("INSERT INTO link VALUES (?, ?, ?, ?, ?, 'hook')", (event, PROJECT, subject, how, thing))

    def rewrite(self, at: str, old: str, new: str, how: str = "amend") -> None:
        event = self.event("rewrite", at, {"old": old, "new": new, "how": how})
        self.db.execute("INSERT INTO rewrite VALUES (?, ?, ?, ?, ?, ?)", (PROJECT, old, new, how, at, event))

    def branch(self, name: str, created: str | None, deleted: str | None = None, start: str | None = None) -> None:
        if created:
            fact = {"action": "created", "name": name, "sha": "0" * 40} | ({"start": start} if start else {})
            self.event("branch", created, fact)
        row = (PROJECT, "w1", name, "0" * 40, deleted or created or "2026-01-01T00:00:00.000Z", created, deleted)
        self.db.execute("INSERT INTO branch VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def merge(self, at: str, merged: str, into: str | None, new: str = "1" * 40) -> None:
        fact = {"merged": merged, "into": into, "old": "0" * 40, "new": new, "fast_forward": False, "worktree": ""}
        self.event("merge", at, fact)

    def session(
        self, name: str, at: str, until: str, title: str | None, branch: str | None = None, tokens: tuple[int, ...] = ()
    ) -> None:
        event = self.event("session", at, {"session_id": name})
        self.db.execute("INSERT INTO session VALUES (?, ?, ?, 'claude-code', ?, ?)", (name, event, PROJECT, branch, at))
        if title is not None:
            row = (name, 2, at, title, self.event("title", at, {"title": title}))
            self.db.execute("INSERT INTO session_title VALUES (?, ?, ?, ?, ?)", row)
        self.db.execute(
            "INSERT INTO prompt VALUES (?, ?, ?, ?, ?, ?)",
            (self.event("prompt", at, {}), name, PROJECT, at, branch, "a private question about /home/adal/x"),
        )
        counts = tokens or (1000, 500, 200, 0, 90000)
        row = (f"m-{name}", name, PROJECT, until, "claude-x", branch, None, *counts)
        self._insert("usage", row)

    def note(self, at: str, text: str, branch: str | None = None) -> None:
        self.event("note", at, {"text": text, "origin": "command", "branch": branch})

    def _insert(self, table: str, row: tuple[object, ...]) -> None:
        self.db.execute(f"INSERT INTO {table} VALUES ({','.join('?' * len(row))})", row)  # noqa: S608 - our own names

    def dump(self, path: Path) -> None:
        """Writes the store to a file."""
        with sqlite3.connect(path) as copy:
            self.db.backup(copy)


def small_store() -> MadeUpStore:
    """Ten days of an invented project: four branches, an amended commit, secrets where people leave them."""
    store = MadeUpStore()
    store.clone()
    store.branch("main", None)
    store.branch("cosine-schedule", "2026-11-05T09:14:00.000Z", start="main")
    store.branch("bf16", "2026-11-08T15:30:00.000Z", start="cosine-schedule")
    store.branch("users/adal/old-loader", "2026-11-03T11:00:00.000Z", "2026-11-06T08:00:00.000Z", start="main")
    store.commit(
        "2026-11-02T10:00:00.000Z", "Import the code of the paper", branch="main", files=31, added=4210, removed=0
    )
    store.commit(
        "2026-11-02T16:20:00.000Z", "Read the data from /scratch/project_465000123/adal/shapenet", branch="main"
    )
    store.session(
        "s1", "2026-11-03T11:05:00.000Z", "2026-11-03T12:40:00.000Z", "Speed up the loader", "users/adal/old-loader"
    )
    store.commit("2026-11-03T12:30:00.000Z", "Load in worker processes", branch="users/adal/old-loader", session="s1")
    store.session(
        "s2", "2026-11-05T09:20:00.000Z", "2026-11-05T10:55:00.000Z", "Wire the schedule into the trainer",
        "cosine-schedule", (21000, 9000, 40000, 1000, 900000),
    )  # fmt: skip
    first = store.commit("2026-11-05T09:40:00.000Z", "Add cosine schdule", branch="cosine-schedule", session="s2")
    fixed = store.commit("2026-11-05T09:43:00.000Z", "Add cosine schedule", files=2, added=62, removed=8)
    store.rewrite("2026-11-05T09:43:00.000Z", first, fixed)
    store.commit(
        "2026-11-05T10:31:00.000Z",
        "Keep MIOpen's cache off Lustre on nid005921",
        branch="cosine-schedule",
        session="s2",
    )
    store.commit(
        "2026-11-08T16:02:00.000Z", "Train in bf16", branch="bf16", author="Grace Hopper", email="grace@example.org"
    )
    store.session("s3", "2026-11-08T15:40:00.000Z", "2026-11-08T16:30:00.000Z", None, "bf16")
    store.commit(
        "2026-11-10T14:20:00.000Z",
        "Warm up for 2k steps",
        branch="cosine-schedule",
        files=None,
        added=None,
        removed=None,
    )
    merge = store.commit(
        "2026-11-12T09:00:00.000Z",
        "Merge branch 'cosine-schedule'",
        branch="main",
        parents=f"{fixed} {first}",
        files=0,
        added=0,
        removed=0,
    )
    store.merge("2026-11-12T09:00:00.000Z", "cosine-schedule", "main", merge)
    store.note("2026-11-12T09:30:00.000Z", "chamfer 1.31, mail ada@example.org", "main")
    return store


def large_store(commits: int = 20_000, branches: int = 60, seed: int = 7) -> MadeUpStore:
    """Three years of a busy project."""
    rnd = random.Random(seed)  # noqa: S311 - a made-up history, the same every time
    store = MadeUpStore()
    store.clone("large")
    store.branch("main", None)
    start = datetime(2023, 2, 1, 8, tzinfo=UTC)
    words = [
        "add", "fix", "tune", "loader", "schedule", "warmup", "eval", "metric", "seed", "config", "bf16", "cache",
        "plot", "table", "ablation", "sampler",
    ]  # fmt: skip
    spans = []
    for number in range(branches):
        opened = start + timedelta(hours=rnd.uniform(0, 24 * 1000))
        closed = opened + timedelta(hours=rnd.uniform(5, 24 * 60))
        name = f"{rnd.choice(words)}-{rnd.choice(words)}-{number}"
        merged = rnd.random() < 0.6
        store.branch(
            name,
            moments.from_datetime(opened),
            moments.from_datetime(closed) if merged or rnd.random() < 0.5 else None,
            "main",
        )
        if merged:
            store.merge(moments.from_datetime(closed), name, "main")
        spans.append((opened, closed, name))
    for number in range(commits // 40):
        at = start + timedelta(hours=rnd.uniform(0, 24 * 1000))
        end = at + timedelta(minutes=rnd.uniform(2, 200))
        title = " ".join(rnd.choice(words) for _ in range(5)).capitalize()
        store.session(f"s{number}", moments.from_datetime(at), moments.from_datetime(end), title, None)
    for _ in range(commits):
        at = start + timedelta(hours=rnd.uniform(0, 24 * 1000))
        branch = next((name for a, b, name in rnd.sample(spans, 6) if a < at < b), "main")
        subject = " ".join(rnd.choice(words) for _ in range(rnd.randrange(2, 9))).capitalize()
        store.commit(
            moments.from_datetime(at), subject, branch=branch, added=rnd.randrange(200), removed=rnd.randrange(90)
        )
    return store


def as_json(value: object) -> str:
    return json.dumps(value, indent=1, sort_keys=True)
