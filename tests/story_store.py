"""A store in memory, filled by hand: what the documents' tests tell their stories with."""

import json
import sqlite3
from pathlib import Path

from journal.events import Event, make_event
from journal.store.projections import project
from journal.store.stored_event import StoredEvent

SCHEMA = Path(__file__).parent.parent / "schema"
PROJECT = "p" * 40


class StoryStore:
    """Rows as capture and projection leave them; times are given as `2026-11-12 09:14` in UTC."""

    def __init__(self) -> None:
        self.connection = sqlite3.connect(":memory:")
        for script in sorted(SCHEMA.glob("0*.sql")):
            self.connection.executescript(script.read_text(encoding="utf-8"))
        self._tree = 0

    def event(self, kind: str, at: str, key: str, data: dict[str, object]) -> Event:
        event = make_event(kind, stored(at), PROJECT, "test", (key,), data)
        self.connection.execute(
            "INSERT OR IGNORE INTO event (id, kind, at, project, writer, source, data) VALUES (?, ?, ?, ?, 'w', ?, ?)",
            (event.id, event.kind, event.at, event.project, event.source, event.data),
        )
        return event

    def _insert(self, table: str, **row: object) -> None:
        columns = ", ".join(row)
        marks = ", ".join("?" * len(row))
        self.connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", tuple(row.values()))  # noqa: S608

    def commit(
        self,
        at: str,
        sha: str,
        subject: str,
        files: dict[str, tuple[int, int]] | None = None,
        *,
        branch: str | None = None,
        session: str | None = None,
        author: str = "Ada Tester",
    ) -> str:
        sha = sha.ljust(40, "0")
        files = {"train.py": (3, 1)} if files is None else files
        event = self.event("commit", at, sha, {"sha": sha, "message": subject})
        self._insert(
            "git_commit", project=PROJECT, sha=sha, event=event.id, tree="t", parents="", author=author,
            author_email="a@example.org", authored_at=at, committer=author, committer_email="a@example.org",
            committed_at=event.at, subject=subject, patch_id=None, files=len(files),
            added=sum(added for added, _ in files.values()), removed=sum(removed for _, removed in files.values()),
        )  # fmt: skip
        for path, (added, removed) in files.items():
            self._insert("git_commit_file", project=PROJECT, sha=sha, path=path, added=added, removed=removed)
        if branch:
            self.link(f"commit:{sha}", "made on", f"branch:{branch}", "reflog")
        if session:
            self.link(f"commit:{sha}", "made in", f"session:{session}", "hook")
        return sha

    def link(self, subject: str, how: str, thing: str, proof: str) -> None:
        event = self.event(
            "link", "2026-01-01 00:00", f"{subject} {how} {thing} {proof}",
            {"subject": subject, "how": how, "object": thing, "proof": proof},
        )  # fmt: skip
        self._insert("link", event=event.id, project=PROJECT, subject=subject, how=how, object=thing, proof=proof)

    def rewrite(self, at: str, old: str, new: str, how: str) -> None:
        old, new = old.ljust(40, "0"), new.ljust(40, "0")
        event = self.event("rewrite", at, old + new, {"old": old, "new": new, "how": how})
        self._insert("rewrite", project=PROJECT, old=old, new=new, how=how, at=event.at, event=event.id)

    def branch(self, at: str, name: str, start: str | None = None, *, deleted: bool = False) -> None:
        fact = {"action": "deleted" if deleted else "created", "name": name, "sha": "0" * 40}
        event = self.event("branch", at, name + at, fact | ({"start": start} if start else {}))
        self.connection.execute(
            "INSERT INTO branch (project, writer, name, sha, at, created_at, deleted_at)"
            " VALUES (?, 'w', ?, '', ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET deleted_at = excluded.deleted_at, at = excluded.at",
            (PROJECT, name, event.at, None if deleted else event.at, event.at if deleted else None),
        )

    def checkout(self, at: str, to_name: str) -> None:
        self.event("checkout", at, at, {"from_name": "?", "to_name": to_name})

    def merge(self, at: str, merged: str, into: str, *, fast_forward: bool = False) -> None:
        self.event("merge", at, at, {"merged": merged, "into": into, "fast_forward": fast_forward})

    def note(self, at: str, text: str, branch: str | None = None, origin: str = "command") -> None:
        self.event("note", at, text, {"text": text, "origin": origin, "branch": branch})

    def session(self, at: str, name: str, title: str | None, branch: str | None, prompts: dict[str, str]) -> None:
        event = self.event("session", at, name, {"session_id": name, "agent": "claude-code"})
        self._insert(
            "session", id=name, event=event.id, project=PROJECT, agent="claude-code", branch=branch, started_at=event.at
        )
        if title:
            self._insert("session_title", session=name, rank=2, at=event.at, title=title, event=event.id)
        for asked_at, text in prompts.items():
            asked = self.event("prompt", asked_at, name + asked_at, {"session_id": name, "text": text})
            self._insert("prompt", event=asked.id, session=name, project=PROJECT, at=asked.at, branch=branch, text=text)

    def job(
        self,
        at: str,
        number: str,
        name: str,
        *,
        code: dict[str, object] | None = None,
        drift: list[dict[str, object]] | None = None,
        tries: list[dict[str, object]],
    ) -> None:
        """A job with its tries (AttemptFacts without the fields that all have); times are full stored forms."""
        job = {"cluster": "lumi", "job_id": number, "submitted_at": stored(at)}
        more = {"name": name, "command": "sbatch", "work_dir": "/p"}
        self._fold("job", at, number, {**job, **more})
        for count, each in enumerate(tries):
            fact = {"told_by": "sacct", "raw_id": number, "name": name, **job, **each}
            self._fold("attempt", at, f"{number} {count}", fact)
        if code is not None:
            submission = {
                "command": "sbatch", "told_by": "shim", "job_id": number, "cluster": None, "host": "uan03",
                "argv": ["job.sh"], "cwd": "/p", "root": "/p", "branch": None, "commit": None, "snapshot": "e" * 40,
                "snapshot_at": stored(at), "changed": None, "left_out": 0, "problem": None, "session": None, **code,
            }  # fmt: skip
            self._fold("submission", at, number, submission)
        if drift is not None:
            found = {"moment": "start", "reached_at": tries[-1]["started_at"], "snapshot": "e" * 40, "found": "f" * 40}
            self._fold("drift", at, number, {**job, **found, "files": drift})

    def _fold(self, kind: str, at: str, key: str, fact: dict[str, object]) -> None:
        event = self.event(kind, at, key, fact)
        (seq,) = self.connection.execute("SELECT seq FROM event WHERE id = ?", (event.id,)).fetchone()
        project(self.connection, [StoredEvent(seq, *event[:4], "w", "test", json.loads(event.data))])

    def usage(self, at: str, session: str, tokens: int) -> None:
        self._insert(
            "usage", message=f"{session} {at}", session=session, project=PROJECT, at=stored(at), model="m", branch=None,
            agent=None, input=tokens, output=0, cache_write_5m=0, cache_write_1h=0, cache_read=10 * tokens,
        )  # fmt: skip


def stored(at: str) -> str:
    """`2026-11-12 09:14` in stored form."""
    return at.replace(" ", "T") + ":00.000Z"
