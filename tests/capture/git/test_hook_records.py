"""What hooks leave: the same events as the reflog's where they tell the same."""

import json
from pathlib import Path

from journal.capture.git.hook_records import events_of
from journal.spool import Record
from tests.capture.reading import read
from tests.git_repo import GitRepo

A, B, C = ("a" * 40, "b" * 40, "c" * 40)


def _record(event: str, body: str = "", **fields: str) -> Record:
    return Record(Path("spooled"), 1_700_000_000.5, {"source": "git", "event": event, **fields}, body)


def _told(record: Record) -> list[tuple[str, dict[str, str]]]:
    return [(event.kind, json.loads(event.data)) for event in events_of(record, "p", "w")]


def test_a_commit_in_a_session_on_a_branch() -> None:
    record = _record("post-commit", head="ref: refs/heads/a/b", sha=A, session="s1")
    assert _told(record) == [
        ("link", {"subject": f"commit:{A}", "how": "made in", "object": "session:s1", "proof": "hook"}),
        ("link", {"subject": f"commit:{A}", "how": "made on", "object": "branch:a/b", "proof": "hook"}),
    ]


def test_what_is_not_known_is_not_told() -> None:
    assert _told(_record("post-commit", head=A, sha=A, session="")) == []
    assert _told(_record("post-commit", head="ref: refs/heads/x", sha="", session="s")) == []
    assert _told(_record("post-checkout", head="ref: refs/heads/x", sha=A, session="s")) == []
    assert _told(_record("something-new")) == []


def test_a_rewrite_by_rebase_counts_squashes() -> None:
    record = _record("post-rewrite", f"{A} {C}\n{B} {C} extra\nnonsense\n", args="rebase", head=C)
    assert [fact for kind, fact in _told(record) if kind == "rewrite"] == [
        {"old": A, "new": C, "how": "squash"},
        {"old": B, "new": C, "how": "squash"},
    ]


def test_hook_and_reflog_tell_one_event(repo: GitRepo) -> None:
    log = repo.path / "rewritten"
    hook = repo.path / ".git/hooks/post-rewrite"
    hook.write_text(f'#!/bin/sh\necho "=$1=$(cat .git/HEAD)" >> {log}\ncat >> {log}\n')
    hook.chmod(0o700)
    (repo.path / ".git/info/exclude").write_text("rewritten\n")
    repo.commit("base", base="1")
    for name in "abcd":
        repo.commit(name, **{name: f"{name}\n"})
    repo.git("commit", "-q", "--amend", "-m", "d2")
    todo = "sed -i '2s/pick/fixup/;1s/pick/reword/'"
    repo.git("rebase", "-q", "-i", "HEAD~4", env={"GIT_SEQUENCE_EDITOR": todo, "GIT_EDITOR": "true"})
    repo.git(
        "rebase", "-q", "-i", "HEAD~3", env={"GIT_SEQUENCE_EDITOR": "sed -i 2s/pick/squash/", "GIT_EDITOR": "true"}
    )
    told: dict[str, str] = {}
    for part in log.read_text().split("\n="):
        first, _, body = part.removeprefix("=").partition("\n")
        args, _, head = first.partition("=")
        record = _record("post-rewrite", body, args=args, head=head)
        told |= {event.id: event.data for event in events_of(record, "p", "w") if event.kind == "rewrite"}
    assert told == {event.id: event.data for event in read(repo.path).events.values() if event.kind == "rewrite"}
    assert len(told) == 8
